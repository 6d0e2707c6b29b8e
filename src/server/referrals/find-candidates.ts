import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { neighboursOf, provinceOf } from '../regions/index.ts'
import type { Candidate, Level, Standing } from './decide.ts'

/** A candidate as it was weighed, with the name that it had then. */
export type Weighed = Candidate & { name: string }

export interface WhoCouldHelp {
  ticket_id: string
  at: Date
  region_code: string
  /** Null: the topic needs none in particular. */
  competence_code: string | null
  /** The institution of whoever asks. */
  organisation_id: string | null
  window_days: number
  /** An organisation that somebody asks for by name, wherever it works. */
  also?: string | null
}

interface Row {
  desk_id: string
  organisation_id: string | null
  name: string
  kind: 'provider' | 'own_unit' | 'secretariat'
  affiliation: { kind: 'member' | 'partner'; from: string; until: string | null; suspended: boolean } | null
  confirmed: boolean
  serves: string[]
  regions: string[]
  serves_neighbours: boolean
  competences: { code: string; level: Level; until: string | null }[]
  accepting: boolean
  paused_until: Date | null
  capacity_per_week: number
  taken_this_week: number
  conflicts: string[]
  kinds: ('free' | 'paid')[]
  offers: number
  settled: number
  completed: number
  last_offered_at: Date | null
}

/**
 * Everybody who could be asked, with what decide() looks at: members and partners who serve the place, its neighbours (if they ticked so) or
 * the nation, the own-unit desk of the requester's office, the secretariat, at most 1,000. Whoever works elsewhere is no candidate and stands in
 * no list. One statement; for those who work the ticket (the database refuses others).
 */
export async function findCandidates(ctx: Reading, asked: WhoCouldHelp): Promise<Weighed[]> {
  const question = sql`${asked.organisation_id}::uuid, ${asked.at}::timestamptz, ${asked.region_code}::text,
    ${[...neighboursOf(provinceOf(asked.region_code))]}::text[], ${asked.competence_code}::text, ${asked.window_days}::int, ${asked.also ?? null}::uuid`
  const { rows } =
    ctx.actor.kind === 'system'
      ? await sql<Row>`${keptPlan}select * from referral_candidates(${question})`.execute(ctx.db)
      : await sql<Row>`${keptPlan}select * from referral_candidates_as_actor(${asked.ticket_id}::uuid, ${question})`.execute(
          ctx.db,
        )
  // A government's desk is asked as its institution; one that names none is not.
  return rows.filter(({ kind, organisation_id }) => kind !== 'own_unit' || organisation_id !== null).map(toCandidate)
}

const moment = (at: Date | string | null): string | null => (at === null ? null : new Date(at).toISOString())

function toCandidate({ kind, affiliation, confirmed, serves, ...row }: Row): Weighed {
  return {
    ...row,
    // The secretariat stands for itself.
    organisation_id: row.organisation_id ?? row.desk_id,
    standing: standingOf({ kind, affiliation, confirmed, serves }),
    competences: row.competences.map(({ until, ...one }) => ({ ...one, until: moment(until) })),
    paused_until: moment(row.paused_until),
    last_offered_at: moment(row.last_offered_at),
  }
}

function standingOf({
  kind,
  affiliation,
  confirmed,
  serves,
}: Pick<Row, 'kind' | 'affiliation' | 'confirmed' | 'serves'>): Standing {
  if (kind === 'secretariat') return { kind }
  if (kind === 'own_unit') return { kind, confirmed, serves }
  const { from, until, ...term } = affiliation!
  return { ...term, from: moment(from)!, until: moment(until) }
}
