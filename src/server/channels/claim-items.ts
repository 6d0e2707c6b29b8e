import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import type { Channel } from './take-items.ts'

export interface ClaimedItem {
  id: string
  channel: Channel
  raw: Buffer | null
  in_blob: boolean
  sha256: string
  size: number
  envelope_from: string | null
  /** Address and name of the peer that handed it in; null where it came by another way than SMTP. */
  remote: string | null
  greeting: string | null
  recipients: string[]
  received_at: Date
  /** Somebody said that it may enter, whatever was found about its sender. */
  accepted_by: string | null
  /** This attempt included. */
  attempts: number
}

const LEASE_SECONDS = 30
const BATCH_MAX = 250
/** Bytes of one batch: Buffers lie outside the heap, so nothing else would stop them. */
const BATCH_BYTES_MAX = 48 * 1024 * 1024

/**
 * Takes items that wait to be read, oldest first. Attempt and lease are committed before anything is read, so that what kills the
 * process is counted. `first_try` items come as a batch; what died once comes alone and endangers no other, and what died often comes
 * last: it holds up nobody, and a process that is killed again and again for reasons of its own does not always have the same one in hand.
 * Mails are read in threads, texts here: each kind of intake claims its own channels.
 */
export async function claimItems(app: App, channels: readonly Channel[], first_try: boolean): Promise<ClaimedItem[]> {
  // A lease far in the future was given before somebody set the clock back.
  const { rows } = await sql<ClaimedItem>`with free as materialized (
      select id, size from intake_items
      where outcome is null and channel = any (${[...channels]}::text[]) and attempts ${first_try ? sql`= 0` : sql`> 0`}
        and (lease_until is null or lease_until < now() or lease_until > now() + interval '10 minutes')
      order by ${first_try ? sql`id` : sql`attempts, id`} limit ${first_try ? BATCH_MAX : 1}::int for update skip locked),
    fitting as (
      select id from (select id, sum(size) over (order by id) as bytes, row_number() over (order by id) as place from free) f
      where bytes <= ${BATCH_BYTES_MAX}::bigint or place = 1)
    update intake_items set attempts = attempts + 1, lease_until = now() + make_interval(secs => ${LEASE_SECONDS}::int)
    where id in (select id from fitting)
    returning id, channel, raw, in_blob, sha256, size, envelope_from, remote, greeting, recipients, received_at, accepted_by, attempts`.execute(
    app.worker,
  )
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Whether an item waits that was in the hands of a process which died. Changes nothing. */
export async function anyDied(app: App, channels: readonly Channel[]): Promise<boolean> {
  const { rows } =
    await sql`select from intake_items where outcome is null and channel = any (${[...channels]}::text[]) and attempts > 0
    and (lease_until is null or lease_until < now() or lease_until > now() + interval '10 minutes') limit 1`.execute(
      app.worker,
    )
  return rows.length > 0
}

/** Whether a claim may have left others behind: it was as large as one can be, or nearly as heavy. */
export const isFull = (items: readonly ClaimedItem[]): boolean =>
  items.length === BATCH_MAX || items.reduce((sum, { size }) => sum + size, 0) > BATCH_BYTES_MAX / 4

/** Goes on holding items whose reading takes longer than the lease. */
export async function extendLease(app: App, ids: readonly string[]): Promise<void> {
  await sql`update intake_items set lease_until = now() + make_interval(secs => ${LEASE_SECONDS}::int)
    where id = any (${[...ids]}::uuid[]) and outcome is null and lease_until is not null`.execute(app.worker)
}

/** Gives items back unread, because it was not they that failed: the attempt does not count. */
export async function releaseItems(app: App, ids: readonly string[], after_seconds = 0): Promise<void> {
  if (ids.length === 0) return
  await sql`update intake_items set attempts = greatest(attempts - 1, 0),
      lease_until = case when ${after_seconds}::int > 0 then now() + make_interval(secs => ${after_seconds}::int) end
    where id = any (${[...ids]}::uuid[]) and outcome is null`.execute(app.worker)
}

/** The bytes as they were received. */
export async function bytesOf(app: App, item: Pick<ClaimedItem, 'raw' | 'sha256'>): Promise<Buffer> {
  if (item.raw) return item.raw
  const chunks: Buffer[] = []
  for await (const chunk of await app.files.read(item.sha256)) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
