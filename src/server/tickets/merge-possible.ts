import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record, recordAll } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { close } from './close.ts'
import { liftEnds, lockTickets, moveTicket, takeTicket, type KnownTicket } from './find-ticket.ts'
import { keepAttachments, type NewAttachment } from './keep-attachments.ts'
import { takesMessages } from './receive-messages.ts'
import { reopen } from './reopen.ts'
import { stateAfter } from './states.ts'
import { suggestParticipants } from './suggest-participants.ts'

export const MergePossible = z.object({
  ticket_id: z.uuid(),
  /** A closed ticket is reopened within these days (service levels: quiet rules). */
  reopen_within_days: z.number().int().min(0),
})
export type MergePossible = z.infer<typeof MergePossible>

/**
 * A person says: yes, this belongs to the ticket that was suspected. What was written here is put into that one as it stands, as if it had
 * come there now; this ticket is closed as its duplicate, and its requester told so. Who wrote it gains nothing: they are suggested as
 * participant. Undone by {@link unmergePossible}. Refuses `conflict` when nothing is suspected (any more), when the other one was closed too
 * long ago to take messages, or when the other may not be worked (`not_found`, `forbidden`).
 */
export async function mergePossible(
  ctx: Writing,
  input: MergePossible,
): Promise<{ other: { id: string; number: string } }> {
  const { ticket, other } = await takeBoth(ctx, input.ticket_id)
  if (!takesMessages(other, input, ctx.now)) refuse('conflict', 'ticket.state_closed')
  await putMessages(ctx, ticket, other)
  await moveTicket(ctx, other, stateAfter('receive', other.state)!)
  if (other.state === 'resolved' || other.state === 'closed') {
    await liftEnds(ctx, [other.id])
    const about = { from_state: other.state, by: 'message' }
    await record(ctx, 'ticket.reopened', { ticket_id: other.id, about })
  }
  await suggestSender(ctx, ticket, other)
  await sql`update tickets set possible_ticket_id = null where id = ${ticket.id}::uuid`.execute(ctx.tx)
  await recordAll(ctx, [
    { kind: 'ticket.merged', ticket_id: ticket.id, about: { other_id: other.id } },
    { kind: 'message.received', ticket_id: other.id, about: { channel: ticket.channel, moved_from: ticket.id } },
  ])
  if (ticket.state !== 'closed')
    await close(ctx, { ticket_id: ticket.id, reason: 'duplicate', duplicate_of: other.number })
  return { other: { id: other.id, number: other.number } }
}

/** Undoes it: what was put there is taken away again, this ticket is open as before, and the suspicion stands. */
export async function unmergePossible(ctx: Writing, { ticket_id }: { ticket_id: string }): Promise<void> {
  await takeTicket(ctx, ticket_id, 'ticket.link')
  const { rows } = await sql<{ ticket_id: string }>`update messages set taken_back_at = ${ctx.now}::timestamptz
    where moved_from = ${ticket_id}::uuid and taken_back_at is null returning ticket_id`.execute(ctx.tx)
  const other_id = rows[0]?.ticket_id ?? refuse('conflict', 'ticket.changed_meanwhile')
  const { ticket: other } = await takeTicket(ctx, other_id, 'ticket.link')
  await moveTicket(ctx, other, other.state)
  await sql`delete from ticket_links where ticket_id = ${ticket_id}::uuid and other_id = ${other_id}::uuid and kind = 'duplicate'`.execute(
    ctx.tx,
  )
  await sql`update tickets set possible_ticket_id = ${other_id}::uuid where id = ${ticket_id}::uuid`.execute(ctx.tx)
  await recordAll(ctx, [
    { kind: 'ticket.unmerged', ticket_id, about: { other_id } },
    { kind: 'ticket.unmerged', ticket_id: other_id, about: { other_id: ticket_id } },
  ])
  await reopen(ctx, { ticket_id })
}

