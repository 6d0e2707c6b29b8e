import { z } from 'zod'
import type { Fault } from '../platform/refusal.ts'
import { Hours } from '../desks/index.ts'
import { AccountEmail, normaliseAddress, organisationKinds } from '../people/index.ts'

/** Member and partner are standings of providers; an own unit is a regional government's own desk for its own offices. */
export const applicationKinds = ['member', 'partner', 'own_unit'] as const
export type ApplicationKind = (typeof applicationKinds)[number]

/** The page whose text each kind accepts with applying, in the version that was shown. An own unit is bound by neither. */
export const acceptedPages = { member: 'anggaran-dasar', partner: 'syarat-mitra', own_unit: null } as const

export const evidenceKinds = ['certificate', 'finished_work', 'reference'] as const
export const dutyChannels = ['email', 'sms', 'whatsapp', 'phone'] as const
export type DutyChannel = (typeof dutyChannels)[number]
/** By which kind of address each channel of duty reaches somebody. */
export const addressOfChannel = { email: 'email', sms: 'phone', whatsapp: 'phone', phone: 'phone' } as const
/** Languages in which help can be offered: the two of the site and the large regional ones (ISO 639). */
export const helpLanguages = [
  'id',
  'en',
  'jv',
  'su',
  'mad',
  'min',
  'bug',
  'bjn',
  'ban',
  'ace',
  'bbc',
  'sas',
  'mak',
] as const

export const COMPETENCES_MAX = 60
export const CONTACTS_MAX = 10
export const STAFF_MAX = 20
export const OFFICES_MAX = 200

const line = (most: number) => z.string().trim().max(most, 'fault.too_long')
const filled = (most: number) => line(most).min(1, 'fault.required')
const orNull = (most: number) =>
  line(most)
    .transform((text) => (text === '' ? null : text))
    .nullable()
    .default(null)

/** Whoever comes in signs in with it: what mail can carry and the sign-in cannot would never be invited. */
const canSignIn = (text: string) => AccountEmail.safeParse(text).success

const link = orNull(300).refine((text) => text === null || isWebAddress(text), 'apply.fault_url')

/** Digits as people write them, with dots, blanks and dashes; kept bare. */
const digits = (lengths: readonly number[], fault: string) =>
  orNull(40)
    .transform((text) => text?.replace(/[\s.\-/]/g, '') ?? null)
    .refine((text) => text === null || (/^\d+$/.test(text) && lengths.includes(text.length)), fault)

const province = z.string().regex(/^\d{2}$/, 'fault.region')
const region = z.string().regex(/^\d{2}(\.\d{2})?$/, 'fault.region')

/** One line: a competence, its level (1 everyday use, 2 sets up and mends, 3 plans and builds), and what shows it until when. */
export const Competence = z.strictObject({
  code: filled(40),
  level: z.coerce.number().int().min(1, 'apply.fault_level').max(3, 'apply.fault_level'),
  kind: z.enum(evidenceKinds, 'apply.fault_evidence_kind'),
  title: filled(300),
  url: link,
  valid_until: z.iso.date('apply.fault_valid_until'),
})

const Contact = z
  .strictObject({
    name: filled(200),
    channel: z.enum(dutyChannels),
    address: filled(320),
    /** Null: whenever the desk is open. */
    hours: Hours.nullable().default(null),
  })
  .refine(({ channel, address: typed }) => normaliseAddress(addressOfChannel[channel], typed) !== null, {
    path: ['address'],
    message: 'apply.fault_contact_address',
  })

/**
 * Everything that an application says, in the shape in which it is stored; the secretariat's approval reads nothing else. Sources of
 * the identifiers' shapes: NIB 13 digits (PP 5/2021), NPWP 15 digits or 16 since 2024 (PMK 112/2022), AHU the number of the
 * decree of the Ministry of Law that made the body a legal person. All three are optional: a community has none.
 */
