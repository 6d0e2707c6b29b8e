import { sql } from 'kysely'
import { messageId, queueMessages, replyAddress, type NewMessage } from '../channels/index.ts'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { recordAll } from '../platform/journal.ts'
import { limitInForce } from '../platform/limit-catalog.ts'
import { maskNik } from '../platform/mask-nik.ts'
import { say } from '../platform/words.ts'
import type { KnownTicket } from './find-ticket.ts'
import { followUrl, makeFollowLinks } from './follow-link.ts'
import { keepAttachments, type NewAttachment } from './keep-attachments.ts'
import { subjectWithNumber } from './number.ts'
import { plainText } from './plain-text.ts'
import { findRecipients, type Recipient } from './find-recipients.ts'
import { smsForm } from './sms-form.ts'
import { smsTail } from './sms-tail.ts'

export interface Outgoing {
  ticket: KnownTicket
  text: string
  /**
   * What an SMS says instead, which has no subject and is paid by length. What Pandu says by itself fits one segment, with the number of
   * the ticket in it. Default: the text, and the number under it.
   */
  sms?: string
  /** It may take several segments, though Pandu says it: words of a colleague stand in it, or a list to choose from. */
  in_parts?: boolean
  /** Null for what Pandu says by itself. */
  author_id: string | null
  attachments?: readonly NewAttachment[] | undefined
  /** Until then it can be taken back; mails wait in the outbox and the follow page does not show it. */
  leaves_at: Date
  /** The sentence under the text; it is given `number` and `link`. */
  footer: 'ticket.mail.follow' | 'ticket.mail.confirm' | 'ticket.mail.closed'
  /** To the requester alone, as tellBriefly does: it stands in the outbox and not among the messages, which everybody who takes part reads. */
  aside?: true
}

export interface Sent {
  ticket_id: string
  message_id: string
  /** How many mails wait in the outbox, */
  mails: number
  /** and how many texts: SMS, WhatsApp, Telegram. */
  texts: number
  /** Who takes part and can be reached by neither: somebody has to call them, or they look at their page. */
  unreached: string[]
}

/**
 * Says something to everybody who takes part in a ticket, each by the channel by which they wrote last (find-recipients.ts): the message, one
 * outbox row for each who can be reached. A mail has a link, a signed reply address and a place in the mail thread of its own; an SMS is
 * short; WhatsApp and Telegram say what the mail says, with buttons where it is asked whether it helped. Records `message.sent`, but not of what
 * is said aside. Answers in the order given.
 */
export async function sendOut(ctx: Writing, outgoing: readonly Outgoing[]): Promise<Sent[]> {
  if (outgoing.length === 0) return []
  const ticket_ids = outgoing.map(({ ticket }) => ticket.id)
  const recipients = Map.groupBy(await findRecipients(ctx, ticket_ids), (recipient) => recipient.ticket_id)
  const threads = await findThreads(ctx, ticket_ids)
  const parts_max = await limitInForce(ctx, 'text.parts')
  const messages = outgoing.map((out) => ({
    ...out,
    ticket_id: out.ticket.id,
    message_id: newId(),
    to: (recipients.get(out.ticket.id) ?? []).filter(({ part }) => !out.aside || part === 'requester'),
  }))
  const listed = messages.filter(({ aside }) => !aside)
  await insertMessages(ctx, listed)
  await keepAttachments(ctx, listed)

  const each = messages.flatMap((message) => message.to.filter(isReached).map((recipient) => ({ message, recipient })))
  const tokens = await makeFollowLinks(
    ctx,
    each.map(({ recipient }) => ({ ticket_id: recipient.ticket_id, person_id: recipient.person_id })),
  )
  await queueMessages(
    ctx,
    each.map(({ message, recipient }, index) =>
      recipient.channel === 'email'
        ? toMail(ctx, message, recipient, tokens[index]!, threads)
        : toText(ctx, message, recipient, { channel: recipient.channel, token: tokens[index]!, parts_max }),
    ),
  )
  await recordAll(
    ctx,
    listed.map(whatWasSent).map(({ ticket_id, message_id, mails, texts, unreached }, index) => ({
      kind: 'message.sent',
      ticket_id,
      about: {
        message_id,
        automatic: listed[index]!.author_id === null,
        mails,
        ...(texts > 0 && { texts }),
        ...(unreached.length > 0 && { unreached: unreached.length }),
      },
    })),
  )
  return messages.map(whatWasSent)
}

