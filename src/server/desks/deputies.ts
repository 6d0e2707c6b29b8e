import { sql, type RawBuilder } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { must } from '../platform/may.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { mustHaveSignedInRecently } from '../platform/recent-sign-in.ts'
import { refuse } from '../platform/refusal.ts'

/** Longer than that is no deputy but a member of the desk. */
const DEPUTY_DAYS_MAX = 92
const LIST_MAX = 100

export const SetDeputy = z.strictObject({
  /** A member of the secretariat's desk. */
  for_person_id: z.uuid(),
  /** Somebody with an account, who stands in. */
  deputy_id: z.uuid(),
  /** The first and the last day, by the secretariat's clock. */
  from_day: z.iso.date(),
  until_day: z.iso.date(),
})
export type SetDeputy = z.infer<typeof SetDeputy>
export const EndDeputy = z.strictObject({ deputy_row_id: z.uuid() })
export type EndDeputy = z.infer<typeof EndDeputy>

/**
 * Somebody stands in for a member of the secretariat's desk from the beginning of one day to the end of another: within these dates, and no
 * longer, with that person's rights at that desk (staff-actor.ts). Set by a coordinator of the secretariat or an administrator, not by a deputy.
 * Refuses `forbidden`, unauthenticated `sign_in_again`, and `invalid` with a fault at the field: the person is no member, the deputy has no
 * open account, the last day is before today or the first, or more than 92 days away from it, or somebody stands in twice at once. Records `deputy.set`.
 */
export async function setDeputy(ctx: Writing, input: SetDeputy): Promise<{ id: string }> {
  await mustLeadLastingly(ctx)
  mustHaveSignedInRecently(ctx)
  if (input.for_person_id === input.deputy_id) fault('deputy_id', 'fault.deputy_self')
  // Two who set one deputy at once take turns.
  await sql`select pg_advisory_xact_lock(hashtext('deputies'))`.execute(ctx.tx)
  const { rows } = await sql<{
    is_member: boolean
    has_account: boolean
    from_at: Date
    until_at: Date
    stands_in: boolean
  }>`with span as (
      select (${input.from_day}::date)::timestamp at time zone d.time_zone as from_at,
        (${input.until_day}::date + 1)::timestamp at time zone d.time_zone as until_at, d.id
      from desks d where d.kind = 'secretariat' order by d.id limit 1)
    select s.from_at, s.until_at,
      exists (select from desk_members m where m.desk_id = s.id and m.person_id = ${input.for_person_id}::uuid) as is_member,
      exists (select from accounts a where a.person_id = ${input.deputy_id}::uuid and a.disabled_at is null) as has_account,
      exists (select from deputies y where y.person_id = ${input.for_person_id}::uuid and y.deputy_id = ${input.deputy_id}::uuid
        and y.ended_at is null and y.from_at < s.until_at and y.until_at > s.from_at) as stands_in
    from span s`.execute(ctx.db)
  const found = rows[0] ?? refuse('not_found', 'desk')
  if (!found.is_member) fault('for_person_id', 'fault.deputy_member')
  if (!found.has_account) fault('deputy_id', 'fault.no_account')
  if (found.until_at <= found.from_at || found.until_at <= ctx.now) fault('until_day', 'fault.deputy_until')
  if (found.until_at.getTime() - found.from_at.getTime() > DEPUTY_DAYS_MAX * 86_400_000)
    fault('until_day', 'fault.deputy_long')
  if (found.stands_in) fault('deputy_id', 'fault.deputy_twice')
  const id = newId()
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  await sql`insert into deputies (id, person_id, deputy_id, from_at, until_at, set_by, set_at)
    values (${id}::uuid, ${input.for_person_id}::uuid, ${input.deputy_id}::uuid, ${found.from_at}::timestamptz, ${found.until_at}::timestamptz,
      ${by}::uuid, ${ctx.now}::timestamptz)`.execute(ctx.tx)
  await record(ctx, 'deputy.set', {
    about: {
      deputy_row_id: id,
      person_id: input.deputy_id,
      for_person_id: input.for_person_id,
      from_day: input.from_day,
      until_day: input.until_day,
    },
  })
  return { id }
}

