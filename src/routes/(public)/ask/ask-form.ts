/** What the form of /ask carries through its two steps, and what may be wrong with it. Beside the page, because only it asks. */
import { choiceOf, textOf } from '../../../edge/form-fields.ts'
import type { Fault } from '#server/platform/refusal.ts'
import { normaliseAddress } from '#server/people/index.ts'

/** The id of the form on the page, in both steps. */
export const FORM = 'ask'
export const TEXT_LENGTH_MAX = 20_000
const NAME_LENGTH_MAX = 200
/** The province's value of somebody who lives elsewhere, or does not know. */
export const NO_PROVINCE = 'none'

export interface AskValues {
  /** Made by the server when the form was opened: the same form posted twice is one request. */
  form_id: string
  text: string
  kind: 'not_known' | 'free_help' | 'paid'
  province: string
  regency: string
  who: 'person' | 'organisation'
  organisation: string
  /** A name of the directory, chosen after looking it up; '' where what was typed counts. */
  organisation_known: string
  name: string
  email: string
  phone: string
  /** The version of the privacy notice that was shown. */
  privacy_version: string
  consent: string
}

export const emptyAsk = (form_id: string): AskValues => ({
  form_id,
  text: '',
  kind: 'not_known',
  province: '',
  regency: '',
  who: 'person',
  organisation: '',
  organisation_known: '',
  name: '',
  email: '',
  phone: '',
  privacy_version: '',
  consent: '',
})

/** @param fresh_id used when the form brought no id of ours */
export function readAsk(form: FormData, fresh_id: string): AskValues {
  const form_id = textOf(form, 'form_id')
  return {
    form_id: /^[a-z2-7]{32}$/.test(form_id) ? form_id : fresh_id,
    text: textOf(form, 'text'),
    kind: choiceOf(form, 'kind', ['not_known', 'free_help', 'paid']),
    province: textOf(form, 'province'),
    regency: textOf(form, 'regency'),
    who: choiceOf(form, 'who', ['person', 'organisation']),
    organisation: textOf(form, 'organisation'),
    organisation_known: textOf(form, 'organisation_known'),
    name: textOf(form, 'name'),
    email: textOf(form, 'email'),
    phone: textOf(form, 'phone'),
    privacy_version: textOf(form, 'privacy_version'),
    consent: textOf(form, 'consent'),
  }
}

/** Faults of the first step, in the order of its fields. */
export function faultsInProblem(values: AskValues, provinces: readonly { code: string }[]): Fault[] {
  const known = values.province === NO_PROVINCE || provinces.some(({ code }) => code === values.province)
  return listed(
    [values.text === '', 'text', 'ask.fault_text'],
    [values.text.length > TEXT_LENGTH_MAX, 'text', 'ask.fault_text_long'],
    [!known, 'province', 'ask.fault_province'],
  )
}

/** Faults of the second step, in the order of its fields. */
export function faultsInPerson(values: AskValues, regencies: readonly { code: string }[]): Fault[] {
  const { name, email, phone, regency } = values
  const organisation = organisationOf(values)
  const tooLong = (text: string) => text.length > NAME_LENGTH_MAX
  return listed(
    [regency !== '' && !regencies.some(({ code }) => code === regency), 'regency', 'ask.fault_regency'],
    [
      values.who === 'organisation' && (organisation === '' || tooLong(organisation)),
      'organisation',
      'ask.fault_organisation',
    ],
    [name === '' || tooLong(name), 'name', 'ask.fault_name'],
    [email === '' && phone === '', 'email', 'ask.fault_contact'],
    [email !== '' && normaliseAddress('email', email) === null, 'email', 'ask.fault_email'],
    [phone !== '' && normaliseAddress('phone', phone) === null, 'phone', 'ask.fault_phone'],
    [values.consent === '', 'consent', 'ask.fault_consent'],
  )
}

/** The organisation's name that counts: the one chosen from the list, else what was typed. */
export const organisationOf = ({ organisation, organisation_known }: AskValues): string =>
  organisation_known || organisation

const listed = (...checks: [wrong: boolean, path: string, key: string][]): Fault[] =>
  checks.filter(([wrong]) => wrong).map(([, path, key]) => ({ path, key }))
