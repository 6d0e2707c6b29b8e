import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { neighboursOf, provinceOf } from '../regions/index.ts'
import type { Candidate, NeededHelp, Standing } from './decide.ts'
import { momentOf, readDesks, rememberedDesks, type KnownDesk, type KnownDesks } from './known-desks.ts'
import type { Policy } from './policy.ts'

/** A candidate as it was weighed, with the name that it had then. */
export type Weighed = Candidate & { name: string }

export interface WhoCouldHelp {
  ticket_id: string
  referral_id: string
  at: Date
  region_code: string
  /** Null: the topic needs none in particular. */
  competence_code: string | null
  /** The institution of whoever asks. */
  organisation_id: string | null
  /** An organisation that somebody asks for by name, wherever it works. */
  also: string | null
}

/** What a decision goes by: the rules that count, who had this request before and has it no more, and everybody who could be asked. */
export interface WhatCounts {
  policy: Policy
  refused_by: NeededHelp['refused_by']
  candidates: Weighed[]
}

interface Found {
  /** Which state of the desks this is of; null: nothing says so. */
  state: string | null
  policy: Policy | null
  refused_by: NeededHelp['refused_by'] | null
  /** Of each desk in the order in which they were asked for: offers, settled, completed, taken this week, last offered at. */
  counts: [offers: number, settled: number, completed: number, taken: number, last: string | null][] | null
}

/** How often the desks may change between two statements of one decision. */
const READINGS_MAX = 20

/**
 * Everybody who could be asked, with what decide() looks at: members and partners who serve the place, its neighbours (if they ticked so) or
 * the nation, the own-unit desk of the requester's office, the secretariat, at most 1,000. Whoever works elsewhere is no candidate and stands in
 * no list. What desks say of themselves is remembered; the statement that counts their offers says whether that still stands, and else they are
 * read anew, so that a decision goes by what is committed. For those who work the ticket (the database refuses others).
 */
export async function findCandidates(ctx: Reading, asked: WhoCouldHelp): Promise<WhatCounts> {
  let known = rememberedDesks(ctx.app) ?? (await readDesks(ctx, asked.ticket_id))
  for (let times = 0; times < READINGS_MAX; times++) {
    const desks = whoCouldHelp(known, asked)
    const found = await readOffers(ctx, asked, desks)
    if (found.state !== known.state) {
      known = await readDesks(ctx, asked.ticket_id)
      continue
    }
    if (!found.policy) throw new Error('there is no referral policy')
    const candidates = desks.map((desk, place) => toCandidate(desk, asked, found.counts![place]!))
    return { policy: found.policy, refused_by: found.refused_by ?? {}, candidates }
  }
  throw new Error('the desks change faster than they can be read')
}

const CANDIDATES_MAX = 1_000

/** In the order of their ids. A government's desk is asked as its institution; one that names none is not. */
function whoCouldHelp(known: KnownDesks, { region_code, organisation_id, also }: WhoCouldHelp): KnownDesk[] {
  const province = provinceOf(region_code)
  const found = new Set(known.everywhere)
  const add = (desks: readonly KnownDesk[] | undefined) => desks?.forEach((desk) => found.add(desk))
  add(known.by_region.get(region_code))
  add(known.by_region.get(province))
  for (const neighbour of neighboursOf(province)) add(known.by_neighbour.get(neighbour))
  if (organisation_id !== null) add(known.by_office.get(organisation_id))
  if (also !== null) add(known.by_organisation.get(also))
  return [...found]
    .filter((desk) => desk.kind !== 'own_unit' || desk.organisation_id !== null)
    .sort((a, b) => (a.desk_id < b.desk_id ? -1 : 1))
    .slice(0, CANDIDATES_MAX)
}

async function readOffers(ctx: Reading, asked: WhoCouldHelp, desks: readonly KnownDesk[]): Promise<Found> {
  const question = sql`${asked.ticket_id}::uuid, ${asked.referral_id}::uuid, ${asked.at}::timestamptz, ${desks.map(({ desk_id }) => desk_id)}::uuid[]`
  const { rows } = await (
    ctx.actor.kind === 'system'
      ? sql<{ found: Found }>`${keptPlan}select weigh_offers(${question}) as found`
      : sql<{ found: Found }>`${keptPlan}select weigh_offers_as_actor(${question}) as found`
  ).execute(ctx.db)
  return rows[0]!.found
}

function toCandidate(
  desk: KnownDesk,
  { at, competence_code, organisation_id }: WhoCouldHelp,
  [offers, settled, completed, taken_this_week, last]: NonNullable<Found['counts']>[number],
): Weighed {
  return {
    desk_id: desk.desk_id,
    // The secretariat stands for itself.
    organisation_id: desk.organisation_id ?? desk.desk_id,
    name: desk.name,
    standing: standingOf(desk, at, organisation_id),
    regions: desk.regions,
    serves_neighbours: desk.serves_neighbours,
    competences: desk.competences.filter(({ code }) => code === competence_code),
    accepting: desk.accepting,
    paused_until: desk.paused_until,
    capacity_per_week: desk.capacity_per_week,
    taken_this_week,
    conflicts: desk.conflicts.filter((one) => one === organisation_id),
    kinds: desk.kinds,
    offers,
    settled,
    completed,
    last_offered_at: momentOf(last),
  }
}

/** Of a member's or partner's terms the latest that has begun; where none has, the latest of all. */
function standingOf(
  { kind, confirmed, offices, terms }: KnownDesk,
  at: Date,
  organisation_id: string | null,
): Standing {
  if (kind === 'secretariat') return { kind }
  if (kind === 'own_unit') return { kind, confirmed, serves: offices.filter((one) => one === organisation_id) }
  const { from_us: _, ...term } = terms.find(({ from_us }) => from_us <= at.getTime() * 1000) ?? terms[0]!
  return term
}