/** From now on they do not stand in. The same who may; refuses not_found `deputy` also for one that is over. Records `deputy.ended`. */
export async function endDeputy(ctx: Writing, { deputy_row_id }: EndDeputy): Promise<void> {
  await mustLeadLastingly(ctx)
  mustHaveSignedInRecently(ctx)
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } = await sql<{ person_id: string; deputy_id: string }>`update deputies
    set ended_at = ${ctx.now}::timestamptz, ended_by = ${by}::uuid
    where id = ${deputy_row_id}::uuid and ended_at is null and until_at > ${ctx.now}::timestamptz
    returning person_id, deputy_id`.execute(ctx.tx)
  const ended = rows[0] ?? refuse('not_found', 'deputy')
  await record(ctx, 'deputy.ended', {
    about: { deputy_row_id, person_id: ended.deputy_id, for_person_id: ended.person_id },
  })
}

export interface Deputy {
  id: string
  person: { id: string; name: string }
  deputy: { id: string; name: string }
  from_at: Date
  /** The end of the last day. */
  until_at: Date
}

/** Who stands in now or later, the next to begin first; at most 100. The secretariat and administrators. */
export async function listDeputies(ctx: Reading): Promise<Deputy[]> {
  must(ctx.actor, 'decision.list')
  const { rows } = await sql<Deputy>`select y.id, json_build_object('id', p.id, 'name', p.name) as person,
      json_build_object('id', q.id, 'name', q.name) as deputy, y.from_at, y.until_at
    from deputies y join people p on p.id = y.person_id join people q on q.id = y.deputy_id
    where y.ended_at is null and y.until_at > ${ctx.now}::timestamptz order by y.from_at, y.id limit ${LIST_MAX}::int`.execute(
    ctx.db,
  )
  return rows
}

/** Whether somebody stands in at this desk, the secretariat's, at this moment: may be handed its tickets as its members may. */
export const standsInAt = (
  desk_id: RawBuilder<unknown>,
  person_id: RawBuilder<unknown>,
) => sql<boolean>`exists (select from deputies y
  join desk_members s on s.person_id = y.person_id and s.desk_id = ${desk_id} join desks k on k.id = s.desk_id and k.kind = 'secretariat'
  where y.deputy_id = ${person_id} and y.ended_at is null and y.from_at <= now() and y.until_at > now())`

/** Who stands in at a desk at this moment and is no member of it, by name; as far as the actor may know (the secretariat and administrators). */
export async function standInsOf(ctx: Reading, desk_id: string): Promise<{ id: string; name: string }[]> {
  const desk = sql`${desk_id}::uuid`
  const { rows } = await sql<{ id: string; name: string }>`${keptPlan}select p.id, p.name from people p
    where p.id in (select deputy_id from deputies where ended_at is null and until_at > now()) and ${standsInAt(desk, sql`p.id`)}
      and not exists (select from desk_members m where m.desk_id = ${desk} and m.person_id = p.id)
    order by lower(p.name), p.id limit ${LIST_MAX}::int`.execute(ctx.db)
  return rows
}

/**
 * Refuses `forbidden` (desk.deputy) to whoever coordinates the secretariat only as a deputy: who belongs to its desk, and who stands in, is said
 * by those who stay. PostgreSQL says the same (policies of desk_members and deputies).
 */
export async function mustLeadLastingly(ctx: Writing): Promise<void> {
  mustCoordinateAll(ctx.actor)
  if (ctx.actor.kind === 'system') return
  const { rows } = await sql<{ lasting: boolean }>`select actor_leads_lastingly() as lasting`.execute(ctx.db)
  if (!rows[0]!.lasting) refuse('forbidden', 'desk.deputy')
}

const fault = (path: string, key: string): never => refuse('invalid', 'form', [{ path, key }])
