/**
 * What the form of an application carries through its two steps, named by its place in the schema (membership/application-form.ts), so that
 * a fault finds its field. Beside the page, because only it asks.
 */
import type { z } from 'zod'
import type { Fault } from '#server/platform/refusal.ts'
import type { ApplicationForm, ApplicationKind, BegunForm } from '#server/membership/index.ts'

/** The id of the form on the page, in both steps. */
export const FORM = 'apply'
const VALUES_MAX = 200
const LENGTH_MAX = 20_000

/** Everything that was typed or chosen, by the name of its field. */
export type Values = Record<string, string[]>

export const valueOf = (values: Values, name: string): string => values[name]?.[0] ?? ''
export const isChosen = (values: Values, name: string, choice: string): boolean =>
  values[name]?.includes(choice) ?? false

/** Lines of which there may be several: what stands in each. A line of which nothing but a choice was made counts as empty. */
const lines = {
  competences: {
    fields: ['code', 'level', 'kind', 'title', 'url', 'valid_until'],
    choices: ['level', 'kind'],
    most: 60,
  },
  contacts: {
    fields: ['name', 'channel', 'address', 'when', 'opens', 'closes'],
    choices: ['channel', 'when'],
    most: 10,
  },
  staff: { fields: ['name', 'email'], choices: [], most: 20 },
} as const
export type Line = keyof typeof lines
const BLANKS = 3

const FIRST_STEP =
  /^(kind|institution\.(name|kind|has_legal_form|address|province|about|website)|responsible\..*|represents|regions|serves_neighbours|serves_nation)$/
export const isOfFirstStep = (name: string): boolean => FIRST_STEP.test(name)

/** What a posted form says; empty lines are left out, so that the faults of the schema find the others. */
export function readValues(form: FormData): Values {
  const values: Values = {}
  for (const [name, value] of form)
    if (typeof value === 'string' && name !== 'form_token' && (values[name]?.length ?? 0) < VALUES_MAX)
      (values[name] ??= []).push(
        value.replaceAll('\0', '').replaceAll('\r\n', '\n').toWellFormed().trim().slice(0, LENGTH_MAX),
      )
  for (const line of Object.keys(lines) as Line[]) writeLines(values, line, readLines(values, line))
  return values
}

/** The lines in which something stands, in their order. */
export function readLines(values: Values, line: Line): Record<string, string>[] {
  const { fields, choices } = lines[line]
  const numbers = new Set(
    Object.keys(values).flatMap((name) => new RegExp(`^${line}\\.(\\d{1,3})\\.`).exec(name)?.[1] ?? []),
  )
  return [...numbers]
    .sort((one, other) => Number(one) - Number(other))
    .map((number) => Object.fromEntries(fields.map((field) => [field, valueOf(values, `${line}.${number}.${field}`)])))
    .filter((row) => fields.some((field) => row[field] !== '' && !(choices as readonly string[]).includes(field)))
}

function writeLines(values: Values, line: Line, rows: readonly Record<string, string>[]): void {
  for (const name of Object.keys(values)) if (name.startsWith(`${line}.`)) delete values[name]
  for (const [index, row] of rows.entries())
    for (const [field, text] of Object.entries(row)) values[`${line}.${index}.${field}`] = [text]
}

/** How many lines the page shows: those that are filled, and a few more. */
export const lineCount = (values: Values, line: Line): number =>
  Math.min(lines[line].most, readLines(values, line).length + BLANKS)

/** Of the second step: a regency where one was chosen counts instead of its province. */
function regionsOf(values: Values): string[] {
  const regencies = values['regencies'] ?? []
  return (values['regions'] ?? []).flatMap((province) => {
    const own = regencies.filter((code) => code.startsWith(`${province}.`))
    return own.length > 0 ? own : [province]
  })
}

type Typed = z.input<typeof ApplicationForm>
const WHEN: Record<string, readonly number[]> = {
  weekdays: [1, 2, 3, 4, 5],
  weekend: [6, 7],
  every_day: [1, 2, 3, 4, 5, 6, 7],
}

/** The form in the shape of the schema, as it was typed: checked there. */
export function formOf(values: Values): Typed {
  const one = (name: string) => valueOf(values, name)
  const week = (days: readonly number[], opens: string, closes: string) =>
    days.map((weekday) => ({ weekday, opens: clock(opens), closes: clock(closes) }))
  const regency = one('institution.regency')
  const province = one('institution.province')
  return {
    kind: one('kind') as ApplicationKind,
    institution: {
      name: one('institution.name'),
      kind: one('institution.kind') as Typed['institution']['kind'],
      has_legal_form: one('institution.has_legal_form') === 'yes',
      address: one('institution.address'),
      region_code: regency.startsWith(`${province}.`) ? regency : province,
      about: one('institution.about'),
      website: one('institution.website'),
    },
    responsible: {
      name: one('responsible.name'),
      role: one('responsible.role'),
      email: one('responsible.email'),
      phone: one('responsible.phone'),
    },
    identifiers: { nib: one('identifiers.nib'), npwp: one('identifiers.npwp'), ahu: one('identifiers.ahu') },
    represents: values['represents'] ?? [],
    regions: regionsOf(values),
    serves_neighbours: one('serves_neighbours') === 'yes',
    serves_nation: one('serves_nation') === 'yes',
    competences: readLines(values, 'competences') as unknown as NonNullable<Typed['competences']>,
    kinds: (values['kinds'] ?? []) as NonNullable<Typed['kinds']>,
    business: one('business'),
    capacity_per_week: one('capacity_per_week') === '' ? 0 : one('capacity_per_week'),
    hours: week((values['days'] ?? []).map(Number), one('opens'), one('closes')),
    languages: (values['languages'] ?? []) as Typed['languages'],
    contacts: readLines(values, 'contacts').map(({ name, channel, address, when, opens, closes }) => ({
      name: name!,
      channel: channel as 'email',
      address: address!,
      hours: WHEN[when!] ? week(WHEN[when!]!, opens!, closes!) : null,
    })),
    offices: one('offices')
      .split('\n')
      .map((office) => office.trim())
      .filter((office) => office !== ''),
    staff: readLines(values, 'staff') as unknown as NonNullable<Typed['staff']>,
  }
}

