import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { lockOwnUnit } from './offices.ts'

export const ConfirmDesk = z.strictObject({ desk_id: z.uuid() })
export type ConfirmDesk = z.infer<typeof ConfirmDesk>

/**
 * The secretariat confirms an own-unit desk: it is then a candidate for requests of its offices and sees every one of them. Confirming
 * twice changes nothing. Refuses forbidden, not_found, and conflict `desk.own_unit` for another kind of desk. Records `desk.confirmed`.
 */
export async function confirmDesk(ctx: Writing, { desk_id }: ConfirmDesk): Promise<void> {
  mustCoordinateAll(ctx.actor)
  if ((await lockOwnUnit(ctx, desk_id)).confirmed_at !== null) return
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  await sql`update desks set confirmed_at = ${ctx.now}::timestamptz, confirmed_by = ${by}::uuid where id = ${desk_id}::uuid`.execute(
    ctx.tx,
  )
  await record(ctx, 'desk.confirmed', { about: { desk_id } })
}

export const UnconfirmDesk = ConfirmDesk.extend({
  /** Why; told in the journal to whoever asks later. */
  reason: z.string().trim().min(3, 'fault.required').max(500, 'fault.too_long'),
})
export type UnconfirmDesk = z.infer<typeof UnconfirmDesk>

/**
 * Takes the confirmation back: from now on the desk sees only what it holds or held. Refuses like {@link confirmDesk}. Records
 * `desk.unconfirmed`.
 */
export async function unconfirmDesk(ctx: Writing, { desk_id, reason }: UnconfirmDesk): Promise<void> {
  mustCoordinateAll(ctx.actor)
  if ((await lockOwnUnit(ctx, desk_id)).confirmed_at === null) return
  await sql`update desks set confirmed_at = null, confirmed_by = null where id = ${desk_id}::uuid`.execute(ctx.tx)
  await record(ctx, 'desk.unconfirmed', { about: { desk_id }, details: { reason } })
}
