import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import type { Reading, Writing } from '../platform/context.ts'
import { addToCounts } from '../platform/counts.ts'
import type { SenderCheck } from './email/index.ts'

/** A piece of a mail that was cut for sending, as it lies in the ledger. */
export interface Piece {
  item_id: string
  /** Normalised. */
  sender: string
  partial_id: string
  number: number
  total: number | null
  /** Of the piece itself, without its header. */
  body_sha256: string
}

/**
 * `waits`: others are missing, or come with it and one of those completes. `completes`: now all are there, and the item is to be read again as the whole. `repeats`: the same came before.
 * `other`: something else came before under the same number. `too_large`: together they are more than one mail may be.
 */
export type PieceState = { item_id: string } & (
  { state: 'waits' | 'completes' | 'other' | 'too_large' } | { state: 'repeats'; first_id: string }
)

/** As for one mail (SIZE). */
const BYTES_MAX = 26_214_400

const lockGroups = (keys: readonly string[]) =>
  sql`select pg_advisory_xact_lock(hashtextextended(key, 7)) from (select distinct key from unnest(${[...keys]}::text[]) as k (key) order by key) k`
const keyOf = ({ sender, partial_id }: Pick<Piece, 'sender' | 'partial_id'>) => `${sender} ${partial_id}`

/** All pieces of one mail whose bytes are still there: complete or not, and how large together. */
const groupOf = (
  p: string,
) => sql`(select count(*) filter (where q.number <= t.total)::int as found, t.total, sum(i.size)::float8 as bytes
  from mail_pieces q join intake_items i on i.id = q.item_id and (i.raw is not null or i.in_blob),
    lateral (select max(total) as total from mail_pieces r where r.sender = q.sender and r.partial_id = q.partial_id) t
  where q.sender = ${sql.ref(`${p}.sender`)} and q.partial_id = ${sql.ref(`${p}.partial_id`)} group by t.total)`

/**
 * Writes down which pieces came, and says of each what it is; answers in no order. Pieces of one mail are written one after the other, so that the last
 * of two that come at the same moment sees the other.
 */
export async function keepPieces(ctx: Writing, pieces: readonly Piece[]): Promise<PieceState[]> {
  if (pieces.length === 0) return []
  await lockGroups(pieces.map(keyOf)).execute(ctx.tx)
  const given = sql`select * from jsonb_to_recordset(${JSON.stringify(pieces)}::jsonb)
    as g (item_id uuid, sender text, partial_id text, number int, total int, body_sha256 text)`
  await sql`insert into mail_pieces (sender, partial_id, number, total, item_id, body_sha256)
    select sender, partial_id, number, total, item_id, body_sha256 from (${given}) g order by item_id on conflict do nothing`.execute(
    ctx.tx,
  )
  const { rows } = await sql<{
    item_id: string
    first_id: string
    same: boolean
    complete: boolean | null
    bytes: number
    last: boolean
  }>`select g.item_id, p.item_id as first_id, p.body_sha256 = g.body_sha256 as same, a.found = a.total as complete, a.bytes,
      p.item_id = g.item_id and not exists (select from (${given}) h join mail_pieces o using (item_id, sender, partial_id)
        where h.sender = g.sender and h.partial_id = g.partial_id and h.item_id > g.item_id) as last
    from (${given}) g join mail_pieces p using (sender, partial_id, number)
    left join lateral ${groupOf('p')} a on true`.execute(ctx.tx)
  return rows.map(({ item_id, first_id, same, complete, bytes, last }): PieceState => {
    if (item_id !== first_id) return same ? { item_id, state: 'repeats', first_id } : { item_id, state: 'other' }
    if (!complete) return { item_id, state: 'waits' }
    if (bytes > BYTES_MAX) return { item_id, state: 'too_large' }
    // One of them; the others are settled, with what checking their senders found.
    return { item_id, state: last ? 'completes' : 'waits' }
  })
}

/** One of all the pieces, its bytes and what checking its sender found. */
export interface GatheredPiece {
  item_id: string
  /** Its sender was checked; what was found may be nothing. */
  settled: boolean
  raw: Buffer | null
  sha256: string
  authentication: SenderCheck | null
}

/** All pieces of the mail to which this item's piece belongs, in their order; empty as long as one is missing or they are too large together. */
export async function gatherPieces(app: App, item_id: string): Promise<GatheredPiece[]> {
  const { rows } =
    await sql<GatheredPiece>`select p.item_id, i.raw, i.sha256, i.authentication, i.settled_at is not null as settled
    from mail_pieces own
    join lateral ${groupOf('own')} a on a.found = a.total and a.bytes <= ${BYTES_MAX}::bigint
    join mail_pieces p on p.sender = own.sender and p.partial_id = own.partial_id and p.number <= a.total
    join intake_items i on i.id = p.item_id
    where own.item_id = ${item_id}::uuid order by p.number limit 100`.execute(app.worker)
  return rows
}

