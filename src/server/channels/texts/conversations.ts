import { sql } from 'kysely'
import type { Reading, Writing } from '../../platform/context.ts'
import type { TextChannel } from './adapter.ts'

/** A number or chat, as it is compared. */
export interface Speaker {
  channel: TextChannel
  address: string
}

/** The one thing that was asked last and that their next text may answer. */
export type Question =
  /** "Balas 1 untuk …": their texts that wait for the answer, and the tickets in the order in which they were told. */
  | { kind: 'which_ticket'; tickets: readonly { id: string; number: string }[]; item_ids: readonly string[] }
  /** They said that what they write next is another matter; `has_code`: and were sent a code since, which is not that. */
  | { kind: 'new'; has_code?: true }
  /** They were sent a code, and asked to send it back (privacy/data-by-text.ts). */
  | { kind: 'data_code' }

/** What is known of a number or chat beside its tickets. */
export interface Conversation extends Speaker {
  /** Nothing is written to them from here until they write MULAI. */
  stopped_at: Date | null
  last_in_at: Date | null
  /** Where what they write goes on, and until when. */
  ticket_id: string | null
  continues_until: Date | null
  question: Question | null
  asked_at: Date | null
}

/** A text goes on in its ticket for so long after the last word of either side. */
export const CONTINUES_HOURS = 72
export const continuesUntil = (now: Date): Date => new Date(now.getTime() + CONTINUES_HOURS * 3_600_000)

const keyOf = ({ channel, address }: Speaker) => `${channel} ${address}`

/** One number by SMS and by WhatsApp is one: a STOP there holds here. */
const numberOf = ({ channel, address }: Speaker) => `${channel === 'telegram' ? channel : 'phone'} ${address}`

/**
 * Nobody else settles anything of these numbers until the end of the transaction: two texts of one number become what they are in the order in which
 * they came. Locked in one order, so that two batches cannot wait for each other.
 */
export async function lockSpeakers(ctx: Writing, speakers: readonly Speaker[]): Promise<void> {
  if (speakers.length === 0) return
  await sql`select pg_advisory_xact_lock(lock) from (
    select distinct hashtextextended('text of ' || key, 0) as lock from unnest(${speakers.map(numberOf)}::text[]) as k (key) order by lock) as locks`.execute(
    ctx.tx,
  )
}

/** By "channel address"; those of whom nothing is known are left out. */
export async function findConversations(
  ctx: Reading,
  speakers: readonly Speaker[],
): Promise<Map<string, Conversation>> {
  if (speakers.length === 0) return new Map()
  const { rows } =
    await sql<Conversation>`select c.channel, c.address, stopped_at, last_in_at, ticket_id, continues_until, question, asked_at
    from unnest(${speakers.map(({ channel }) => channel)}::text[], ${speakers.map(({ address }) => address)}::text[]) as a (channel, address)
    join conversations c using (channel, address)`.execute(ctx.db)
  return new Map(rows.map((row) => [keyOf(row), row]))
}

/** What is known of these from now on; each once, and locked before. */
export async function saveConversations(ctx: Writing, conversations: readonly Conversation[]): Promise<void> {
  if (conversations.length === 0) return
  await sql`insert into conversations (channel, address, stopped_at, last_in_at, ticket_id, continues_until, question, asked_at)
    select channel, address, stopped_at, last_in_at, ticket_id, continues_until, question, asked_at
    from jsonb_to_recordset(${JSON.stringify(conversations)}::jsonb) as c (channel text, address text, stopped_at timestamptz,
      last_in_at timestamptz, ticket_id uuid, continues_until timestamptz, question jsonb, asked_at timestamptz)
    on conflict (channel, address) do update set stopped_at = excluded.stopped_at, last_in_at = excluded.last_in_at,
      ticket_id = excluded.ticket_id, continues_until = excluded.continues_until, question = excluded.question, asked_at = excluded.asked_at`.execute(
    ctx.tx,
  )
}

/**
 * Nothing goes to this number by SMS any more, or again, beside the channel by which it was said. The number is locked before. Answers what was before.
 */
export async function stopSms(
  ctx: Writing,
  { address }: Pick<Speaker, 'address'>,
  stopped_at: Date | null,
): Promise<{ was: Date | null }> {
  const { rows } = await sql<{ was: Date | null }>`with before as (
      select stopped_at from conversations where channel = 'sms' and address = ${address}),
    set_now as (insert into conversations (channel, address, stopped_at) values ('sms', ${address}, ${stopped_at}::timestamptz)
      on conflict (channel, address) do update set stopped_at = excluded.stopped_at)
    select (select stopped_at from before) as was`.execute(ctx.tx)
  return { was: rows[0]!.was }
}

/** Of these numbers: by which channels nothing goes there, because they wrote STOP, as far as the actor may see who has them. */
export async function stoppedAmong(
  ctx: Reading,
  addresses: readonly string[],
): Promise<{ channel: TextChannel; address: string; stopped_at: Date }[]> {
  if (addresses.length === 0) return []
  const { rows } = await sql<{
    channel: TextChannel
    address: string
    stopped_at: Date
  }>`select channel, address, stopped_at from conversations
    where address = any (${[...addresses]}::text[]) and stopped_at is not null order by address, channel limit 100`.execute(
    ctx.db,
  )
  return rows
}

/** Which of these tickets a text of ours was about, by what its gateway called it: for the channel's own function to answer a text. */
export async function ticketsOfSentTexts(ctx: Reading, remote_ids: readonly string[]): Promise<Map<string, string>> {
  if (remote_ids.length === 0) return new Map()
  const { rows } = await sql<{ remote_id: string; ticket_id: string }>`select p.remote_id, o.about_id as ticket_id
    from outbox_parts p join outbox o on o.id = p.outbox_id
    where p.remote_id = any (${[...new Set(remote_ids)]}::text[]) and o.about_id is not null
    order by p.handed_at limit ${remote_ids.length * 4}::int`.execute(ctx.db)
  return new Map(rows.map((row) => [row.remote_id, row.ticket_id]))
}

export interface WaitingQuestion extends Conversation {
  question: Extract<Question, { kind: 'which_ticket' }>
}

/** Numbers that were asked which ticket they mean before that moment and have not said it, the oldest first. */
export async function unansweredQuestions(ctx: Writing, asked_before: Date, most: number): Promise<WaitingQuestion[]> {
  const { rows } =
    await sql<WaitingQuestion>`select channel, address, stopped_at, last_in_at, ticket_id, continues_until, question, asked_at
    from conversations where asked_at < ${asked_before}::timestamptz and question->>'kind' = 'which_ticket'
    order by asked_at, channel, address limit ${most}::int for update skip locked`.execute(ctx.tx)
  return rows
}
