import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import type { Reading } from '../platform/context.ts'
import { provinceOf } from '../regions/index.ts'
import { NATION, type Level, type Moment } from './decide.ts'

/** What a desk says of itself, as it is looked at for a decision. */
export interface KnownDesk {
  desk_id: string
  organisation_id: string | null
  name: string
  kind: 'provider' | 'own_unit' | 'secretariat'
  confirmed: boolean
  serves_nation: boolean
  serves_neighbours: boolean
  accepting: boolean
  paused_until: Moment | null
  capacity_per_week: number
  kinds: ('free' | 'paid')[]
  /** Codes of provinces and regencies; the nation's first. */
  regions: string[]
  /** Whose requests are an own-unit desk's. */
  offices: string[]
  conflicts: string[]
  competences: { code: string; level: Level; until: Moment | null }[]
  /** Living terms of a member or partner, the latest first; `from_us`: the same in microseconds, as the database keeps it. */
  terms: { kind: 'member' | 'partner'; from: Moment; from_us: number; until: Moment | null; suspended: boolean }[]
}

/** All desks that could be asked, and what leads to them. */
export interface KnownDesks {
  /** Which state of the database this is; null: that cannot be said, and it is used once. */
  state: string | null
  everywhere: KnownDesk[]
  by_region: Map<string, KnownDesk[]>
  /** Those who also serve the neighbours of a province where they work. */
  by_neighbour: Map<string, KnownDesk[]>
  by_office: Map<string, KnownDesk[]>
  by_organisation: Map<string, KnownDesk[]>
}

const kept = new WeakMap<App, KnownDesks>()

/** What this process remembers of the desks; as of when that was is `state`. Null: nothing yet. */
export const rememberedDesks = (app: App): KnownDesks | null => kept.get(app) ?? null

/** All desks as they are committed now (or as this very transaction has changed them), remembered for the next decision. For those who work the ticket. */
export async function readDesks(ctx: Reading, ticket_id: string): Promise<KnownDesks> {
  const { rows } = await (
    ctx.actor.kind === 'system'
      ? sql<{ found: Found }>`select desks_to_weigh() as found`
      : sql<{ found: Found }>`select desks_to_weigh_as_actor(${ticket_id}::uuid) as found`
  ).execute(ctx.db)
  const { state, desks } = rows[0]!.found
  const known = byWhatLeadsToThem(state, (desks ?? []).map(toDesk))
  if (state !== null) kept.set(ctx.app, known)
  return known
}

interface Found {
  state: string | null
  desks: KnownDesk[] | null
}

export const momentOf = (at: string | null): Moment | null => (at === null ? null : new Date(at).toISOString())

const toDesk = (row: KnownDesk): KnownDesk => ({
  ...row,
  regions: row.serves_nation ? [NATION, ...row.regions] : row.regions,
  paused_until: momentOf(row.paused_until),
  competences: row.competences.map(({ until, ...one }) => ({ ...one, until: momentOf(until) })),
  terms: row.terms.map(({ from, until, ...term }) => ({ ...term, from: momentOf(from)!, until: momentOf(until) })),
})

function byWhatLeadsToThem(state: string | null, desks: readonly KnownDesk[]): KnownDesks {
  const known: KnownDesks = {
    state,
    everywhere: desks.filter((desk) => desk.kind === 'secretariat' || desk.serves_nation),
    by_region: new Map(),
    by_neighbour: new Map(),
    by_office: new Map(),
    by_organisation: new Map(),
  }
  const put = (where: Map<string, KnownDesk[]>, key: string, desk: KnownDesk) => {
    const there = where.get(key)
    if (there) there.push(desk)
    else where.set(key, [desk])
  }
  for (const desk of desks) {
    for (const region of desk.regions) put(known.by_region, region, desk)
    if (desk.serves_neighbours)
      for (const province of new Set(desk.regions.map(provinceOf))) put(known.by_neighbour, province, desk)
    for (const office of desk.offices) put(known.by_office, office, desk)
    if (desk.organisation_id !== null) put(known.by_organisation, desk.organisation_id, desk)
  }
  return known
}

/**
 * The round of each ten minutes: a handful of marks is enough to tell one state from another, and there is always one. What is left says a state that never
 * was before: with the newest mark alone it could be that of before a change which began earlier and was committed later, and be believed by whoever read then.
 */
export async function sweepDeskChanges(app: App): Promise<void> {
  await sql`with gone as (delete from desk_changes where at < now() - interval '10 minutes' and (select count(*) from desk_changes) > 1 returning mark)
    insert into desk_changes select where exists (select from gone)`.execute(app.worker)
  await sql`insert into desk_changes select where not exists (select from desk_changes)`.execute(app.worker)
}
