import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { normaliseAddress as normaliseNumber } from '../people/index.ts'
import { messageId, normaliseAddress } from './email/addresses.ts'
import { foldToGsm } from './sms/alphabet.ts'
import { textChannels, type TextChannel, type TextOptions } from './texts/adapter.ts'
import { shortenAutomatic } from './texts/shorten-automatic.ts'

export interface KeptFile {
  name: string
  type: string
  size: number
  /** Names the blob; its bytes are on disk before the transaction begins. */
  sha256: string
}

export interface NewMessage {
  channel: 'email' | TextChannel
  kind: 'acknowledgement' | 'reply' | 'notice' | 'link' | 'sign_in' | 'offer'
  /**
   * One address: a mail address, a telephone number, the id of a Telegram chat. Whether it can be sent to is found out when sending, so that
   * one bad address never stops the others.
   */
  recipient: string
  recipient_name?: string
  recipient_id?: string
  /** Of a mail; texts have none. */
  subject?: string
  /** A text for SMS is folded here, and one that Pandu says by itself is cut where it would take more parts than are allowed. */
  text: string
  language: 'id' | 'en'
  /** Written by a program: marked as such, so that no other program answers it (RFC 3834). */
  automatic: boolean
  /** The ticket it is about. Its Message-ID then leads back to that ticket. */
  about_id?: string
  /** That ticket's number, for those who read the outbox. */
  about_number?: number | string
  /** The message on the ticket that this carries to one recipient. */
  message_id?: string
  /** Message-ID without angle brackets; made and signed here when not given. It stays the same however often the mail is tried. */
  mail_id?: string
  in_reply_to?: string
  references?: readonly string[]
  /** Signed reply address. */
  reply_to?: string
  attachments?: readonly KeptFile[]
  /** What only one channel knows: a template of WhatsApp, buttons. */
  options?: TextOptions | undefined
  /** Not sent before, and until then it can be taken back (15 seconds on the desk's page). Default: at once. */
  not_before?: Date
}

const SUBJECT_LENGTH_MAX = 300

/**
 * Puts messages into the outbox, one row a recipient, in the transaction of the change that causes them: what is committed is
 * sent, what is rolled back never leaves. Answers the rows' ids in the order given.
 */
export async function queueMessages(ctx: Writing, messages: readonly NewMessage[]): Promise<string[]> {
  if (messages.length === 0) return []
  const rows = messages.map((message) => toRow(ctx, message))
  await shortenAutomatic(ctx, rows)
  await sql`with given as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as m (id uuid, channel text, kind text, recipient text, address text,
        recipient_name text, recipient_id uuid, subject text, text text, language text, automatic boolean, mail_id text, in_reply_to text,
        mail_references jsonb, reply_to text, attachments jsonb, options jsonb, about_id uuid, about_number bigint, message_id uuid, not_before timestamptz)),
    known as (
      insert into mail_ids (mail_id, ticket_id, origin, at)
      select distinct mail_id, about_id, 'sent', ${ctx.now}::timestamptz from given where about_id is not null and mail_id is not null
      on conflict do nothing)
    insert into outbox (id, channel, kind, recipient, address, recipient_name, recipient_id, subject, text, language, automatic, mail_id, in_reply_to,
      mail_references, reply_to, attachments, options, about_id, about_number, message_id, not_before, next_attempt_at, created_at)
    select id, channel, kind, recipient, address, recipient_name, recipient_id, subject, text, language, automatic, mail_id, in_reply_to,
      array(select jsonb_array_elements_text(mail_references)), reply_to, attachments, options, about_id, about_number, message_id, not_before, not_before,
      ${ctx.now}::timestamptz
    from given`.execute(ctx.tx)
  return rows.map((row) => row.id)
}

function toRow(ctx: Writing, message: NewMessage) {
  const id = newId()
  const text = message.text.replaceAll('\0', '')
  return {
    id,
    channel: message.channel,
    kind: message.kind,
    recipient: message.recipient,
    address: addressOf(message),
    recipient_name: message.recipient_name ?? '',
    recipient_id: message.recipient_id ?? null,
    // A line break in a subject would begin another header field.
    subject: oneLine(message.subject ?? '').slice(0, SUBJECT_LENGTH_MAX),
    text: message.channel === 'sms' ? foldToGsm(text).trim() : text,
    language: message.language,
    automatic: message.automatic,
    mail_id: isText(message)
      ? null
      : (message.mail_id ??
        messageId(ctx.app.secrets, ctx.app.settings.PANDU_MAIL_DOMAIN, { ticket_number: null, id })),
    in_reply_to: message.in_reply_to ?? null,
    mail_references: message.references ?? [],
    reply_to: message.reply_to ?? null,
    attachments: message.attachments ?? [],
    options: message.options ?? {},
    about_id: message.about_id ?? null,
    about_number: message.about_number ?? null,
    message_id: message.message_id ?? null,
    not_before: message.not_before ?? ctx.now,
  }
}

const isText = ({ channel }: NewMessage) => textChannels.some((one) => one === channel)

/** As addresses are compared; what is none stays as it was written, and its row fails with that reason. */
function addressOf({ channel, recipient }: NewMessage): string {
  if (channel === 'email') return normaliseAddress(recipient)
  return normaliseNumber(channel === 'telegram' ? 'telegram' : 'phone', recipient)?.normalised ?? recipient
}

const oneLine = (text: string) => text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
