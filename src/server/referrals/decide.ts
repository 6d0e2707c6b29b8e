/**
 * Who is asked to help: a pure function of what is needed, who could be asked, the policy and a seed. It reads no clock and no database,
 * so the same question gives the same answer years later (`./pandu replay`), and a simulation runs on the same code as the desk.
 *
 * Filters say who may be asked at all, each with its reason. Tiers say who comes first: nearest first, and within each nearness the
 * members before the partners. Within a tier the turn is fair: whoever was asked least, measured against what they promised, is asked next.
 */
import { createHash } from 'node:crypto'
import { areNeighbours, provinceOf } from '../regions/index.ts'
import type { Policy } from './policy.ts'

/** A moment: ISO 8601 in UTC as `toISOString()` writes it, so that earlier and later are the order of the text. */
export type Moment = string

/** The code of a province (`33`), of a regency or city (`33.74`), or of the whole nation. */
export type ServedRegion = string
export const NATION = 'ID'

/** How far a competence goes: 1 helps with everyday use, 2 sets up and mends, 3 plans and builds. */
export type Level = 1 | 2 | 3

export interface NeededHelp {
  at: Moment
  /** A province or a regency; an unknown place is asked for before anybody decides. */
  region_code: string
  /** Null: the topic needs no particular competence (a question about the association itself, say). */
  competence: { code: string; level: Level } | null
  /** Free help, or paid work that somebody carries out. */
  kind: 'free' | 'paid'
  /** The institution of whoever asks; null for a person of no institution. */
  organisation_id: string | null
  /** Desks that had this request and do not have it any more, with why. */
  refused_by: Readonly<Record<string, 'declined' | 'expired' | 'returned'>>
}

export type Standing =
  | { kind: 'member' | 'partner'; from: Moment; until: Moment | null; suspended: boolean }
  /** The IT unit of a regional government; `serves` are the organisations whose requests are its own. */
  | { kind: 'own_unit'; confirmed: boolean; serves: readonly string[] }
  | { kind: 'secretariat' }

export interface Candidate {
  desk_id: string
  organisation_id: string
  standing: Standing
  regions: readonly ServedRegion[]
  /** "Juga melayani provinsi tetangga" */
  serves_neighbours: boolean
  /** `until`: the end of the evidence that stands longest; null for evidence without end. */
  competences: readonly { code: string; level: Level; until: Moment | null }[]
  accepting: boolean
  /** Paused by `LIBUR n hari`. */
  paused_until: Moment | null
  /** New cases a week. */
  capacity_per_week: number
  /** Offers that are open and cases that were accepted in the last seven days. */
  taken_this_week: number
  /** Organisations for which it declared a conflict of interest. */
  conflicts: readonly string[]
  kinds: readonly ('free' | 'paid')[]
  /** Offers within the policy's window; of them those that came to an end, and those of these that were completed. */
  offers: number
  settled: number
  completed: number
  last_offered_at: Moment | null
}

/** In the order in which they are told. */
export const ruleCodes = [
  'standing',
  'region',
  'competence',
  'accepting',
  'capacity',
  'conflict',
  'declined',
  'kind',
] as const
export type RuleCode = (typeof ruleCodes)[number]

/** One filter's answer. `because` and `values` are the sentence `referral.rule.CODE.BECAUSE`. */
export interface RuleAnswer {
  code: RuleCode
  passed: boolean
  because: string
  values: Readonly<Record<string, string | number>>
}

/** Nearest first. `own_unit` and `secretariat` stand alone; the others hold members before partners. */
export const tiers = [
  'own_unit',
  'regency_member',
  'regency_partner',
  'province_member',
  'province_partner',
  'neighbour_member',
  'neighbour_partner',
  'nation_member',
  'nation_partner',
  'secretariat',
] as const
export type Tier = (typeof tiers)[number]

export interface Judged {
  desk_id: string
  organisation_id: string
  eligible: boolean
  /** Null when not eligible. */
  tier: Tier | null
  /** 1 is asked first; null when not eligible. */
  position: number | null
  rules: readonly RuleAnswer[]
  /** What the turn within the tier went by: offers in the window against what was promised for it. */
  turn: { offers: number; promised: number; last_offered_at: Moment | null }
}

