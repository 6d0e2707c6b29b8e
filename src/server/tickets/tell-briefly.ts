import type { Writing } from '../platform/context.ts'
import { queueMessages } from '../channels/index.ts'
import { findRecipients } from './find-recipients.ts'
import type { KnownTicket } from './find-ticket.ts'

/**
 * Tells the requester something by SMS or messenger that is no answer of ours: it stands in the outbox and not among the messages, and whoever waits
 * goes on waiting. Nothing for whom mail reaches. Answers whether it was queued.
 */
export async function tellBriefly(ctx: Writing, ticket: KnownTicket, text: string): Promise<boolean> {
  const to = (await findRecipients(ctx, [ticket.id])).find(({ part }) => part === 'requester')
  if (!to || to.channel === null || to.channel === 'email' || to.address === null) return false
  await queueMessages(ctx, [
    {
      channel: to.channel,
      kind: 'notice',
      recipient: to.address,
      recipient_name: to.name,
      recipient_id: to.person_id,
      text,
      language: to.language,
      automatic: true,
      about_id: ticket.id,
      about_number: ticket.number,
    },
  ])
  return true
}
