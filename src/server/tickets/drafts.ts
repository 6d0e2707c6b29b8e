import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { FormId, wasDone } from '../platform/do-once.ts'
import { mustAsPerson } from '../platform/may.ts'
import { findTicket } from './find-ticket.ts'
import { composed, takeTurn, type Composed } from './composed.ts'

const FIELD_LENGTH_MAX = 20_000

export const SaveDraft = z.strictObject({
  ticket_id: z.uuid(),
  kind: z.enum(composed),
  /** Of the form that is being filled in: once it was sent, a save that comes late brings nothing back. */
  send_id: FormId.optional(),
  /** As typed, unfinished and unchecked. */
  fields: z
    .partialRecord(
      z.enum(['text', 'problem', 'cause', 'alternatives', 'steps']),
      z.string().max(FIELD_LENGTH_MAX, 'fault.too_long'),
    )
    .default({}),
})
export type SaveDraft = z.infer<typeof SaveDraft>

export interface Draft {
  kind: Composed
  fields: SaveDraft['fields']
  saved_at: Date
}

/**
 * Keeps what somebody writes on a ticket, over what they had kept before; empty fields throw the draft away. Answers when it was saved,
 * or null when there is nothing to keep (any longer: the form was sent meanwhile). `not_found` for a ticket that they do not see.
 */
export async function saveDraft(ctx: Writing, { ticket_id, kind, fields, send_id }: SaveDraft): Promise<Date | null> {
  mustAsPerson(ctx.actor, 'ticket.note', await findTicket(ctx, ticket_id))
  await takeTurn(ctx, { ticket_id, kind })
  if (send_id && (await wasDone(ctx, { form_id: send_id, name: kind }))) return null
  const kept = Object.fromEntries(Object.entries(fields).filter(([, text]) => text.trim() !== ''))
  if (Object.keys(kept).length === 0) {
    await dropDraft(ctx, { ticket_id, kind })
    return null
  }
  await sql`insert into drafts (ticket_id, person_id, kind, fields, saved_at)
    values (${ticket_id}::uuid, ${ctx.actor.person_id}::uuid, ${kind}, ${JSON.stringify(kept)}::jsonb, ${ctx.now}::timestamptz)
    on conflict (ticket_id, person_id, kind) do update set fields = excluded.fields, saved_at = excluded.saved_at`.execute(
    ctx.tx,
  )
  return ctx.now
}

/** Row-level security lets nobody throw away another's. */
export async function dropDraft(
  ctx: Writing,
  { ticket_id, kind }: Pick<SaveDraft, 'ticket_id' | 'kind'>,
): Promise<void> {
  const person_id = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  await sql`delete from drafts
    where ticket_id = ${ticket_id}::uuid and person_id = ${person_id}::uuid and kind = ${kind}`.execute(ctx.tx)
}

/** What the actor has written on a ticket and not sent; at most one of each kind. */
export async function listDrafts(ctx: Reading, ticket_id: string): Promise<Draft[]> {
  const person_id = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } = await sql<Draft>`${keptPlan}select kind, fields, saved_at from drafts
    where ticket_id = ${ticket_id}::uuid and person_id = ${person_id}::uuid order by kind limit 3`.execute(ctx.db)
  return rows
}