export interface Decision {
  policy: string
  seed: string
  /** The desk that is asked; null when nobody can take it. */
  chosen: string | null
  /** Those who may be asked in their order, then the others by id. */
  candidates: readonly Judged[]
}

/**
 * Decides whom to ask. Every candidate gets an answer to every rule, also after one has failed, so that "Mengapa lembaga ini?" has no
 * gaps. The order in which candidates are given does not matter, nor does a candidate who may not be asked.
 */
export function decide(needed: NeededHelp, candidates: readonly Candidate[], policy: Policy, seed: string): Decision {
  const judged = candidates.map((candidate) => judge(needed, candidate, policy))
  const eligible = judged
    .filter((one) => one.eligible)
    .sort((a, b) => tiers.indexOf(a.tier!) - tiers.indexOf(b.tier!) || byTurn(a, b, seed))
    .map((one, index) => ({ ...one, position: index + 1 }))
  const others = judged.filter((one) => !one.eligible).sort((a, b) => (a.desk_id < b.desk_id ? -1 : 1))
  return { policy: policy.version, seed, chosen: eligible[0]?.desk_id ?? null, candidates: [...eligible, ...others] }
}

function judge(needed: NeededHelp, candidate: Candidate, policy: Policy): Judged {
  const near = nearness(needed, candidate)
  const rules = ruleCodes.map((code) => ({ code, ...answerOf[code](needed, candidate, near) }))
  const eligible = rules.every((rule) => rule.passed)
  return {
    desk_id: candidate.desk_id,
    organisation_id: candidate.organisation_id,
    eligible,
    tier: eligible ? tierOf(candidate.standing, near!) : null,
    position: null,
    rules,
    turn: {
      offers: candidate.offers,
      promised: promiseOf(candidate, policy),
      last_offered_at: candidate.last_offered_at,
    },
  }
}

type Nearness = 'own_office' | 'regency' | 'province' | 'neighbour' | 'nation' | 'everywhere'

/** The nearest way in which a candidate serves the place; null when it does not. */
function nearness(needed: NeededHelp, candidate: Candidate): Nearness | null {
  const { standing, regions } = candidate
  if (standing.kind === 'secretariat') return 'everywhere'
  if (standing.kind === 'own_unit')
    return needed.organisation_id !== null && standing.serves.includes(needed.organisation_id) ? 'own_office' : null
  const province = provinceOf(needed.region_code)
  if (needed.region_code !== province && regions.includes(needed.region_code)) return 'regency'
  if (regions.includes(province)) return 'province'
  if (candidate.serves_neighbours && regions.some((region) => areNeighbours(provinceOf(region), province)))
    return 'neighbour'
  return regions.includes(NATION) ? 'nation' : null
}

function tierOf(standing: Standing, near: Nearness): Tier {
  if (standing.kind === 'own_unit' || standing.kind === 'secretariat') return standing.kind
  return `${near as 'regency' | 'province' | 'neighbour' | 'nation'}_${standing.kind}`
}

type Answer = Omit<RuleAnswer, 'code'>
const yes = (because: string, values: Answer['values'] = {}): Answer => ({ passed: true, because, values })
const no = (because: string, values: Answer['values'] = {}): Answer => ({ passed: false, because, values })

