/** What a simulation is told: who asks for what, who helps, and how long they take. The file's format is docs/simulate.md. */
import { z } from 'zod'
import { NATION } from '../decide.ts'
import { provinceFacts, timeZones } from '../../regions/index.ts'

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'HH:MM')
const share = z.number().min(0).max(1)
const weights = z
  .record(z.string().min(1), z.number().min(0))
  .refine((given) => Object.values(given).some((weight) => weight > 0), 'one weight at least must be more than 0')
const place = z
  .string()
  .regex(/^\d{2}(\.\d{2})?$/, 'a Kemendagri code such as 33 or 33.74')
  .refine((code) => provinceFacts.has(code.slice(0, 2)), 'no province has this code')
const served = z.union([z.literal(NATION), place])
const level = z.union([z.literal(1), z.literal(2), z.literal(3)])
const kind = z.enum(['free', 'paid'])

/** People's times scatter: half take less than `median`, and `spread` 1 means that one in six takes more than 2.7 times as long. */
const duration = (median: number) =>
  z.strictObject({ median: z.number().positive(), spread: z.number().min(0).max(3).default(1) }).prefault({ median })

const hours = z
  .array(z.strictObject({ weekday: z.int().min(1).max(7), opens: clockTime, closes: clockTime }))
  .min(1)
  .max(42)

const Provider = z.strictObject({
  name: z.string().min(1).max(120),
  standing: z.enum(['member', 'partner', 'own_unit']),
  regions: z.array(served).default([]),
  serves_neighbours: z.boolean().default(false),
  /** Of an own unit: the names in `requests.organisations` that are its offices. */
  serves: z.array(z.string()).default([]),
  competences: z.record(z.string(), level).default({}),
  kinds: z.array(kind).min(1).default(['free']),
  capacity_per_week: z.int().min(1).max(10_000),
  time_zone: z.enum(timeZones),
  hours: hours.optional(),
  /** The first day on which it may be asked; from the beginning where absent. */
  since: z.iso.date().optional(),
  /** Working minutes until it answers an offer; of its answers `accepts` say yes; `silent` of all offers get no answer. */
  answers: z
    .strictObject({ minutes: duration(45), accepts: share.default(0.85), silent: share.default(0.05) })
    .prefault({}),
  /** Working hours until the requester has the answer; `returns` of the accepted cases are given back. */
  works: z.strictObject({ hours: duration(8), returns: share.default(0.03) }).prefault({}),
})
export type Provider = z.infer<typeof Provider>

const ListedRequest = z.strictObject({
  at: z.iso.datetime({ offset: true }),
  region: place,
  competence: z.strictObject({ code: z.string(), level }).nullable().default(null),
  kind: kind.default('free'),
  urgent: z.boolean().default(false),
  organisation: z.string().nullable().default(null),
})
export type ListedRequest = z.infer<typeof ListedRequest>

const Requests = z.union([
  z.strictObject({ list: z.array(ListedRequest).min(1).max(1_000_000) }),
  z.strictObject({
    total: z.int().min(1).max(1_000_000),
    regions: weights.refine((given) => Object.keys(given).every((code) => place.safeParse(code).success), 'a Kemendagri code such as 33 or 33.74'), // prettier-ignore
    /** `libreoffice/2` is a competence and the level that is needed; `none` needs no particular one. */
    competences: weights.refine((given) => Object.keys(given).every((key) => /^(none|[a-z0-9-]+\/[123])$/.test(key)), 'competence/level, such as libreoffice/2, or none'), // prettier-ignore
    organisations: weights.default({ '-': 1 }),
    paid: share.default(0.05),
    urgent: share.default(0.1),
    /** How many of a week's requests come on Saturday and Sunday. */
    weekend: share.default(0.1),
  }),
])

export const Scenario = z
  .strictObject({
    name: z.string().max(200).default(''),
    seed: z.string().min(1).max(100),
    from: z.iso.date(),
    days: z.int().min(1).max(3_660),
    requests: Requests,
    providers: z.array(Provider).max(5_000),
    secretariat: z
      .strictObject({
        time_zone: z.enum(timeZones).default('Asia/Jakarta'),
        hours: hours.optional(),
        works: z.strictObject({ hours: duration(6) }).prefault({}),
      })
      .prefault({}),
    /** Days on which nobody works, beside the weekends of everybody's hours. */
    holidays: z.array(z.iso.date()).max(2_000).default([]),
  })
  .superRefine(({ providers }, check) => {
    const names = new Set<string>()
    for (const [index, { name }] of providers.entries()) {
      if (names.has(name))
        check.addIssue({
          code: 'custom',
          path: ['providers', index, 'name'],
          message: `two providers are called ${name}`,
        })
      names.add(name)
    }
  })
export type Scenario = z.infer<typeof Scenario>

/** The same with one more partner in a province: of the usual kind, as the providers that are there. */
export function withOneMore(scenario: Scenario, province: string): Scenario {
  const others = scenario.providers.filter(({ standing }) => standing !== 'own_unit')
  const capacities = others.map((one) => one.capacity_per_week).sort((a, b) => a - b)
  const competences: Record<string, 1 | 2 | 3> = {}
  // What half of the others can do, at the level that they usually have.
  for (const code of new Set(others.flatMap((one) => Object.keys(one.competences)))) {
    const levels = others.flatMap((one) => one.competences[code] ?? []).sort((a, b) => a - b)
    if (levels.length * 2 >= others.length) competences[code] = levels[Math.floor(levels.length / 2)]!
  }
  const time_zone = provinceFacts.get(province)?.time_zone as Provider['time_zone'] | undefined
  const added = Provider.parse({
    name: `+ ${province}`,
    standing: 'partner',
    regions: [province],
    competences,
    capacity_per_week: capacities[Math.floor(capacities.length / 2)] ?? 5,
    time_zone,
  })
  return { ...scenario, providers: [...scenario.providers, added] }
}
