import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { maskNik } from '../platform/mask-nik.ts'
import { say, type Language } from '../platform/words.ts'
import { messageId, queueMessages, replyAddress } from '../channels/index.ts'
import { subjectWithNumber } from '../tickets/index.ts'
import type { TicketName } from './decide.ts'
import type { Unsendable } from './why-unsendable.ts'

export interface Unsent {
  item_id: string
  author_id: string
  reason: Unsendable
  possible_ticket: TicketName
  /** Of their own mail, so that the notice stands below it. */
  mail_id: string | null
  subject: string
}

interface Author {
  id: string
  name: string
  language: Language
  address: string
}

/**
 * Tells agents that what they wrote by mail was not sent, why, and what to do: silence would leave them believing that the requester has an
 * answer. Also those who want no notices: it answers an act of their own. It goes to their proved address, and an answer to it is an answer to the ticket.
 */
export async function tellUnsent(ctx: Writing, unsent: readonly Unsent[]): Promise<void> {
  if (unsent.length === 0) return
  const { rows } = await sql<Author>`select p.id, p.name, p.language, c.address from people p
    cross join lateral (select address from contact_points where person_id = p.id and channel = 'email' and verified_at is not null
      order by verified_at, id limit 1) c
    where p.id = any (${unsent.map(({ author_id }) => author_id)}::uuid[])`.execute(ctx.tx)
  const authors = new Map(rows.map((author) => [author.id, author]))
  await queueMessages(
    ctx,
    unsent.map((one) => toNotice(ctx, one, authors.get(one.author_id)!)),
  )
}

function toNotice(ctx: Writing, { item_id, reason, possible_ticket, mail_id, subject }: Unsent, author: Author) {
  const { secrets, settings } = ctx.app
  const { id, number } = possible_ticket
  const { language } = author
  return {
    channel: 'email' as const,
    kind: 'notice' as const,
    recipient: author.address,
    recipient_name: author.name,
    recipient_id: author.id,
    subject: subjectWithNumber(number, maskNik(subject)),
    text: say(language, 'intake.mail.unsent', {
      number,
      why: say(language, `intake.mail.unsent_${reason}`),
      kept: `${settings.PANDU_ORIGIN}/desk/intake/${item_id}`,
      link: `${settings.PANDU_ORIGIN}/desk/tickets/${number}`,
    }),
    language,
    automatic: true,
    about_id: id,
    about_number: number,
    mail_id: messageId(secrets, settings.PANDU_MAIL_DOMAIN, { ticket_number: number, id: newId() }),
    ...(mail_id ? { in_reply_to: mail_id } : {}),
    reply_to: replyAddress(secrets, settings.PANDU_REPLY_DOMAIN, { ticket_number: number, participant_id: author.id }),
  }
}
