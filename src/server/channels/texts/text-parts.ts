import { sql } from 'kysely'
import type { Reading, Writing } from '../../platform/context.ts'
import { addToCounts } from '../../platform/counts.ts'
import { newId } from '../../platform/ids.ts'
import { placePart, type Part } from '../sms/join-parts.ts'
import type { PartOf } from '../sms/read-part.ts'
import type { Speaker } from './conversations.ts'

/** One part of a longer text, as it lies in the ledger. */
export interface ReceivedPart extends Speaker {
  item_id: string
  /** Our number that it was sent to; '' where nobody said. */
  receiver: string
  part: PartOf
  text: string
  at: Date
}

/** A longer text, as far as it came. */
export interface ReceivedText {
  id: string
  reference: string
  total: number
  /** The item as which it was settled; null while its parts are waited for. */
  item_id: string | null
  parts: readonly (Part & { item_id: string })[]
}

/** Where a part went. `again`: the very same came before, as that item. */
export interface PlacedPart {
  item_id: string
  text: ReceivedText
  again_of: string | null
}

/**
 * Puts each part to the text to which it belongs, or begins one, in the order given; answers in that order, each with its text as it is after all of
 * them. Whoever calls has locked the numbers. An item that was placed before is found where it is.
 */
export async function keepTextParts(ctx: Writing, received: readonly ReceivedPart[]): Promise<PlacedPart[]> {
  if (received.length === 0) return []
  const texts = await findTexts(ctx, received)
  const begun: (Known & { is_new: true })[] = []
  const added: { text_id: string; number: number; item_id: string; text: string; at: Date }[] = []
  const placed = received.map((one) => {
    const known = texts.find(({ parts }) => parts.some(({ item_id }) => item_id === one.item_id))
    if (known) return { item_id: one.item_id, text: known, again_of: null }
    const part = { ...one.part, text: one.text, at: one.at, item_id: one.item_id }
    const open = texts.filter((text) => keyOf(text) === keyOf(one))
    const place = placePart(open, part)
    const there = place?.again ? open.find(({ id }) => id === place.text.id)! : null
    if (there) {
      const first = there.parts.find(({ number }) => number === part.number)!
      return { item_id: one.item_id, text: there, again_of: first.item_id }
    }
    let text = place ? open.find(({ id }) => id === place.text.id)! : null
    if (!text) {
      const { channel, address, receiver } = one
      text = {
        id: newId(),
        channel,
        address,
        receiver,
        ...one.part,
        item_id: null,
        parts: [],
        is_new: true,
      } as Known & {
        is_new: true
      }
      texts.push(text)
      begun.push(text as Known & { is_new: true })
    }
    text.parts.push(part)
    added.push({ text_id: text.id, number: part.number, item_id: one.item_id, text: one.text, at: one.at })
    return { item_id: one.item_id, text, again_of: null }
  })
  await insertTexts(ctx, begun)
  await insertParts(ctx, added)
  return placed
}

type Known = Speaker & { receiver: string; id: string; reference: string; total: number; item_id: string | null } & {
  parts: (Part & { item_id: string })[]
}
const keyOf = ({ channel, address, receiver }: Speaker & { receiver: string }) => `${channel} ${address} ${receiver}`

const TEXTS_MAX = 2_000

/** The texts to which these parts may belong, the oldest first. */
async function findTexts(ctx: Writing, received: readonly ReceivedPart[]): Promise<Known[]> {
  const asked = received.map(({ channel, address, receiver, part, item_id }) => ({
    channel,
    address,
    receiver,
    reference: part.reference,
    item_id,
  }))
  const { rows } = await sql<Omit<Known, 'parts'> & { parts: (Omit<Part, 'at'> & { item_id: string; at: string })[] }>`
    with asked as (select * from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb)
      as a (channel text, address text, receiver text, reference text, item_id uuid))
    select t.id, t.channel, t.address, t.receiver, t.reference, t.total, t.item_id, coalesce(p.parts, '[]') as parts
    from received_texts t
    left join lateral (select jsonb_agg(jsonb_build_object('reference', t.reference, 'total', t.total, 'number', p.number,
        'text', p.text, 'at', p.at, 'item_id', p.item_id) order by p.number) as parts from text_parts p where p.text_id = t.id) p on true
    where t.id in (select r.id from received_texts r join asked a using (channel, address, receiver, reference)
      union select p.text_id from text_parts p join asked a using (item_id))
    order by t.id limit ${TEXTS_MAX}::int`.execute(ctx.tx)
  return rows.map(({ parts, ...row }) => ({ ...row, parts: parts.map((part) => ({ ...part, at: new Date(part.at) })) }))
}

