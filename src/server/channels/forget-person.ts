import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import type { Reading, Writing } from '../platform/context.ts'
import { FORGOTTEN, names, withoutNaming } from '../platform/redact.ts'
import type { PersonTraces } from '../people/index.ts'
import { forgetPersonInCalls } from './phone/forget-calls.ts'

/** Ids that the tickets' part of forgetting gives: see TicketsForgotten. */
export interface ForgottenTickets {
  /** Tickets of others that named them; see TicketsForgotten. */
  elsewhere_ids: readonly string[]
  ids: readonly string[]
  own_ids: readonly string[]
  private_ids: readonly string[]
  message_ids: readonly string[]
}

export interface ChannelsForgotten {
  /** Raw bytes that lay in blobs. */
  sha256s: string[]
  items: number
  mails: number
  /** Rows of the outbox whose kept file is to be removed after the commit. */
  kept_mails: string[]
}

/** Whether a mail to this person, or about their tickets, is with the sender at this moment: its words would be written down again. */
export async function isBeingSent(ctx: Reading, { person_id }: Pick<PersonTraces, 'person_id'>): Promise<boolean> {
  const { rows } = await sql`select from outbox o where o.state = 'sending' and o.lease_until > ${ctx.now}::timestamptz
    and (o.recipient_id = ${person_id}::uuid
      or o.about_id in (select ticket_id from participants p where p.person_id = ${person_id}::uuid)) limit 1`.execute(
    ctx.db,
  )
  return rows.length > 0
}

/**
 * Forgets a person in the ledger, the outbox and in what keeps both from looping. Rows stay, with outcome, times and sums; bytes, words,
 * names and addresses go. What others sent to the person's own tickets loses its bytes and words too, because a mail repeats what it
 * answers; the message on the ticket keeps them. So does what others sent, and were sent, elsewhere, where one of the person's addresses or
 * numbers stands in it, or where they had answered as a colleague.
 */
export async function forgetPersonInChannels(
  ctx: Writing,
  traces: PersonTraces,
  tickets: ForgottenTickets,
): Promise<ChannelsForgotten> {
  const { rows: items } = await forgetItems(ctx, traces, tickets)
  const { rows: mails } = await forgetMails(ctx, traces, tickets)
  const alone = aloneOf(traces)
  const { person_id } = traces
  await sql`delete from acknowledgements where person_id = ${person_id}::uuid or address = any (${alone}::text[])`.execute(
    ctx.tx,
  )
  await sql`delete from muted_addresses where address = any (${alone}::text[])`.execute(ctx.tx)
  await sql`delete from blocked_senders where address = any (${alone}::text[])`.execute(ctx.tx)
  await sql`delete from conversations where address = any (${alone}::text[])`.execute(ctx.tx)
  await sql`delete from text_commands where address = any (${alone}::text[])`.execute(ctx.tx)
  await sql`delete from received_texts where address = any (${alone}::text[])
    or id in (select text_id from text_parts where item_id = any (${items.map(({ id }) => id)}::uuid[]))`.execute(
    ctx.tx,
  )
  await sql`delete from mail_pieces where sender = any (${alone}::text[])
    or item_id = any (${items.map(({ id }) => id)}::uuid[])`.execute(ctx.tx)
  await forgetPersonInCalls(ctx, traces)
  const ids = items.flatMap(({ message_id }) => (message_id ? [message_id] : []))
  await sql`delete from mail_ids where ticket_id = any (${tickets.private_ids}::uuid[])
    or (ticket_id = any (${tickets.ids}::uuid[]) and (origin = 'referenced' or mail_id = any (${ids}::text[])))`.execute(
    ctx.tx,
  )
  return {
    sha256s: items.flatMap(({ in_blob, sha256 }) => (in_blob ? [sha256] : [])),
    items: items.length,
    mails: mails.length,
    kept_mails: mails.map(({ id }) => id),
  }
}

const aloneOf = ({ addresses }: PersonTraces) =>
  addresses.filter((one) => one.alone).map(({ normalised }) => normalised)

interface ForgottenItem {
  id: string
  in_blob: boolean
  sha256: string
  message_id: string | null
}

/**
 * Theirs: what became a message of theirs, what came from an address that is theirs alone, and from a shared address what bears their
 * name. A duplicate has the same bytes as its first.
 */