async function takeBoth(ctx: Writing, ticket_id: string): Promise<{ ticket: KnownTicket; other: KnownTicket }> {
  const { rows } = await sql<{ other_id: string | null }>`select possible_ticket_id as other_id from tickets
    where id = ${ticket_id}::uuid`.execute(ctx.tx)
  const { other_id } = rows[0] ?? refuse('not_found', 'ticket.unknown')
  if (!other_id) refuse('conflict', 'ticket.changed_meanwhile')
  // Both at once and in one order, so that two merges cannot wait for each other.
  await lockTickets(ctx, [ticket_id, other_id])
  const { ticket } = await takeTicket(ctx, ticket_id, 'ticket.link')
  if (ticket.possible_ticket_id !== other_id) refuse('conflict', 'ticket.changed_meanwhile')
  const { ticket: other } = await takeTicket(ctx, other_id, 'ticket.link')
  return { ticket, other }
}

const MESSAGES_MAX = 100

interface Moved {
  id: string
  channel: string
  author_id: string | null
  text: string
  quoted_text: string | null
  intake_item_id: string | null
  attachments: NewAttachment[]
}

/** What was written to this ticket, as new messages of the other one: a message never changes the ticket that it belongs to. */
async function putMessages(ctx: Writing, ticket: KnownTicket, other: KnownTicket): Promise<void> {
  const { rows } = await sql<Moved>`select m.id, m.channel, m.author_id, m.text, m.quoted_text, m.intake_item_id,
      (select coalesce(json_agg(json_build_object('name', a.name, 'type', a.type, 'size', a.size, 'sha256', a.sha256,
         'content_id', a.content_id) order by a.id), '[]') from attachments a where a.ticket_id = m.ticket_id and a.message_id = m.id) as attachments
    from messages m where m.ticket_id = ${ticket.id}::uuid and m.direction = 'in' and m.taken_back_at is null
    order by m.at, m.id limit ${MESSAGES_MAX}`.execute(ctx.tx)
  const moved = rows.map((row) => ({ ...row, new_id: newId() }))
  const given = JSON.stringify(moved.map(({ attachments: _, ...row }) => row))
  await sql`insert into messages (ticket_id, id, direction, channel, author_id, text, quoted_text, at, leaves_at, intake_item_id, moved_from)
    select ${other.id}::uuid, new_id, 'in', channel, author_id, text, quoted_text, ${ctx.now}::timestamptz, ${ctx.now}::timestamptz,
      intake_item_id, ${ticket.id}::uuid
    from jsonb_to_recordset(${given}::jsonb) as m (new_id uuid, channel text, author_id uuid, text text, quoted_text text, intake_item_id uuid)`.execute(
    ctx.tx,
  )
  await sql`insert into message_htmls (ticket_id, message_id, html, remote_images)
    select ${other.id}::uuid, m.new_id, h.html, h.remote_images
    from jsonb_to_recordset(${given}::jsonb) as m (id uuid, new_id uuid)
    join message_htmls h on h.ticket_id = ${ticket.id}::uuid and h.message_id = m.id`.execute(ctx.tx)
  await keepAttachments(
    ctx,
    moved.map(({ new_id, attachments }) => ({ ticket_id: other.id, message_id: new_id, attachments })),
  )
}

/** Whoever wrote it does not take part by that: a person decides about that too. */
async function suggestSender(ctx: Writing, ticket: KnownTicket, other: KnownTicket): Promise<void> {
  const { rows } = await sql<{ name: string; address: string; normalised: string; message_id: string }>`
    select people.name, c.address, c.normalised, m.id as message_id
    from participants p join people on people.id = p.person_id join contact_points c on c.id = p.contact_point_id and c.channel = 'email'
    join lateral (select id from messages where ticket_id = ${other.id}::uuid and moved_from = p.ticket_id order by id limit 1) m on true
    where p.ticket_id = ${ticket.id}::uuid and p.person_id = ${ticket.requester_id}::uuid`.execute(ctx.tx)
  await suggestParticipants(
    ctx,
    rows.map((row) => ({ ...row, ticket_id: other.id })),
  )
}
