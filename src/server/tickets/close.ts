import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { say } from '../platform/words.ts'
import { closeReasons, endTicket } from './end-ticket.ts'
import { takeTicket, type KnownTicket } from './find-ticket.ts'
import { readNumber } from './number.ts'
import { plainText } from './plain-text.ts'
import { sendOut } from './send-out.ts'

export const Close = z.object({
  ticket_id: z.uuid(),
  reason: z.enum(closeReasons),
  /** Where the requester is better served; needed for `out_of_scope`. */
  pointer: z.string().trim().max(2_000).optional(),
  /** The other ticket's number as somebody types it; needed for `duplicate`. */
  duplicate_of: z.string().trim().max(40).optional(),
})
export type Close = z.infer<typeof Close>

/**
 * Closes a ticket and tells the requester why. Undone by reopen(). Refuses `invalid` when the pointer or the other number is missing,
 * mistyped or the ticket's own.
 */
export async function close(ctx: Writing, input: Close): Promise<void> {
  const { ticket } = await takeTicket(ctx, input.ticket_id, 'ticket.close', 'close')
  const pointer = input.reason === 'out_of_scope' ? plainText(input.pointer ?? '') : undefined
  if (pointer === '') refuse('invalid', 'ticket.close', [{ path: 'pointer', key: 'fault.pointer' }])
  const other = input.reason === 'duplicate' ? await findOther(ctx, ticket, input.duplicate_of ?? '') : undefined
  if (other) await linkDuplicate(ctx, ticket, other.id)
  await sendOut(ctx, [
    {
      ticket,
      text: closeText('ticket.close', ticket, input.reason, pointer, other),
      sms: closeText('sms.close', ticket, input.reason, pointer, other),
      in_parts: pointer !== undefined,
      author_id: null,
      leaves_at: ctx.now,
      footer: 'ticket.mail.closed',
    },
  ])
  await endTicket(ctx, ticket, { reason: input.reason, pointer, duplicate_of: other?.id })
}

interface Other {
  id: string
  number: string
  requester_id: string
}

async function findOther(ctx: Writing, ticket: KnownTicket, typed: string): Promise<Other> {
  const { rows } = await sql<Other>`select id, number::text, requester_id from tickets
    where number = ${readNumber(typed)}::bigint and id <> ${ticket.id}::uuid`.execute(ctx.tx)
  return rows[0] ?? refuse('invalid', 'ticket.close', [{ path: 'duplicate_of', key: 'fault.ticket_number' }])
}

async function linkDuplicate(ctx: Writing, ticket: KnownTicket, other_id: string): Promise<void> {
  await sql`insert into ticket_links (ticket_id, other_id, kind, made_by, made_at)
    values (${ticket.id}::uuid, ${other_id}::uuid, 'duplicate', ${'person_id' in ctx.actor ? ctx.actor.person_id : null}::uuid, ${ctx.now}::timestamptz)
    on conflict do nothing`.execute(ctx.tx)
  await record(ctx, 'ticket.linked', { ticket_id: ticket.id, about: { other_id, link: 'duplicate' } })
}

/** The other ticket's number is told only to whom it belongs: it may be a stranger's. */
function closeText(
  form: 'ticket.close' | 'sms.close',
  { language, number, requester_id }: KnownTicket,
  reason: Close['reason'],
  pointer = '',
  other?: Other,
): string {
  const key = reason === 'duplicate' && other?.requester_id === requester_id ? ('duplicate_own' as const) : reason
  const values = { number, pointer, other: other?.number ?? '' }
  return form === 'sms.close' ? say(language, `sms.close_${key}`, values) : say(language, `ticket.close.${key}`, values)
}
