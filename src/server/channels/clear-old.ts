import { sql, type RawBuilder } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'

/** What a rule of retention in this folder takes, oldest first: how many rows, some of them, and the taking itself. */
export interface OldRows {
  id: string
  at: Date
  /** What an administrator recognises it by, without a person's words. */
  what: string
}
export interface Clearing {
  find(ctx: Reading, before: Date, most: number): Promise<OldRows[]>
  /** Answers the blobs whose rows went. */
  clear(ctx: Writing, ids: readonly string[]): Promise<string[]>
}

/** Nothing of a ticket on which somebody under a legal hold stands is old. */
const notHeld = (
  ticket: RawBuilder<unknown>,
) => sql`not exists (select from legal_holds h join participants p on p.person_id = h.person_id
  where h.lifted_at is null and p.ticket_id = ${ticket})`

/** Nor what came from, or went to, an address of theirs: much of it never became part of a ticket. Asked once a statement. */
const notHeldAddress = (address: RawBuilder<unknown>) =>
  sql`coalesce(${address} not in (select c.normalised from legal_holds h join contact_points c on c.person_id = h.person_id
    where h.lifted_at is null), true)`

const notHeldItem = (
  i: 'i' | 'f',
) => sql`(${notHeld(sql.ref(`${i}.ticket_id`))} and ${notHeld(sql.ref(`${i}.possible_ticket_id`))}
  and ${notHeldAddress(sql`lower(${sql.ref(`${i}.sender_address`)})`)} and ${notHeldAddress(sql`lower(${sql.ref(`${i}.envelope_from`)})`)})`

/** Of a mail that came, by its ticket or its sender; a duplicate is as old as its first, whose bytes it repeats. */
const notHeldMail = sql`(${notHeldItem('i')} and not exists (select from intake_items f where f.id = i.duplicate_of and not ${notHeldItem('f')}))`

const found = async (ctx: Reading, query: RawBuilder<OldRows>) => (await query.execute(ctx.db)).rows

/** Whose mail was cut into which pieces: of use only while their bytes are there. */
const forgetPieces = (ctx: Writing, item_ids: readonly string[]) =>
  sql`delete from mail_pieces where item_id = any (${[...item_ids]}::uuid[])`.execute(ctx.tx)

/** The bytes as they came. What was read from them stays on the ticket. */
export const rawItems: Clearing = {
  find: (ctx, before, most) =>
    found(
      ctx,
      sql<OldRows>`select i.id, i.received_at as at, i.channel || ' ' || i.outcome as what from intake_items i
        where (i.raw is not null or i.in_blob) and i.settled_at < ${before}::timestamptz and i.received_at < ${before}::timestamptz
          and i.outcome not in ('quarantined', 'refused') and ${notHeldMail}
        order by i.id limit ${most}::int`,
    ),
  async clear(ctx, ids) {
    await forgetPieces(ctx, ids)
    const { rows } = await sql<{ sha256: string }>`with old as (
        select id, sha256, in_blob from intake_items where id = any (${[...ids]}::uuid[])),
      emptied as (update intake_items i set raw = null, in_blob = false, remote = null, greeting = null from old where i.id = old.id returning i.id)
      select sha256 from old join emptied using (id) where in_blob`.execute(ctx.tx)
    return rows.map(({ sha256 }) => sha256)
  },
}

/** What nobody let in: words, sender and bytes. That it came, and why it was held, stays. */
export const heldItems: Clearing = {
  find: (ctx, before, most) =>
    found(
      ctx,
      sql<OldRows>`select i.id, i.received_at as at, i.channel || ' ' || i.outcome || coalesce(' ' || i.reason, '') as what from intake_items i
        where i.outcome in ('quarantined', 'refused') and i.settled_at < ${before}::timestamptz and i.received_at < ${before}::timestamptz
          and (i.raw is not null or i.in_blob or i.text is not null) and ${notHeldMail}
        order by i.id limit ${most}::int`,
    ),
  async clear(ctx, ids) {
    await forgetPieces(ctx, ids)
    const { rows } = await sql<{ sha256: string }>`with old as (
        select id, sha256, in_blob from intake_items where id = any (${[...ids]}::uuid[])),
      emptied as (update intake_items i set raw = null, in_blob = false, subject = null, text = null, attachments = '[]', sender_name = null,
          sender_address = null, envelope_from = null, remote = null, greeting = null, authentication = null, message_id = null
        from old where i.id = old.id returning i.id)
      select sha256 from old join emptied using (id) where in_blob`.execute(ctx.tx)
    return rows.map(({ sha256 }) => sha256)
  },
}

