import { sql } from 'kysely'
import { messageId, queueMessages, replyAddress } from '../channels/index.ts'
import type { Language, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { recordAll } from '../platform/journal.ts'
import { maskNik } from '../platform/mask-nik.ts'
import { say, type Key } from '../platform/words.ts'
import type { KnownTicket } from './find-ticket.ts'
import { followUrl, makeFollowLinks } from './follow-link.ts'
import { keepAttachments, type NewAttachment } from './keep-attachments.ts'
import { subjectWithNumber } from './number.ts'
import { plainText } from './plain-text.ts'

export interface Outgoing {
  ticket: KnownTicket
  text: string
  /** Null for what Pandu says by itself. */
  author_id: string | null
  attachments?: readonly NewAttachment[] | undefined
  /** Until then it can be taken back; mails wait in the outbox and the follow page does not show it. */
  leaves_at: Date
  /** The sentence under the text; it is given `number` and `link`. */
  footer: Extract<Key, `ticket.mail.${string}`>
}

export interface Sent {
  ticket_id: string
  message_id: string
  /** How many mails wait in the outbox; 0 when nobody on the ticket has a mail address. */
  mails: number
}

/**
 * Says something to everybody who takes part in a ticket: the message, one outbox row for each person with a mail address, each with
 * a link, a signed reply address and a place in the mail thread of its own; the fact `message.sent`. Answers in the order given.
 */
export async function sendOut(ctx: Writing, outgoing: readonly Outgoing[]): Promise<Sent[]> {
  if (outgoing.length === 0) return []
  const ticket_ids = outgoing.map(({ ticket }) => ticket.id)
  const recipients = Map.groupBy(await findRecipients(ctx, ticket_ids), (recipient) => recipient.ticket_id)
  const threads = await findThreads(ctx, ticket_ids)
  const messages = outgoing.map((out) => ({
    ...out,
    ticket_id: out.ticket.id,
    message_id: newId(),
    to: recipients.get(out.ticket.id) ?? [],
  }))
  await insertMessages(ctx, messages)
  await keepAttachments(ctx, messages)

  const mails = messages.flatMap((message) => message.to.map((recipient) => ({ message, recipient })))
  const tokens = await makeFollowLinks(
    ctx,
    mails.map(({ recipient }) => ({ ticket_id: recipient.ticket_id, person_id: recipient.person_id })),
  )
  await queueMessages(
    ctx,
    mails.map(({ message, recipient }, index) => toMail(ctx, message, recipient, tokens[index]!, threads)),
  )
  await recordAll(
    ctx,
    messages.map((message) => ({
      kind: 'message.sent',
      ticket_id: message.ticket_id,
      about: { message_id: message.message_id, automatic: message.author_id === null, mails: message.to.length },
    })),
  )
  return messages.map(({ ticket_id, message_id, to }) => ({ ticket_id, message_id, mails: to.length }))
}

interface Recipient {
  ticket_id: string
  person_id: string
  name: string
  language: Language
  address: string
}
type Prepared = Outgoing & { ticket_id: string; message_id: string; to: Recipient[] }

const RECIPIENTS_MAX = 50

/**
 * Everybody who takes part and came by a mail address: that one. Never another of theirs, however new: whoever writes an address down for
 * somebody must not get what others are told (choose-address.ts changes it for one ticket).
 */
async function findRecipients(ctx: Writing, ticket_ids: readonly string[]): Promise<Recipient[]> {
  const { rows } = await sql<Recipient>`select p.ticket_id, p.person_id, people.name, people.language, c.address
    from unnest(${ticket_ids}::uuid[]) as asked (ticket_id)
    cross join lateral (select ticket_id, person_id, contact_point_id from participants
      where ticket_id = asked.ticket_id and part in ('requester', 'participant') order by since, person_id limit ${RECIPIENTS_MAX}) p
    join people on people.id = p.person_id
    join contact_points c on c.id = p.contact_point_id and c.channel = 'email'`.execute(ctx.tx)
  return rows
}

const THREAD_MAX = 20

/** The last mails of each ticket, oldest first, so that mail programs show one conversation. */
async function findThreads(ctx: Writing, ticket_ids: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ ticket_id: string; mail_ids: string[] }>`
    select asked.ticket_id, array_agg(m.mail_id order by m.at, m.mail_id) as mail_ids
    from unnest(${ticket_ids}::uuid[]) as asked (ticket_id)
    cross join lateral (select mail_id, at from mail_ids where ticket_id = asked.ticket_id and origin in ('sent', 'received')
      order by at desc, mail_id desc limit ${THREAD_MAX}) m
    group by asked.ticket_id`.execute(ctx.tx)
  return new Map(rows.map((row) => [row.ticket_id, row.mail_ids]))
}

async function insertMessages(ctx: Writing, messages: readonly Prepared[]): Promise<void> {
  const rows = messages.map((message) => ({
    ticket_id: message.ticket_id,
    id: message.message_id,
    // Somebody without a mail address reads it on the follow page, or is called.
    channel: message.to.length > 0 ? 'email' : message.ticket.channel,
    author_id: message.author_id,
    text: plainText(message.text),
    leaves_at: message.leaves_at,
  }))
  await sql`insert into messages (ticket_id, id, direction, channel, author_id, text, at, leaves_at)
    select ticket_id, id, 'out', channel, author_id, text, ${ctx.now}::timestamptz, leaves_at
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as m (ticket_id uuid, id uuid, channel text, author_id uuid, text text, leaves_at timestamptz)`.execute(ctx.tx)
}

function toMail(
  ctx: Writing,
  message: Prepared,
  recipient: Recipient,
  token: string,
  threads: ReadonlyMap<string, string[]>,
): Parameters<typeof queueMessages>[1][number] {
  const { secrets, settings } = ctx.app
  const { number, subject } = message.ticket
  const automatic = message.author_id === null
  const references = threads.get(message.ticket_id) ?? []
  const in_reply_to = references.at(-1)
  const footer = say(recipient.language, message.footer, { number, link: followUrl(ctx.app, token) })
  return {
    channel: 'email',
    kind: automatic ? 'notice' : 'reply',
    recipient: recipient.address,
    recipient_name: recipient.name,
    recipient_id: recipient.person_id,
    subject: subjectWithNumber(number, maskNik(subject)),
    // "-- " on a line of its own: mail programs leave out what follows when they quote (RFC 3676 4.3).
    text: `${plainText(message.text)}\n\n-- \n${footer}\n`,
    language: recipient.language,
    automatic,
    about_id: message.ticket_id,
    about_number: number,
    message_id: message.message_id,
    mail_id: messageId(secrets, settings.PANDU_MAIL_DOMAIN, { ticket_number: number, id: newId() }),
    ...(in_reply_to ? { in_reply_to, references } : {}),
    reply_to: replyAddress(secrets, settings.PANDU_REPLY_DOMAIN, {
      ticket_number: number,
      participant_id: recipient.person_id,
    }),
    attachments: message.attachments ?? [],
    not_before: message.leaves_at,
  }
}