/** "8", "8.30" and "08:30" as people write them; anything else stays, and the schema says so. */
function clock(text: string): string {
  const match = /^(\d{1,2})(?:[.:](\d{2}))?$/.exec(text)
  return match ? `${match[1]!.padStart(2, '0')}:${match[2] ?? '00'}` : text
}

/** The schema names a fault by its place; some fields of the page are another part of the same place. Each field once. */
export function faultsInForm(faults: readonly Fault[]): Fault[] {
  const named = faults.map(({ path, key }) => ({ key, path: fieldOf(path) }))
  return named.filter(({ path }, index) => named.findIndex((other) => other.path === path) === index)
}

function fieldOf(path: string): string {
  if (path === 'institution.region_code') return 'institution.province'
  if (path === 'privacy_version') return 'consent'
  if (path === 'accepted_version') return 'accepted'
  if (path.startsWith('attachments')) return 'files'
  if (/^hours\b/.test(path)) return 'opens'
  if (/^contacts\.\d+\.hours\b/.test(path)) return path.replace(/\.hours.*/, '.opens')
  return path.replace(/^(offices|kinds|languages|represents|regions)\..*/, '$1')
}

/** A form that was begun for somebody, or the last one of a renewal, as it stands in the fields. */
export function valuesOf(form: BegunForm): Values {
  const values: Values = { kind: [form.kind] }
  const set = (name: string, text: string | number | boolean | null | undefined) => {
    if (text !== null && text !== undefined && text !== false && text !== '')
      values[name] = [text === true ? 'yes' : String(text)]
  }
  const { region_code = '', ...institution } = form.institution ?? {}
  for (const [name, text] of Object.entries(institution)) set(`institution.${name}`, text)
  set('institution.province', region_code.slice(0, 2))
  if (region_code.length > 2) set('institution.regency', region_code)
  for (const [name, text] of Object.entries(form.responsible ?? {})) set(`responsible.${name}`, text)
  for (const [name, text] of Object.entries(form.identifiers ?? {})) set(`identifiers.${name}`, text)
  values['represents'] = [...(form.represents ?? [])]
  values['regions'] = [...new Set((form.regions ?? []).map((code) => code.slice(0, 2)))]
  values['regencies'] = (form.regions ?? []).filter((code) => code.length > 2)
  set('serves_neighbours', form.serves_neighbours)
  set('serves_nation', form.serves_nation)
  writeLines(
    values,
    'competences',
    (form.competences ?? []).map((line) => ({ ...line, level: String(line.level), url: line.url ?? '' })),
  )
  values['kinds'] = [...(form.kinds ?? [])]
  set('business', form.business)
  set('capacity_per_week', form.capacity_per_week)
  const hours = form.hours ?? []
  values['days'] = [...new Set(hours.map(({ weekday }) => String(weekday)))]
  set('opens', hours.map(({ opens }) => opens).sort()[0])
  set(
    'closes',
    hours
      .map(({ closes }) => closes)
      .sort()
      .at(-1),
  )
  values['languages'] = [...(form.languages ?? [])]
  writeLines(
    values,
    'contacts',
    (form.contacts ?? []).map(({ name, channel, address, hours: own }) => ({
      name,
      channel,
      address,
      when: whenOf((own ?? []).map(({ weekday }) => weekday)),
      opens: own?.[0]?.opens ?? '',
      closes: own?.[0]?.closes ?? '',
    })),
  )
  set('offices', (form.offices ?? []).join('\n'))
  writeLines(values, 'staff', form.staff ?? [])
  return values
}

const whenOf = (days: readonly number[]): string =>
  Object.entries(WHEN).find(([, of]) => of.length === days.length && of.every((day) => days.includes(day)))?.[0] ??
  (days.length > 0 ? 'every_day' : 'desk')

/** What stands in an empty form: an office's week, this country's language, help without pay. */
export const emptyValues = (kind: ApplicationKind): Values => ({
  kind: [kind],
  days: ['1', '2', '3', '4', '5'],
  opens: ['08:00'],
  closes: ['16:00'],
  languages: ['id'],
  kinds: ['free'],
  capacity_per_week: ['5'],
})
