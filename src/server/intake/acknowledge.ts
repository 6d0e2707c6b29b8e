import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Language, type Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import type { FactJob } from '../platform/relay.ts'
import { say } from '../platform/words.ts'
import { moment } from '#messages/moments.ts'
import { newId } from '../platform/ids.ts'
import {
  blockedAmong,
  bookAcknowledgements,
  messageId,
  nameMails,
  queueMessages,
  replyAddress,
  splitAddress,
} from '../channels/index.ts'
import { operator, privacyVersion } from '../desks/index.ts'
import { expectedAnswers } from '../service_levels/index.ts'
import { followUrl, makeFollowLinks, subjectWithNumber } from '../tickets/index.ts'

interface Acknowledgeable {
  ticket_id: string
  number: string
  language: Language
  urgency: string
  channel: string
  desk_id: string
  at: Date
  person_id: string
  address: string
  /** Of the mail that opened it. */
  message_id: string | null
}

/**
 * Tells requesters that their mail, form or program's request arrived: number, link, by when to expect an answer, who gets their data. Only for tickets
 * that the ledger knows, and never to programs (the ledger's reason says so), to ourselves or to blocked senders. At most one an hour
 * and three a day go to an address; the rest is gathered (gather-held.ts). A ticket is acknowledged once, however often this runs.
 */
export async function acknowledge(app: App, jobs: FactJob[]): Promise<void> {
  const ticket_ids = jobs.flatMap(({ ticket_id }) => ticket_id ?? [])
  if (ticket_ids.length > 0) await write(app, system, (ctx) => acknowledgeTickets(ctx, ticket_ids))
}

async function acknowledgeTickets(ctx: Writing, ticket_ids: readonly string[]): Promise<void> {
  const asked = await withoutOwnAndBlocked(ctx, await findAcknowledgeable(ctx, ticket_ids))
  const booked = await bookAcknowledgements(
    ctx,
    asked.map(({ address, ticket_id, person_id }) => ({ address, ticket_id, person_id, kind: 'acknowledgement' })),
  )
  const leaving = booked.filter(({ held }) => !held)
  const tickets = leaving.map((one) => asked.find((ticket) => ticket.ticket_id === one.ticket_id)!)
  const outbox_ids = await queueAcknowledgements(ctx, tickets)
  await nameMails(
    ctx,
    leaving.map(({ id }, index) => ({ outbox_id: outbox_ids[index]!, ids: [id] })),
  )
  await recordAll(
    ctx,
    leaving.map(({ ticket_id, person_id, kind }, index) => ({
      kind: 'link.sent',
      ticket_id,
      about: { person_id, by: kind, outbox_id: outbox_ids[index]! },
    })),
  )
}

async function findAcknowledgeable(ctx: Writing, ticket_ids: readonly string[]): Promise<Acknowledgeable[]> {
  const { rows } =
    await sql<Acknowledgeable>`select distinct on (t.id) t.id as ticket_id, t.number::text as number, t.language, t.urgency,
      t.channel, t.holder_desk_id as desk_id, t.created_at as at, t.requester_id as person_id, i.sender_address as address,
      case when i.channel = 'email' then i.message_id end as message_id
    from tickets t join intake_items i on i.ticket_id = t.id and i.outcome = 'ticket'
    where t.id = any (${[...ticket_ids]}::uuid[]) and t.spam_at is null and i.reason is null
      and i.channel in ('email', 'web', 'api') and i.sender_address like '%@%'
    order by t.id, i.id`.execute(ctx.db)
  return rows
}

async function withoutOwnAndBlocked(ctx: Writing, tickets: readonly Acknowledgeable[]): Promise<Acknowledgeable[]> {
  const { PANDU_MAIL_DOMAIN, PANDU_REPLY_DOMAIN } = ctx.app.settings
  const blocked = await blockedAmong(
    ctx,
    'email',
    tickets.map(({ address }) => address),
  )
  const isOwn = (address: string) =>
    address === `helpdesk@${PANDU_MAIL_DOMAIN}` || splitAddress(address).domain === PANDU_REPLY_DOMAIN
  return tickets.filter(({ address }) => !blocked.has(address) && !isOwn(address))
}

async function queueAcknowledgements(ctx: Writing, tickets: readonly Acknowledgeable[]): Promise<string[]> {
  const { secrets, settings } = ctx.app
  const tokens = await makeFollowLinks(ctx, tickets)
  const expected = await expectedAnswers(ctx, tickets)
  const version = await privacyVersion(ctx)
  const who = await operator(ctx)
  return queueMessages(
    ctx,
    tickets.map((ticket, index) => {
      const { due_at, zone } = expected[index]!
      return {
        channel: 'email',
        kind: 'acknowledgement',
        recipient: ticket.address,
        recipient_id: ticket.person_id,
        // Nothing that the sender wrote, neither subject nor name: with a false address it would be our mail with their words.
        subject: subjectWithNumber(ticket.number, say(ticket.language, 'mail.acknowledgement.subject')),
        text: say(ticket.language, 'mail.acknowledgement.text', {
          number: ticket.number,
          due: moment(due_at, zone, ticket.language),
          link: followUrl(ctx.app, tokens[index]!),
          privacy: `${settings.PANDU_ORIGIN}/pages/privasi`,
          version: String(version),
          operator: who.name || say(ticket.language, 'app.name'),
        }),
        language: ticket.language,
        automatic: true,
        about_id: ticket.ticket_id,
        about_number: ticket.number,
        mail_id: messageId(secrets, settings.PANDU_MAIL_DOMAIN, { ticket_number: ticket.number, id: newId() }),
        ...(ticket.message_id ? { in_reply_to: ticket.message_id, references: [ticket.message_id] } : {}),
        reply_to: replyAddress(secrets, settings.PANDU_REPLY_DOMAIN, {
          ticket_number: ticket.number,
          participant_id: ticket.person_id,
        }),
      }
    }),
  )
}
