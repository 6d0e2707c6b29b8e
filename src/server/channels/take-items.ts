import { createHash } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { App } from '../platform/app.ts'
import type { Writing } from '../platform/context.ts'
import { nameBlobs } from '../platform/blobs.ts'
import { addToCounts } from '../platform/counts.ts'
import { newId } from '../platform/ids.ts'
import type { DB } from '../platform/tables.ts'

export type Channel = 'email' | 'sms' | 'whatsapp' | 'telegram' | 'phone' | 'web' | 'api'

export interface NewItem {
  channel: Channel
  /** As received. */
  raw: Uint8Array
  /** Two items with the same fingerprint are the same item. */
  fingerprint: string
  recipients: readonly string[]
  envelope_from?: string
  /** The peer's address. */
  remote?: string
  /** What the peer called itself. */
  greeting?: string
}

export interface TakenItem {
  id: string
  /** The item that came first with this fingerprint; null if this is the first. */
  duplicate_of: string | null
}

/** An item ready to be written: its larger bytes are on disk already. */
export interface PreparedItem {
  id: string
  item: NewItem
  sha256: string
  in_blob: boolean
}

/** Up to here the bytes stand in the row: one insert, one commit. Larger ones go into a blob first. */
const RAW_IN_ROW_MAX = 256 * 1024

/** Gives the item its id and puts large bytes on disk, so that the row which names them may be committed. */
export async function prepareItem(app: App, item: NewItem): Promise<PreparedItem> {
  const in_blob = item.raw.byteLength > RAW_IN_ROW_MAX
  const sha256 = in_blob ? (await app.files.keep(item.raw)).sha256 : createHash('sha256').update(item.raw).digest('hex')
  return { id: newId(), item, sha256, in_blob }
}

/** Writes items into the ledger, in the caller's transaction. They wait there until they are settled; duplicates are settled at once. */
export async function takeItems(ctx: Writing, items: readonly NewItem[]): Promise<TakenItem[]> {
  if (items.length === 0) return []
  const prepared = await Promise.all(items.map((item) => prepareItem(ctx.app, item)))
  const { rows } = await insertItems(prepared).execute(ctx.tx)
  await addRecipients(ctx.tx, rows)
  const byId = new Map(rows.map((row) => [row.id, row]))
  return prepared.map(({ id }) => byId.get(id)!)
}

/**
 * One statement: fingerprint, item, blob row and sums. Who comes second with a fingerprint waits here until the first has committed.
 * Its text depends only on how many they are; {@link parametersOf} gives what stands in it.
 */
export function insertItems(prepared: readonly PreparedItem[]) {
  const given = sql.join(
    prepared.map((one) => {
      const [id, channel, raw, in_blob, size, sha256, fingerprint, envelope_from, remote, greeting, recipients] =
        parametersOf(one)
      return sql`(${id}::uuid, ${channel}::text, ${raw}::bytea, ${in_blob}::boolean, ${size}::bigint, ${sha256}::text,
        ${fingerprint}::text, ${envelope_from}::text, ${remote}::text, ${greeting}::text, ${recipients}::text[])`
    }),
  )
  return sql<TakenItem>`with given (id, channel, raw, in_blob, size, sha256, fingerprint, envelope_from, remote, greeting, recipients) as (values ${given}),
    known as (
      insert into intake_fingerprints (fingerprint, item_id)
      select distinct on (fingerprint) fingerprint, id from given order by fingerprint, id
      -- An update, because "do nothing" would not give back the row of somebody who committed a moment ago.
      on conflict (fingerprint) do update set fingerprint = excluded.fingerprint
      returning fingerprint, item_id),
    kept as (${nameBlobs(sql`select sha256, size, 'application/octet-stream' from given where in_blob`)}),
    written as (
      insert into intake_items (id, channel, raw, in_blob, size, sha256, fingerprint, envelope_from, remote, greeting, recipients,
        outcome, settled_at, duplicate_of)
      select g.id, g.channel, g.raw, g.in_blob, g.size, g.sha256, g.fingerprint, g.envelope_from, g.remote, g.greeting, g.recipients,
        case when k.item_id <> g.id then 'duplicate' end, case when k.item_id <> g.id then now() end, nullif(k.item_id, g.id)
      from given g join known k using (fingerprint)
      returning id, channel, duplicate_of),
    counted as (${addToCounts(sql`select 'intake.' || w.channel || '.' || c.name, 1
      from written w cross join (values ('received'), ('duplicate')) c (name)
      where c.name = 'received' or w.duplicate_of is not null`)})
    select id, duplicate_of from written order by id`
}

/** The same mail to another of our addresses: the first item learns whom else it was sent to. Safe to run any number of times. */
export async function addRecipients(db: Kysely<DB>, taken: readonly TakenItem[]): Promise<void> {
  const ids = taken.filter((item) => item.duplicate_of !== null).map((item) => item.id)
  if (ids.length === 0) return
  // Each once, reckoned from the row as it is when it is ours: two who add at the same moment both saw it without the address.
  await sql`update intake_items first set recipients = (
      select array_agg(address order by place)
      from (select address, min(place) as place from unnest(first.recipients || more.recipients) with ordinality as u (address, place)
        group by address) known)
    from (
      select d.duplicate_of, array_agg(distinct r.address) as recipients
      from intake_items d cross join unnest(d.recipients) as r (address)
      join intake_items f on f.id = d.duplicate_of
      where d.id = any (${ids}::uuid[]) and not r.address = any (f.recipients)
      group by d.duplicate_of) more
    where first.id = more.duplicate_of`.execute(db)
}

/** In the order in which they stand in {@link insertItems}. */
export const parametersOf = ({ id, item, sha256, in_blob }: PreparedItem) =>
  [
    id,
    item.channel,
    in_blob ? null : bufferOf(item.raw),
    in_blob,
    item.raw.byteLength,
    sha256,
    item.fingerprint,
    item.envelope_from?.replaceAll('\0', '') ?? null,
    item.remote ?? null,
    item.greeting?.replaceAll('\0', '') ?? null,
    [...item.recipients],
  ] as const

// The driver sends a Buffer as it is; of another array it would make text.
const bufferOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