type Prepared = Outgoing & { ticket_id: string; message_id: string; to: Recipient[] }
type Reached = Recipient & { channel: NonNullable<Recipient['channel']>; address: string }
const isReached = (recipient: Recipient): recipient is Reached => recipient.channel !== null

function whatWasSent({ ticket_id, message_id, to }: Prepared): Sent {
  const mails = to.filter(({ channel }) => channel === 'email').length
  const unreached = to.filter(({ channel }) => channel === null).map(({ person_id }) => person_id)
  return { ticket_id, message_id, mails, texts: to.length - mails - unreached.length, unreached }
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
    channel: channelOf(message),
    author_id: message.author_id,
    text: plainText(message.text),
    leaves_at: message.leaves_at,
  }))
  await sql`insert into messages (ticket_id, id, direction, channel, author_id, text, at, leaves_at)
    select ticket_id, id, 'out', channel, author_id, text, ${ctx.now}::timestamptz, leaves_at
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as m (ticket_id uuid, id uuid, channel text, author_id uuid, text text, leaves_at timestamptz)`.execute(ctx.tx)
}

/** By which the requester gets it, else whoever gets it; whom nothing reaches reads it on the follow page, or is called. */
const channelOf = ({ to, ticket }: Prepared): string =>
  to.find(({ part, channel }) => part === 'requester' && channel !== null)?.channel ??
  to.find(isReached)?.channel ??
  ticket.channel

function toMail(
  ctx: Writing,
  message: Prepared,
  recipient: Reached,
  token: string,
  threads: ReadonlyMap<string, string[]>,
): NewMessage {
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
    ...(message.aside ? {} : { message_id: message.message_id }),
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

function toText(
  ctx: Writing,
  message: Prepared,
  recipient: Reached,
  { channel, token, parts_max }: { channel: Exclude<Reached['channel'], 'email'>; token: string; parts_max: number },
): NewMessage {
  const { language } = recipient
  const automatic = message.author_id === null
  const values = { number: message.ticket.number, link: followUrl(ctx.app, token) }
  const files = message.attachments ?? []
  return {
    channel,
    kind: automatic ? 'notice' : 'reply',
    recipient: recipient.address,
    recipient_name: recipient.name,
    recipient_id: recipient.person_id,
    text:
      channel === 'sms'
        ? smsForm({
            words: plainText(message.sms ?? message.text),
            tail:
              automatic && message.sms !== undefined
                ? ''
                : smsTail({ language, footer: message.footer, files: files.length, ...values }),
            link: values.link,
            parts_max: automatic && !message.in_parts ? 1 : parts_max,
          })
        : `${plainText(message.text)}\n\n${say(language, CHAT_TAILS[message.footer], values)}`,
    language,
    automatic,
    about_id: message.ticket_id,
    about_number: values.number,
    ...(message.aside ? {} : { message_id: message.message_id }),
    ...(channel === 'sms' ? {} : { attachments: files, options: buttonsOf(message, recipient) }),
    not_before: message.leaves_at,
  }
}

const CHAT_TAILS = {
  'ticket.mail.follow': 'sms.chat_follow',
  'ticket.mail.confirm': 'sms.chat_confirm',
  'ticket.mail.closed': 'sms.chat_closed',
} as const

/** What a button means is read as if it were typed (intake/texts). */
const buttonsOf = (
  { footer, ticket }: Prepared,
  { language }: Recipient,
): Pick<NewMessage & object, 'options'>['options'] =>
  footer === 'ticket.mail.confirm'
    ? {
        buttons: [
          { says: say(language, 'sms.button_solved'), means: `SUDAH ${ticket.number}` },
          { says: say(language, 'sms.button_unsolved'), means: `BELUM ${ticket.number}` },
        ],
      }
    : {}