async function insertTexts(ctx: Writing, texts: readonly Known[]): Promise<void> {
  if (texts.length === 0) return
  await sql`insert into received_texts (id, channel, address, receiver, reference, total, last_at)
    select id, channel, address, receiver, reference, total, ${ctx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(texts)}::jsonb)
      as t (id uuid, channel text, address text, receiver text, reference text, total int)`.execute(ctx.tx)
}

async function insertParts(ctx: Writing, parts: readonly object[]): Promise<void> {
  if (parts.length === 0) return
  await sql`with given as (select * from jsonb_to_recordset(${JSON.stringify(parts)}::jsonb)
      as p (text_id uuid, number int, item_id uuid, text text, at timestamptz)),
    written as (insert into text_parts (text_id, number, item_id, text, at) select text_id, number, item_id, text, at from given)
    update received_texts t set last_at = ${ctx.now}::timestamptz from given g where t.id = g.text_id`.execute(ctx.tx)
}

/** These texts go on as these items, whole or with gaps. */
export async function nameReceivedTexts(
  ctx: Writing,
  texts: readonly { id: string; item_id: string }[],
): Promise<void> {
  if (texts.length === 0) return
  await sql`update received_texts t set item_id = g.item_id
    from unnest(${texts.map(({ id }) => id)}::uuid[], ${texts.map(({ item_id }) => item_id)}::uuid[]) as g (id, item_id)
    where t.id = g.id`.execute(ctx.tx)
}

/**
 * Texts whose missing parts are waited for no longer: since that moment none came. Each goes on as the item of its first part, which is to be read
 * again. Answers how many.
 */
export async function waitNoLonger(ctx: Writing, last_before: Date, most: number): Promise<number> {
  const { rows } = await sql<{ item_id: string }>`with due as (
      select id from received_texts where item_id is null and last_at < ${last_before}::timestamptz
      order by last_at, id limit ${most}::int for update skip locked)
    update received_texts t set item_id = (select p.item_id from text_parts p where p.text_id = t.id order by p.number limit 1)
    from due where t.id = due.id returning t.item_id`.execute(ctx.tx)
  await wakeItems(
    ctx,
    rows.map(({ item_id }) => item_id),
  )
  return rows.length
}

/** Of these texts, by their item: the message that they became. */
export async function messagesOfItems(
  ctx: Reading,
  item_ids: readonly string[],
): Promise<Map<string, { ticket_id: string; message_id: string }>> {
  if (item_ids.length === 0) return new Map()
  const { rows } = await sql<{
    id: string
    ticket_id: string
    message_id: string
  }>`select id, ticket_id, ticket_message_id as message_id
    from intake_items where id = any (${[...item_ids]}::uuid[]) and ticket_message_id is not null limit ${item_ids.length}::int`.execute(
    ctx.db,
  )
  return new Map(rows.map(({ id, ...row }) => [id, row]))
}

/** What is needed to join parts that come late; the bytes stay in the ledger. */
export async function dropReceivedTexts(ctx: Writing, last_before: Date): Promise<void> {
  await sql`delete from received_texts where last_at < ${last_before}::timestamptz and item_id is not null`.execute(
    ctx.tx,
  )
}

/** Items that were held for something that has come now are read again; the sums give back what they had counted. */
export async function wakeItems(ctx: Writing, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await sql`with held as (
      select id, channel, outcome from intake_items where id = any (${[...ids]}::uuid[]) and outcome = 'quarantined' for update),
    waiting as (
      update intake_items i set outcome = null, settled_at = null, reason = null, attempts = 0, lease_until = null,
        possible_ticket_id = null, possible_ticket_number = null
      from held where i.id = held.id)
    ${addToCounts(sql`select 'intake.' || channel || '.' || outcome, -count(*) from held group by channel, outcome`)}`.execute(
    ctx.tx,
  )
}
