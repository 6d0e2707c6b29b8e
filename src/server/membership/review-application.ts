import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { must } from '../platform/may.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'
import { checklistItems, type ApplicationState } from './application-rows.ts'

const personOf = ({ actor }: Writing) => ('person_id' in actor ? actor.person_id : null)

export const CheckItem = z.strictObject({ application_id: z.uuid(), item: z.enum(checklistItems), on: z.boolean() })

/** Ticks an item of the checklist, or takes the tick back; who and when stand with it. The secretariat only. Records `application.checked`. */
export async function checkItem(ctx: Writing, { application_id, item, on }: z.output<typeof CheckItem>): Promise<void> {
  await mustBeOpen(ctx, application_id)
  const tick = { checked_by: personOf(ctx), checked_at: ctx.now.toISOString() }
  await sql`update applications set checklist = ${on ? sql`checklist || jsonb_build_object(${item}::text, ${JSON.stringify(tick)}::jsonb)` : sql`checklist - ${item}::text`}
    where id = ${application_id}::uuid`.execute(ctx.tx)
  await record(ctx, 'application.checked', { about: { application_id, item, on } })
}

export const AskBack = z.strictObject({
  application_id: z.uuid(),
  text: z.string().trim().min(1, 'fault.required').max(10_000, 'fault.too_long'),
})

/** A question back: a mail goes to whoever applied, and it is their turn. The secretariat only. Refuses conflict `application.over`. */
export async function askBack(ctx: Writing, { application_id, text }: z.output<typeof AskBack>): Promise<void> {
  await mustBeOpen(ctx, application_id)
  await sql`insert into application_words (application_id, id, by_applicant, author_id, text, at)
    values (${application_id}::uuid, ${newId()}::uuid, false, ${personOf(ctx)}::uuid, ${text}, ${ctx.now}::timestamptz)`.execute(
    ctx.tx,
  )
  await turn(ctx, application_id, 'asked')
  await record(ctx, 'application.asked', { about: { application_id } })
}

export const DeclineApplication = z.strictObject({
  application_id: z.uuid(),
  /** Told to whoever applied. */
  reason: z.string().trim().min(1, 'fault.required').max(2000, 'fault.too_long'),
})

/** Declines with a reason, which is told. Coordinators of the secretariat and administrators. Refuses conflict `application.over`. */
export async function declineApplication(
  ctx: Writing,
  { application_id, reason }: z.output<typeof DeclineApplication>,
): Promise<void> {
  mustCoordinateAll(ctx.actor)
  await mustBeOpen(ctx, application_id)
  await sql`update applications set state = 'declined', state_since = ${ctx.now}::timestamptz, decided_at = ${ctx.now}::timestamptz,
      decided_by = ${personOf(ctx)}::uuid, reason = ${reason} where id = ${application_id}::uuid`.execute(ctx.tx)
  await record(ctx, 'application.declined', { about: { application_id }, details: { reason } })
}

/** Locks it, so that two who decide at once take turns. Refuses not_found, conflict `application.over`. */
export async function mustBeOpen(ctx: Writing, application_id: string): Promise<void> {
  must(ctx.actor, 'application.review')
  const { rows } = await sql<{ state: ApplicationState }>`select state from applications
    where id = ${application_id}::uuid for update`.execute(ctx.tx)
  if (!rows[0]) refuse('not_found', 'application')
  if (rows[0].state !== 'received' && rows[0].state !== 'asked') refuse('conflict', 'application.over')
}

const turn = (ctx: Writing, application_id: string, state: 'received' | 'asked') =>
  sql`update applications set state = ${state}, state_since = ${ctx.now}::timestamptz where id = ${application_id}::uuid`.execute(
    ctx.tx,
  )
