import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'
import { readInput } from './read-input.ts'

const reason = z.string().trim().min(1, 'fault.required').max(2000, 'fault.too_long')

export const HoldPerson = z.strictObject({
  person_id: z.uuid(),
  reason,
  /** By when somebody must look whether it is still needed. */
  review_on: z.iso.date('fault.date'),
})
export const WithReason = z.strictObject({ person_id: z.uuid(), reason })
export type WithReason = z.infer<typeof WithReason>

/** What keeps a person's data where they are, or keeps us from using them; null where nothing does. */
export interface Standing {
  hold: { reason: string; review_on: string; placed_at: string; placed_by: string | null; is_overdue: boolean } | null
  restriction: { reason: string; placed_at: string; placed_by: string | null } | null
}

/** For the banner on a person's page and on their tickets. Whoever sees the person sees it. */
export async function standingOf(ctx: Reading, person_id: string): Promise<Standing> {
  const { rows } = await sql<Standing>`${keptPlan}select
    (select jsonb_build_object('reason', h.reason, 'review_on', h.review_on, 'placed_at', h.placed_at, 'placed_by', p.name,
        'is_overdue', h.review_on < ${ctx.now}::timestamptz::date)
      from legal_holds h left join people p on p.id = h.placed_by where h.person_id = ${person_id}::uuid and h.lifted_at is null) as hold,
    (select jsonb_build_object('reason', r.reason, 'placed_at', r.placed_at, 'placed_by', p.name)
      from restrictions r left join people p on p.id = r.placed_by
      where r.person_id = ${person_id}::uuid and r.lifted_at is null) as restriction`.execute(ctx.db)
  return rows[0]!
}

/**
 * Keeps a person's data from being erased or cleared away until somebody lifts it. The secretariat's coordinators and administrators;
 * refuses conflict where there is one already. Records `person.held`.
 */
export async function holdPerson(ctx: Writing, input: z.input<typeof HoldPerson>): Promise<void> {
  mustCoordinateAll(ctx.actor)
  const { person_id, reason: why, review_on } = readInput(HoldPerson, input)
  await place(ctx, 'legal_holds', { person_id, reason: why, review_on })
  await record(ctx, 'person.held', { about: { person_id, review_on } })
}

/** Refuses not_found where there is none. Records `person.released`. */
export async function releasePerson(ctx: Writing, input: WithReason): Promise<void> {
  mustCoordinateAll(ctx.actor)
  await lift(ctx, 'legal_holds', readInput(WithReason, input))
  await record(ctx, 'person.released', { about: { person_id: input.person_id } })
}

/**
 * From now on a person’s data are kept and otherwise left alone, but for answering what they asked: nothing is sent to them by itself about a
 * ticket (channels/claim-due.ts), lists of people (list-people.ts), programs and exported files do not name them. The secretariat’s coordinators
 * and administrators. Records `person.restricted`.
 */
export async function restrictPerson(ctx: Writing, input: WithReason): Promise<void> {
  mustCoordinateAll(ctx.actor)
  await place(ctx, 'restrictions', readInput(WithReason, input))
  await record(ctx, 'person.restricted', { about: { person_id: input.person_id } })
}

/** Refuses not_found where there is none. Records `person.unrestricted`. */
export async function unrestrictPerson(ctx: Writing, input: WithReason): Promise<void> {
  mustCoordinateAll(ctx.actor)
  await lift(ctx, 'restrictions', readInput(WithReason, input))
  await record(ctx, 'person.unrestricted', { about: { person_id: input.person_id } })
}

const actorId = (ctx: Writing) => ('person_id' in ctx.actor ? ctx.actor.person_id : null)

async function place(
  ctx: Writing,
  table: 'legal_holds' | 'restrictions',
  input: WithReason & { review_on?: string },
): Promise<void> {
  const { rows: known } =
    await sql`select from people where id = ${input.person_id}::uuid and erased_at is null and merged_into is null`.execute(
      ctx.db,
    )
  // Also for a row that was merged: what stood there is the other's now, and would not be under it.
  if (known.length === 0) refuse('not_found', 'person')
  const more = input.review_on ? [sql`, review_on`, sql`, ${input.review_on}::date`] : [sql``, sql``]
  const { rows } = await sql`insert into ${sql.table(table)} (id, person_id, reason, placed_by, placed_at${more[0]})
    values (${newId()}::uuid, ${input.person_id}::uuid, ${input.reason}, ${actorId(ctx)}::uuid, ${ctx.now}::timestamptz${more[1]})
    on conflict (person_id) where lifted_at is null do nothing returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', `privacy.${table}_there`)
}

async function lift(ctx: Writing, table: 'legal_holds' | 'restrictions', { person_id, reason: why }: WithReason) {
  const { rows } =
    await sql`update ${sql.table(table)} set lifted_at = ${ctx.now}::timestamptz, lifted_by = ${actorId(ctx)}::uuid,
      lift_reason = ${why} where person_id = ${person_id}::uuid and lifted_at is null returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('not_found', `privacy.${table}_none`)
}