/**
 * The whole becomes something once: as the item that was read first. Answers by item what others have been before: the item as which the whole was
 * settled, or itself.
 */
export async function claimWholes(ctx: Writing, item_ids: readonly string[]): Promise<Map<string, string>> {
  if (item_ids.length === 0) return new Map()
  const { rows: groups } = await sql<{ key: string }>`select sender || ' ' || partial_id as key from mail_pieces
    where item_id = any (${[...item_ids]}::uuid[]) limit ${item_ids.length}::int`.execute(ctx.tx)
  await lockGroups(groups.map(({ key }) => key)).execute(ctx.tx)
  await sql`update mail_pieces p set joined_as = own.item_id
    from (select distinct on (sender, partial_id) sender, partial_id, item_id from mail_pieces
      where item_id = any (${[...item_ids]}::uuid[]) order by sender, partial_id, item_id) own
    where p.sender = own.sender and p.partial_id = own.partial_id and p.joined_as is null`.execute(ctx.tx)
  const { rows } = await sql<{ item_id: string; joined_as: string }>`select item_id, joined_as from mail_pieces
    where item_id = any (${[...item_ids]}::uuid[]) limit ${item_ids.length}::int`.execute(ctx.tx)
  return new Map(rows.map(({ item_id, joined_as }) => [item_id, joined_as]))
}

/**
 * Items that are part of another, or repeat it: its words are there. Whoever made a ticket of one by hand keeps it. Sums follow in the same
 * statement.
 */
export async function settleAsPieces(ctx: Writing, pieces: readonly { id: string; of: string }[]): Promise<void> {
  if (pieces.length === 0) return
  await sql`with given as (
      -- Each once, or the sums would count it twice: a part that comes while its text is read again, with the gap, is late and completes it.
      select distinct on (id) id, whole_id
      from unnest(${pieces.map(({ id }) => id)}::uuid[], ${pieces.map((one) => one.of)}::uuid[]) as g (id, whole_id) order by id),
    before as (
      select i.id, i.channel, i.outcome, g.whole_id from intake_items i join given g using (id)
      where i.outcome is null or (i.outcome = 'quarantined' and i.reason like 'partial%') for update of i),
    settled as (
      update intake_items i set outcome = 'duplicate', reason = 'piece', duplicate_of = b.whole_id, lease_until = null,
        settled_at = ${ctx.now}::timestamptz
      from before b where i.id = b.id returning i.id)
    ${addToCounts(sql`select 'intake.' || channel || '.' || outcome, -count(*) from before where outcome is not null group by channel, outcome
      union all select 'intake.' || channel || '.duplicate', count(*) from before group by channel`)}`.execute(ctx.tx)
}

/** To be read again in the next round, as the whole: the attempt does not count. */
export async function readAgain(ctx: Writing, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await sql`update intake_items set attempts = greatest(attempts - 1, 0), lease_until = null
    where id = any (${[...ids]}::uuid[]) and outcome is null`.execute(ctx.tx)
}

/** Of a piece in the ledger: which others are there, and of how many (null while no piece has said it). */
export interface Pieces {
  found: number[]
  missing: number[]
  total: number | null
}

/** What is still missing of the mails and long SMS whose pieces these items are. */
export async function missingPieces(ctx: Reading, item_ids: readonly string[]): Promise<Record<string, Pieces>> {
  if (item_ids.length === 0) return {}
  const { rows } = await sql<{ item_id: string; found: number[]; total: number | null }>`
    select p.item_id, a.found, a.total from mail_pieces p
    cross join lateral (select array_agg(q.number order by q.number) as found, max(q.total) as total from mail_pieces q
      where q.sender = p.sender and q.partial_id = p.partial_id) a
    where p.item_id = any (${[...item_ids]}::uuid[])
    union all
    select p.item_id, a.found, t.total from text_parts p join received_texts t on t.id = p.text_id
    cross join lateral (select array_agg(q.number order by q.number) as found from text_parts q where q.text_id = p.text_id) a
    where p.item_id = any (${[...item_ids]}::uuid[]) limit ${item_ids.length}::int`.execute(ctx.db)
  return Object.fromEntries(
    rows.map(({ item_id, found, total }) => {
      const all = Array.from({ length: total ?? 0 }, (_, at) => at + 1)
      return [item_id, { found, total, missing: all.filter((number) => !found.includes(number)) }]
    }),
  )
}