export const ApplicationForm = z
  .strictObject({
    kind: z.enum(applicationKinds),
    institution: z.strictObject({
      name: line(200).min(1, 'apply.fault_institution_name'),
      kind: z.enum(organisationKinds, 'apply.fault_institution_kind'),
      has_legal_form: z.boolean().default(false),
      address: line(500).default(''),
      /** Where it sits: a province or one of its regencies. */
      region_code: z.string().regex(/^\d{2}(\.\d{2})?$/, 'ask.fault_province'),
      about: line(2000).default(''),
      website: link,
    }),
    /** Who answers for it; becomes the coordinator of its desk. */
    responsible: z.strictObject({
      name: line(200).min(1, 'ask.fault_name'),
      role: line(200).default(''),
      email: line(254).refine(canSignIn, 'ask.fault_email'),
      phone: orNull(40).refine((text) => text === null || normaliseAddress('phone', text) !== null, 'fault.phone'),
    }),
    identifiers: z
      .strictObject({
        nib: digits([13], 'apply.fault_nib'),
        npwp: digits([15, 16], 'apply.fault_npwp'),
        ahu: orNull(60)
          .transform((text) => text?.toUpperCase().replace(/\s+/g, ' ') ?? null)
          .refine(
            (text) => text === null || /^AHU-\d{2,7}(\.[A-Z0-9]{1,6}){1,4}([. ]TAHUN \d{4})?$/.test(text),
            'apply.fault_ahu',
          ),
      })
      .default({ nib: null, npwp: null, ahu: null }),
    /** A member is willing to be the association's desk there; a partner asks to be admitted for these. */
    represents: z.array(province).max(38).default([]),
    /** Where it helps: provinces as a whole, or single regencies. */
    regions: z.array(region).max(600).default([]),
    serves_neighbours: z.boolean().default(false),
    serves_nation: z.boolean().default(false),
    competences: z.array(Competence).max(COMPETENCES_MAX).default([]),
    kinds: z
      .array(z.enum(['free', 'paid']))
      .max(2)
      .default([]),
    business: line(300).default(''),
    /** New cases a week. */
    capacity_per_week: z.coerce
      .number('apply.fault_capacity')
      .int('apply.fault_capacity')
      .min(0, 'apply.fault_capacity')
      .max(1000, 'apply.fault_capacity')
      .default(5),
    hours: Hours,
    languages: z.array(z.enum(helpLanguages)).min(1, 'apply.fault_languages').max(20),
    /** In the order in which they are asked. */
    contacts: z.array(Contact).max(CONTACTS_MAX).default([]),
    /** Of an own unit: the names of the offices whose requests are its own, and who works there beside the responsible person. */
    offices: z.array(filled(200)).max(OFFICES_MAX, 'apply.fault_offices_many').default([]),
    staff: z
      .array(z.strictObject({ name: filled(200), email: filled(254).refine(canSignIn, 'fault.email') }))
      .max(STAFF_MAX)
      .default([]),
  })
  .superRefine((form, check) => {
    for (const { path, key } of missingParts(form)) check.addIssue({ code: 'custom', path: [path], message: key })
  })
export type ApplicationForm = z.output<typeof ApplicationForm>

/** What each kind of applicant has to name; said together with the faults of single fields. */
export function missingParts(form: {
  kind: string
  offices?: readonly unknown[] | undefined
  represents?: readonly unknown[] | undefined
  regions?: readonly unknown[] | undefined
  competences?: readonly unknown[] | undefined
  kinds?: readonly unknown[] | undefined
  contacts?: readonly unknown[] | undefined
  serves_nation?: boolean | undefined
}): Fault[] {
  const none = (list: readonly unknown[] = []) => list.length === 0
  const wanting: [missing: boolean, path: string, key: string][] =
    form.kind === 'own_unit'
      ? [[none(form.offices), 'offices', 'apply.fault_offices']]
      : [
          [form.kind === 'partner' && none(form.represents), 'represents', 'apply.fault_represents'],
          [none(form.represents) && none(form.regions) && !form.serves_nation, 'regions', 'apply.fault_regions'],
          [none(form.competences), 'competences', 'apply.fault_competences'],
          [none(form.kinds), 'kinds', 'apply.fault_kinds'],
          [none(form.contacts), 'contacts', 'apply.fault_contacts'],
        ]
  return wanting.filter(([missing]) => missing).map(([, path, key]) => ({ path, key }))
}

/** What is known before somebody filled the form in: an application that the secretariat began, or a renewal. */
export type BegunForm = Partial<Omit<ApplicationForm, 'kind' | 'institution' | 'responsible'>> & {
  kind: ApplicationKind
  institution?: Partial<ApplicationForm['institution']>
  responsible?: Partial<ApplicationForm['responsible']>
}

function isWebAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname.includes('.')
}
