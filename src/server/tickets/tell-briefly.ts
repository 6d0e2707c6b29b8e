import type { Writing } from '../platform/context.ts'
import { say } from '../platform/words.ts'
import { queueMessages } from '../channels/index.ts'
import { findRecipients, type Recipient } from './find-recipients.ts'
import type { KnownTicket } from './find-ticket.ts'
import { followUrl, makeFollowLink } from './follow-link.ts'

/** To whom, by what: an SMS is short and paid by length, a chat takes whatever it is given. */
export type Texted = Pick<Recipient, 'language'> & { channel: 'sms' | 'whatsapp' | 'telegram' }

/**
 * Tells the requester alone something by SMS or messenger that is no answer of ours: it stands in the outbox and not among the messages, and whoever waits
 * goes on waiting. Nothing for whom mail reaches. `linked`: a chat is given the link to their page under it. Answers whether it was queued.
 */
export async function tellBriefly(
  ctx: Writing,
  ticket: KnownTicket,
  text: string | ((to: Texted) => string | Promise<string>),
  { linked = false }: { linked?: boolean } = {},
): Promise<boolean> {
  const to = (await findRecipients(ctx, [ticket.id])).find(({ part }) => part === 'requester')
  if (!to || to.channel === null || to.channel === 'email' || to.address === null) return false
  const { channel, language, person_id } = to
  const { id: ticket_id, number } = ticket
  const words = typeof text === 'string' ? text : await text({ channel, language })
  const follow =
    linked && channel !== 'sms'
      ? say(language, 'sms.chat_follow', {
          number,
          link: followUrl(ctx.app, await makeFollowLink(ctx, { ticket_id, person_id })),
        })
      : ''
  await queueMessages(ctx, [
    {
      channel,
      kind: 'notice',
      recipient: to.address,
      recipient_name: to.name,
      recipient_id: person_id,
      text: [words, follow].filter(Boolean).join('\n\n'),
      language,
      automatic: true,
      about_id: ticket_id,
      about_number: number,
    },
  ])
  return true
}
