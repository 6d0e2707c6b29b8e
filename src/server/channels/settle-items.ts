import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import type { SenderCheck } from './email/index.ts'
import { addToCounts } from '../platform/counts.ts'

export type Outcome = 'ticket' | 'message' | 'command' | 'report' | 'duplicate' | 'quarantined' | 'refused'

export interface Settlement {
  id: string
  outcome: Exclude<Outcome, 'duplicate'>
  /** A code: why it is quarantined or refused, or what is special about it (`automatic`). */
  reason?: string | null
  ticket?: { id: string; number: string } | null
  ticket_message_id?: string | null
  possible_ticket?: { id: string; number: string } | null
  /** A held mail of a member's or partner's people: whose it is to read, beside those who work the ticket. */
  for_desk_id?: string | null
  /** What checking the sender found. */
  authentication?: SenderCheck | null
  /** What was read. */
  message_id?: string | null
  sender?: { name: string; address: string } | null
  subject?: string | null
  text?: string | null
  attachments?: readonly { name: string; type: string; size: number; sha256: string }[]
}

const TEXT_LENGTH_MAX = 200_000

/**
 * Says of items what became of them, once: an item that is settled already stays as it is. Sums follow in the same statement.
 * Answers the ids that were settled now.
 */
export async function settleItems(ctx: Writing, settlements: readonly Settlement[]): Promise<string[]> {
  if (settlements.length === 0) return []
  const rows = settlements.map(toRow)
  const { rows: settled } = await sql<{ id: string }>`with given as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as s (id uuid, outcome text, reason text, ticket_id uuid,
        ticket_number bigint, ticket_message_id uuid, possible_ticket_id uuid, possible_ticket_number bigint, for_desk_id uuid, message_id text,
        sender_name text, sender_address text, subject text, text text, attachments jsonb, authentication jsonb)),
    settled as (
      update intake_items i set outcome = g.outcome, reason = g.reason, settled_at = ${ctx.now}::timestamptz, lease_until = null,
        ticket_id = g.ticket_id, ticket_number = g.ticket_number, ticket_message_id = g.ticket_message_id,
        possible_ticket_id = g.possible_ticket_id, possible_ticket_number = g.possible_ticket_number,
        for_desk_id = coalesce(g.for_desk_id, i.for_desk_id),
        message_id = coalesce(g.message_id, i.message_id), sender_name = coalesce(g.sender_name, i.sender_name),
        sender_address = coalesce(g.sender_address, i.sender_address), subject = coalesce(g.subject, i.subject),
        text = coalesce(g.text, i.text), attachments = coalesce(g.attachments, i.attachments),
        authentication = coalesce(g.authentication, i.authentication)
      from given g where i.id = g.id and i.outcome is null
      returning i.id, i.channel, i.outcome),
    counted as (${addToCounts(sql`select 'intake.' || channel || '.' || outcome, count(*) from settled group by channel, outcome`)})
    select id from settled`.execute(ctx.tx)
  return settled.map((row) => row.id)
}

const toRow = (given: Settlement) => ({
  id: given.id,
  outcome: given.outcome,
  reason: given.reason ?? null,
  ticket_id: given.ticket?.id ?? null,
  ticket_number: given.ticket?.number ?? null,
  ticket_message_id: given.ticket_message_id ?? null,
  possible_ticket_id: given.possible_ticket?.id ?? null,
  possible_ticket_number: given.possible_ticket?.number ?? null,
  for_desk_id: given.for_desk_id ?? null,
  message_id: given.message_id ?? null,
  sender_name: given.sender?.name ?? null,
  sender_address: given.sender?.address ?? null,
  subject: given.subject ?? null,
  text: given.text?.slice(0, TEXT_LENGTH_MAX).toWellFormed() ?? null,
  attachments: given.attachments ?? null,
  authentication: given.authentication ?? null,
})

/**
 * Lets a quarantined or refused item wait to be read once more. Answers false if it is neither.
 * The sums give back what they had counted.
 * @param accepted_by who says that it may enter, whatever was found about its sender
 */
export async function unsettleItem(ctx: Writing, id: string, accepted_by: string | null = null): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`with held as (
      select id, channel, outcome from intake_items where id = ${id}::uuid and outcome in ('quarantined', 'refused') for update),
    waiting as (
      update intake_items i set outcome = null, settled_at = null, reason = null, attempts = 0, lease_until = null,
        accepted_by = coalesce(${accepted_by}::uuid, i.accepted_by)
      from held where i.id = held.id returning i.id),
    counted as (${addToCounts(sql`select 'intake.' || channel || '.' || outcome, -1 from held`)})
    select id from waiting`.execute(ctx.tx)
  return rows.length > 0
}
