import { sql } from 'kysely'
import type { Language, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { recordAll } from '../platform/journal.ts'
import { say } from '../platform/words.ts'
import {
  dropBooked,
  messageId,
  nameMails,
  queueMessages,
  replyAddress,
  type BookedAcknowledgement,
  type NewMessage,
} from '../channels/index.ts'
import { operator } from '../desks/index.ts'
import { followUrl, makeFollowLinks } from '../tickets/index.ts'

interface Listed extends BookedAcknowledgement {
  number: string
  language: Language
  link: string
}

/**
 * One mail or text for each address or number, with the numbers and fresh links of everything booked for it: what was held back, or links that somebody
 * asked for again. What became spam meanwhile is left out; an address with nothing else gets no mail.
 */
export async function sendLinks(
  ctx: Writing,
  byAddress: ReadonlyMap<string, readonly BookedAcknowledgement[]>,
): Promise<void> {
  const listed = await withLinks(ctx, [...byAddress.values()].flat())
  const mails = [...byAddress].map(([address, booked]) => ({ address, booked, lines: listed.get(address) ?? [] }))
  const sent = mails.filter(({ lines }) => lines.length > 0)
  const who = await operator(ctx)
  const chats = await findChats(ctx, sent)
  const outbox_ids = await queueMessages(
    ctx,
    sent.map(({ address, lines }) =>
      isNumber(address) ? toText(address, lines, chats) : toMail(ctx, address, lines, who.name),
    ),
  )
  await nameMails(
    ctx,
    sent.map(({ booked }, index) => ({ outbox_id: outbox_ids[index]!, ids: booked.map(({ id }) => id) })),
  )
  await dropBooked(
    ctx,
    mails.filter(({ lines }) => lines.length === 0).flatMap(({ booked }) => booked.map(({ id }) => id)),
  )
  await recordAll(
    ctx,
    sent.flatMap(({ lines }, index) =>
      lines.map(({ ticket_id, person_id, kind }) => ({
        kind: 'link.sent' as const,
        ticket_id,
        about: { person_id, by: kind, outbox_id: outbox_ids[index]! },
      })),
    ),
  )
}

/** By address; a ticket that was booked twice stands there once. */
async function withLinks(ctx: Writing, booked: readonly BookedAcknowledgement[]): Promise<Map<string, Listed[]>> {
  const once = [...new Map(booked.map((one) => [`${one.address} ${one.ticket_id} ${one.person_id}`, one])).values()]
  const { rows } = await sql<{
    id: string
    number: string
    language: Language
  }>`select id, number::text as number, language from tickets
    where id = any (${once.map(({ ticket_id }) => ticket_id)}::uuid[]) and spam_at is null`.execute(ctx.db)
  const tickets = new Map(rows.map((row) => [row.id, row]))
  const shown = once.filter(({ ticket_id }) => tickets.has(ticket_id))
  const tokens = await makeFollowLinks(ctx, shown)
  const lines = shown.map((one, index) => {
    const { number, language } = tickets.get(one.ticket_id)!
    return { ...one, number, language, link: followUrl(ctx.app, tokens[index]!) }
  })
  return Map.groupBy(lines, ({ address }) => address)
}

/** Normalised, a mail address never begins so. */
const isNumber = (address: string): boolean => address.startsWith('+')

/** Which of these numbers write by WhatsApp on the newest of what they are told of; the others get an SMS. */
async function findChats(
  ctx: Writing,
  sent: readonly { address: string; lines: readonly Listed[] }[],
): Promise<Set<string>> {
  const asked = sent.flatMap(({ address, lines }) =>
    isNumber(address) ? [{ address, ticket_id: lines[0]!.ticket_id, person_id: lines[0]!.person_id }] : [],
  )
  if (asked.length === 0) return new Set()
  const { rows } = await sql<{ address: string }>`select a.address
    from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as a (address text, ticket_id uuid, person_id uuid)
    join participants p on p.ticket_id = a.ticket_id and p.person_id = a.person_id and p.channel = 'whatsapp'`.execute(
    ctx.db,
  )
  return new Set(rows.map(({ address }) => address))
}

/** Each link is half of an SMS. */
const TEXTED_MAX = 3

function toText(address: string, lines: readonly Listed[], chats: ReadonlySet<string>): NewMessage {
  const { language, number, ticket_id, person_id } = lines[0]!
  const newest = lines.slice(0, TEXTED_MAX)
  const list = newest.map((line) => `#${line.number} ${line.link}`).join('\n')
  return {
    channel: chats.has(address) ? 'whatsapp' : 'sms',
    kind: lines.every(({ kind }) => kind === 'link') ? 'link' : 'acknowledgement',
    recipient: address,
    recipient_id: person_id,
    text: say(language, 'sms.links', { list }),
    language,
    automatic: true,
    ...(lines.length === 1 ? { about_id: ticket_id, about_number: number } : {}),
  }
}

function toMail(ctx: Writing, address: string, lines: readonly Listed[], operator_name: string): NewMessage {
  const { secrets, settings } = ctx.app
  const { language, number, ticket_id, person_id } = lines[0]!
  const list = lines
    .map((line) => say(language, 'mail.links.line', { number: line.number, link: line.link }))
    .join('\n\n')
  return {
    channel: 'email',
    kind: lines.every(({ kind }) => kind === 'link') ? 'link' : 'acknowledgement',
    recipient: address,
    subject: say(language, 'mail.links.subject', { count: lines.length }),
    text: say(language, 'mail.links.text', {
      list,
      count: lines.length,
      operator: operator_name || say(language, 'app.name'),
    }),
    language,
    automatic: true,
    // Of several tickets no one is meant, so an answer to this mail opens a new one instead of entering the wrong one.
    ...(lines.length === 1
      ? {
          about_id: ticket_id,
          about_number: number,
          recipient_id: person_id,
          mail_id: messageId(secrets, settings.PANDU_MAIL_DOMAIN, { ticket_number: number, id: newId() }),
          reply_to: replyAddress(secrets, settings.PANDU_REPLY_DOMAIN, {
            ticket_number: number,
            participant_id: person_id,
          }),
        }
      : {}),
  }
}