const answerOf: Record<RuleCode, (needed: NeededHelp, candidate: Candidate, near: Nearness | null) => Answer> = {
  standing({ at }, { standing }) {
    if (standing.kind === 'secretariat') return yes('secretariat')
    if (standing.kind === 'own_unit') return standing.confirmed ? yes('own_unit') : no('not_confirmed')
    if (standing.from > at) return no('not_yet', { from: standing.from })
    if (standing.until !== null && standing.until <= at) return no('ended', { until: standing.until })
    return standing.suspended ? no('suspended') : yes(standing.kind)
  },
  region(_needed, { standing }, near) {
    return near === null ? no(standing.kind === 'own_unit' ? 'other_offices' : 'elsewhere') : yes(near)
  },
  competence({ at, competence: needed }, { standing, competences }) {
    // Whoever runs an office's computers is asked first about them, and the secretariat answers what nobody else takes.
    if (standing.kind === 'secretariat' || standing.kind === 'own_unit') return yes('not_asked')
    if (needed === null) return yes('not_needed')
    const claimed = competences.filter(({ code }) => code === needed.code)
    const valid = claimed.filter(({ until }) => until === null || until > at)
    if (claimed.length === 0) return no('lacks', { competence: needed.code })
    if (valid.length === 0) {
      // The newest end: "until March" helps whoever must renew it.
      const until = claimed.reduce((last, one) => (one.until! > last ? one.until! : last), '')
      return no('evidence_ended', { competence: needed.code, until })
    }
    const level = Math.max(...valid.map((one) => one.level))
    return level < needed.level
      ? no('level_too_low', { competence: needed.code, level, needed: needed.level })
      : yes('has', { competence: needed.code, level })
  },
  accepting({ at }, { standing, accepting, paused_until }) {
    if (standing.kind === 'secretariat') return yes('always')
    if (!accepting) return no('closed')
    return paused_until !== null && paused_until > at ? no('paused', { until: paused_until }) : yes('accepts')
  },
  capacity(_needed, { standing, capacity_per_week, taken_this_week }) {
    if (standing.kind === 'secretariat') return yes('always')
    const left = capacity_per_week - taken_this_week
    return left > 0 ? yes('free', { left }) : no('full', { capacity: capacity_per_week })
  },
  conflict({ organisation_id }, { standing, organisation_id: own, conflicts }) {
    if (organisation_id === null || standing.kind === 'secretariat') return yes('none')
    // An IT unit helps its own office; anybody else would be both sides of the same request.
    if (organisation_id === own && standing.kind !== 'own_unit') return no('asks_itself')
    return conflicts.includes(organisation_id) ? no('declared') : yes('none')
  },
  declined({ refused_by }, { desk_id }) {
    const before = refused_by[desk_id]
    return before === undefined ? yes('not_asked_before') : no(before)
  },
  kind({ kind }, { standing, kinds }) {
    if (kind === 'paid' && (standing.kind === 'secretariat' || standing.kind === 'own_unit'))
      return no(`never_paid_${standing.kind}`)
    if (standing.kind === 'secretariat' || standing.kind === 'own_unit' || kinds.includes(kind)) return yes(kind)
    return no(`not_${kind}`)
  },
}

/**
 * How many offers of the window a candidate stands for: what its capacity promises, as far as it kept such promises. Of ten that came to
 * an end it completed seven, so its promise counts for seven tenths; a large promise alone wins nothing. Whoever is new, or was hardly
 * asked, is trusted: the allowance counts as so many kept promises. Never less than one, so that nobody is shut out for ever.
 * Why not simply the completed ones: docs/decisions/0021-fair-turns.md.
 */
export function promiseOf(candidate: Candidate, policy: Policy): number {
  const promised = (candidate.capacity_per_week * policy.window_days) / 7
  const kept = (candidate.completed + policy.starting_allowance) / (candidate.settled + policy.starting_allowance)
  return Math.max(1, Math.floor(promised * Math.min(1, kept)))
}

/** Lowest share of the offers against the promised share; then who waits longest since the last offer; then the seed. */
function byTurn(a: Judged, b: Judged, seed: string): number {
  // offers/promised, compared without division: the shares' common denominators fall out.
  const share = a.turn.offers * b.turn.promised - b.turn.offers * a.turn.promised
  if (share !== 0) return share
  const [first, second] = [a.turn.last_offered_at ?? '', b.turn.last_offered_at ?? '']
  if (first !== second) return first < second ? -1 : 1
  const [lot, other] = [drawLot(seed, a.desk_id), drawLot(seed, b.desk_id)]
  return lot < other ? -1 : lot > other ? 1 : 0
}

/** From the seed and the desk alone: who else stands in line moves nobody's lot. */
const drawLot = (seed: string, desk_id: string) => createHash('sha256').update(`${seed}\0${desk_id}`).digest('hex')
