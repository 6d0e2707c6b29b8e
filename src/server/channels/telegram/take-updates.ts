import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import type { App } from '../../platform/app.ts'
import { fault } from '../../platform/fault.ts'
import { takeItem } from '../take-item.ts'
import type { NewItem, TakenItem } from '../take-items.ts'
import { bodyOfUpdate } from './read.ts'

/** One update as it came: fetched (its JSON), or brought (the request with its body). */
export interface BroughtUpdate {
  raw: Buffer
  /** The peer that brought it; left out where we fetched it. */
  remote?: string
}

export interface TakenUpdate extends TakenItem {
  /** Null for bytes that are no update: their item is put aside when it is read. */
  update_id: number | null
  /** Of a pressed button: Telegram waits to hear that the press arrived. */
  pressed: Pressed | null
}

export interface Pressed {
  callback_query_id: string
  chat_id: number | null
  message_id: number | null
}

/**
 * Updates into the ledger, one item each, in their order, committed when this resolves; then their numbers are noted. A process that dies in
 * between is brought them again, which makes duplicates of the same items. An update of the same bot and number is the same item.
 */
export async function takeUpdates(
  app: App,
  { bot_id, way, updates }: { bot_id: string; way: 'webhook' | 'polling'; updates: readonly BroughtUpdate[] },
): Promise<TakenUpdate[]> {
  const peeked = updates.map((update) => ({ update, seen: peek(update.raw) }))
  // One statement takes several; the ids are made here and now, so that they stand in the order of the updates.
  const settled = await Promise.allSettled(
    peeked.map(async ({ update, seen }) => ({
      ...(await takeItem(app, itemOf(bot_id, update, seen))),
      update_id: seen?.update_id ?? null,
      pressed: pressedOf(seen),
    })),
  )
  const failed = settled.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
  fault('texts.telegram_after_commit')
  const taken = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  await noteTaken(
    app,
    { bot_id, way },
    taken.flatMap(({ update_id }) => (update_id === null ? [] : [update_id])),
  )
  app.poke('telegram')
  return taken
}

/** As much as must be known before it is kept; what it means is found out when it is read. */
const Peek = z.object({
  update_id: z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER),
  message: z
    .object({ chat: z.object({ id: z.number().int() }) })
    .optional()
    .catch(undefined),
  edited_message: z
    .object({ chat: z.object({ id: z.number().int() }) })
    .optional()
    .catch(undefined),
  callback_query: z
    .object({
      id: z.string().max(200),
      from: z.object({ id: z.number().int() }),
      message: z
        .object({ message_id: z.number().int(), chat: z.object({ id: z.number().int() }) })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
})
type Peek = z.infer<typeof Peek>

function peek(raw: Buffer): Peek | null {
  try {
    return Peek.safeParse(JSON.parse(bodyOfUpdate(raw).toString())).data ?? null
  } catch {
    return null // no JSON: kept as it is
  }
}

function itemOf(bot_id: string, { raw, remote }: BroughtUpdate, seen: Peek | null): NewItem {
  const sum = createHash('sha256')
  if (seen) sum.update(`telegram ${bot_id} ${seen.update_id}`)
  else sum.update(`telegram ${bot_id} `).update(raw)
  const sender = seen?.message?.chat.id ?? seen?.edited_message?.chat.id ?? seen?.callback_query?.from.id
  return {
    channel: 'telegram',
    raw,
    fingerprint: sum.digest('hex'),
    recipients: [bot_id],
    greeting: `telegram:${bot_id}`,
    ...(sender === undefined ? {} : { envelope_from: String(sender) }),
    ...(remote === undefined ? {} : { remote }),
  }
}

const pressedOf = (seen: Peek | null): Pressed | null =>
  seen?.callback_query
    ? {
        callback_query_id: seen.callback_query.id,
        chat_id: seen.callback_query.message?.chat.id ?? null,
        message_id: seen.callback_query.message?.message_id ?? null,
      }
    : null

/** Telegram begins anew with any number when nothing came for a week; a day less, for its clock and ours. */
export const NUMBERING_DAYS = 6

async function noteTaken(
  app: App,
  { bot_id, way }: { bot_id: string; way: 'webhook' | 'polling' },
  update_ids: readonly number[],
): Promise<void> {
  if (update_ids.length === 0) return
  const newest = update_ids.reduce((one, other) => Math.max(one, other))
  await sql`with noted as (
      insert into telegram_updates (bot_id, update_id, taken_at)
      select ${bot_id}::bigint, id, now() from unnest(${[...update_ids]}::bigint[]) as given (id) on conflict do nothing)
    insert into telegram_bots as b (bot_id, last_update_id, last_update_at, way)
    values (${bot_id}::bigint, ${newest}::bigint, now(), ${way})
    on conflict (bot_id) do update set way = excluded.way, last_update_at = now(),
      last_update_id = case when b.last_update_at > now() - make_interval(days => ${NUMBERING_DAYS}::int)
        then greatest(b.last_update_id, excluded.last_update_id) else excluded.last_update_id end`.execute(app.worker)
}