/** The words of mails and texts that left. A message on a ticket keeps its own. What was answered in words may name the recipient; codes stay. */
export const sentWords: Clearing = {
  find: (ctx, before, most) =>
    found(
      ctx,
      sql<OldRows>`select o.id, o.created_at as at, o.channel || ' ' || o.kind as what from outbox o
        -- A text in doubt waits for somebody's decision; after so long nobody will take it.
        where (o.state not in ('waiting', 'sending') or (o.state = 'waiting' and o.last_error = 'undecided'))
          and o.created_at < ${before}::timestamptz and (o.text <> '' or o.address <> '')
          and ${notHeld(sql`o.about_id`)} and ${notHeldAddress(sql`lower(o.address)`)}
          and not exists (select from legal_holds h where h.lifted_at is null and h.person_id = o.recipient_id)
        order by o.id limit ${most}::int`,
    ),
  async clear(ctx, ids) {
    await sql`update outbox set state = case when state = 'waiting' then 'failed' else state end, subject = '', text = '', attachments = '[]', options = '{}', recipient_name = '', address = '',
      recipient = split_part(recipient, '@', 2), in_reply_to = null, mail_references = '{}', reply_to = null,
      last_error = case when last_error ~ '^[A-Za-z_]+$' then last_error end
      where id = any (${[...ids]}::uuid[])`.execute(ctx.tx)
    // What Telegram calls a text begins with the number of the chat; a report of so old a text is awaited no more.
    await sql`update outbox_parts set remote_id = null, error = case when error ~ '^[A-Za-z_]+$' then error end
      where outbox_id = any (${[...ids]}::uuid[])`.execute(ctx.tx)
    return []
  },
}

/** Who was told that something arrived: needed for a day, to tell nobody too often. */
export const acknowledgementLimits: Clearing = {
  find: (ctx, before, most) =>
    found(
      ctx,
      sql<OldRows>`select a.id, a.at, a.kind as what from acknowledgements a
        where not a.held and a.at < ${before}::timestamptz and ${notHeld(sql`a.ticket_id`)} and ${notHeldAddress(sql`lower(a.address)`)}
          and not exists (select from legal_holds h where h.lifted_at is null and h.person_id = a.person_id)
        order by a.at, a.id limit ${most}::int`,
    ),
  async clear(ctx, ids) {
    await sql`delete from acknowledgements where id = any (${[...ids]}::uuid[])`.execute(ctx.tx)
    return []
  },
}

/**
 * What is known of a number or chat beside its tickets, when nobody heard from it for long: its ticket, its times, and what it commanded. That
 * somebody wrote STOP is remembered with the number as long as they do not write MULAI: forgotten, they would be written to again.
 */
export const quietNumbers: Clearing = {
  find: (ctx, before, most) =>
    found(
      ctx,
      sql<OldRows>`select id, at, what from (
          select channel || ' ' || address as id, channel as what, address, ticket_id,
            coalesce(greatest(last_in_at, continues_until, asked_at, stopped_at), 'epoch'::timestamptz) as at
          from conversations where stopped_at is null or last_in_at is not null or ticket_id is not null or question is not null
          union all
          select id::text, channel || ' ' || word, address, ticket_id, done_at from text_commands) q
        where at < ${before}::timestamptz and ${notHeld(sql.ref('q.ticket_id'))} and ${notHeldAddress(sql.ref('q.address'))}
        order by at, id limit ${most}::int`,
    ),
  async clear(ctx, ids) {
    const given = sql`any (${[...ids]}::text[])`
    await sql`update conversations set last_in_at = null, ticket_id = null, continues_until = null, question = null, asked_at = null
      where stopped_at is not null and channel || ' ' || address = ${given}`.execute(ctx.tx)
    await sql`delete from conversations where stopped_at is null and channel || ' ' || address = ${given}`.execute(
      ctx.tx,
    )
    await sql`delete from text_commands where id::text = ${given}`.execute(ctx.tx)
    return []
  },
}