async function forgetItems(
  ctx: Writing,
  traces: PersonTraces,
  { ids, own_ids, private_ids, message_ids, elsewhere_ids }: ForgottenTickets,
) {
  const alone = aloneOf(traces)
  const all = traces.addresses.map(({ normalised }) => normalised)
  const { addressed } = traces
  // A mail names people in its head, which is not kept as text: so its bytes are asked, as they came.
  const bytes = sql.join(
    [
      sql`false`,
      ...alone.map((address) => sql`coalesce(position(convert_to(${address}::text, 'UTF8') in i.raw) > 0, false)`),
    ],
    sql` or `,
  )
  const theirs = sql`(i.ticket_id = any (${private_ids}::uuid[]) or i.ticket_message_id = any (${message_ids}::uuid[])
    or lower(i.sender_address) = any (${alone}::text[]) or lower(i.envelope_from) = any (${alone}::text[])
    or (lower(i.sender_address) = any (${all}::text[]) and lower(i.sender_name) = lower(${traces.name}::text))
    or i.possible_ticket_id = any (${private_ids}::uuid[]))`
  return sql<ForgottenItem>`with theirs as (
      select i.id from intake_items i where ${theirs}),
    found as (
      select i.id, i.in_blob, i.sha256, i.message_id, i.ticket_id, i.duplicate_of,
        i.id in (select id from theirs) or coalesce(i.duplicate_of in (select id from theirs), false) as wholly
      from intake_items i where i.id in (select id from theirs) or i.duplicate_of in (select id from theirs)
        or i.ticket_id = any (${own_ids}::uuid[]) or i.ticket_id = any (${elsewhere_ids}::uuid[])
        -- Larger than what is kept in the row, so nobody here can ask what stands in it; the message on the ticket keeps its words.
        or (i.in_blob and i.ticket_id = any (${ids}::uuid[]))
        or ${names(sql`concat_ws(' ', i.subject, i.text, i.sender_name, i.attachments::text)`, addressed)} or ${bytes}),
    -- What somebody under a legal hold sent stays as it came; see privacy/put-off.ts.
    held as (
      select p.person_id, c.normalised from legal_holds p left join contact_points c on c.person_id = p.person_id where p.lifted_at is null),
    emptied as (
      update intake_items i set raw = null, in_blob = false, subject = null, text = null,
        attachments = case when f.wholly then '[]' else ${withoutNaming(sql`i.attachments::text`, addressed)}::jsonb end,
        sender_name = case when not f.wholly then ${withoutNaming(sql`i.sender_name`, addressed)} end, sender_address = case when not f.wholly then i.sender_address end,
        envelope_from = case when not f.wholly then i.envelope_from end, remote = case when not f.wholly then i.remote end,
        greeting = case when not f.wholly then i.greeting end, message_id = case when not f.wholly then i.message_id end,
        authentication = case when not f.wholly then i.authentication end,
        recipients = case when f.wholly then '{}' else i.recipients end
      from found f where i.id = f.id
        and not exists (select from messages m join held h on h.person_id = m.author_id where m.ticket_id = i.ticket_id and m.id = i.ticket_message_id)
        and not (i.ticket_message_id is null and lower(i.sender_address) in (select lower(normalised) from held))
      returning i.id)
    select f.id, f.in_blob, f.sha256, case when f.wholly then f.message_id end as message_id from found f join emptied using (id)`.execute(
    ctx.tx,
  )
}

/** To them: nothing is left, and what has not gone never goes. About their tickets to others: the words of what has gone. */
async function forgetMails(
  ctx: Writing,
  traces: PersonTraces,
  { own_ids, private_ids, elsewhere_ids }: ForgottenTickets,
) {
  const { naming, addressed, person_id } = traces
  const theirs = sql`(o.recipient_id = ${person_id}::uuid or o.address = any (${aloneOf(traces)}::text[])
    or o.about_id = any (${private_ids}::uuid[]))`
  const waits = sql`o.state in ('waiting', 'sending')`
  // Rows before parts, in one order, as whoever notes receipts does.
  const { rows } = await sql<{
    id: string
  }>`select o.id from outbox o where ${theirs} order by o.id for update`.execute(ctx.tx)
  // What Telegram calls a text begins with the number of the chat.
  await sql`update outbox_parts set remote_id = null where outbox_id = any (${rows.map(({ id }) => id)}::uuid[])`.execute(
    ctx.tx,
  )
  return sql<{ id: string }>`update outbox o set
      subject = case when ${theirs} or not ${waits} then '' else ${withoutNaming(sql`o.subject`, naming)} end,
      text = case when ${theirs} or not ${waits} then '' else ${withoutNaming(sql`o.text`, naming)} end,
      recipient = case when ${theirs} then ${FORGOTTEN} else o.recipient end,
      recipient_name = case when ${theirs} then '' else o.recipient_name end,
      address = case when ${theirs} then '' else o.address end,
      reply_to = case when ${theirs} then null else o.reply_to end,
      last_error = case when ${theirs} then null else o.last_error end,
      options = case when ${theirs} or not ${waits} then '{}' else o.options end,
      attachments = case when ${theirs} or not ${waits} then '[]' else o.attachments end,
      state = case when ${theirs} and ${waits} then 'cancelled' else o.state end,
      lease_until = case when ${theirs} then null else o.lease_until end,
      in_reply_to = null, mail_references = '{}'
    where (${theirs} or o.about_id = any (${own_ids}::uuid[]) or o.about_id = any (${elsewhere_ids}::uuid[])
      or ${names(sql`o.subject || ' ' || o.text`, addressed)})
      -- What was sent to somebody under a legal hold.
      and (o.recipient_id = ${person_id}::uuid or not exists (select from legal_holds h where h.person_id = o.recipient_id and h.lifted_at is null))
    returning o.id`.execute(ctx.tx)
}

/** What lies in the data folder where no relay is set: the whole mails. After the commit. */
export async function removeKeptMails(app: App, outbox_ids: readonly string[]): Promise<void> {
  for (const id of outbox_ids) await rm(join(app.settings.PANDU_DATA, 'outbox', `${id}.eml`), { force: true })
}
