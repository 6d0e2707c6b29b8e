import { sql } from 'kysely'
import type { App } from '../../platform/app.ts'
import type { Reading } from '../../platform/context.ts'
import { botId } from './bot.ts'
import { NUMBERING_DAYS } from './take-updates.ts'

/** What is known of our bot; the settings page shows it. */
export interface TelegramState {
  username: string | null
  way: 'webhook' | 'polling' | null
  webhook_wanted: boolean
  state: 'open' | 'failing'
  state_since: Date
  /** When Telegram last answered us; null if never. */
  checked_at: Date | null
  /** In codes of ours and words of Telegram's; never with the token. */
  last_error: string | null
  last_update_at: Date | null
  webhook_url: string | null
  pending: number | null
  webhook_error: string | null
  webhook_error_at: Date | null
}

/** Null without a token, and until Telegram was asked for the first time. */
export async function seeTelegram(ctx: Reading): Promise<TelegramState | null> {
  const bot_id = botId(ctx.app.settings)
  if (bot_id === null) return null
  const { rows } =
    await sql<TelegramState>`select username, way, webhook_wanted, state, state_since, checked_at, last_error, last_update_at,
      webhook_url, pending, webhook_error, webhook_error_at
    from telegram_bots where bot_id = ${bot_id}::bigint`.execute(ctx.db)
  return rows[0] ?? null
}

/** Numbers between updates that came, of which none came. */
export interface TelegramGap {
  first_id: number
  last_id: number
  /** When the next one came. */
  noticed_at: Date
}

/** A number that is younger may still be on its way: Telegram brings chats side by side, and tries again what we did not take. */
const SETTLED_MINUTES = 10
const GAPS_MAX = 20

/**
 * Gaps in the numbers of what came in the last days, newest first. Telegram numbers its updates one after the other and begins anew only
 * after a week without any, so a gap is an update that never arrived here; but it promises no more than an order, so a gap is said, not sworn.
 */
export async function listTelegramGaps(ctx: Reading): Promise<TelegramGap[]> {
  const bot_id = botId(ctx.app.settings)
  if (bot_id === null) return []
  const { rows } =
    await sql<TelegramGap>`select (update_id + 1)::float8 as first_id, (next_id - 1)::float8 as last_id, next_at as noticed_at
    from (
      select update_id, taken_at, lead(update_id) over w as next_id, lead(taken_at) over w as next_at
      from telegram_updates where bot_id = ${bot_id}::bigint
      window w as (order by update_id)) as taken
    where next_id > update_id + 1 and next_at < now() - make_interval(mins => ${SETTLED_MINUTES}::int)
      and next_at - taken_at between make_interval(days => -${NUMBERING_DAYS}::int) and make_interval(days => ${NUMBERING_DAYS}::int)
    order by next_at desc, update_id desc limit ${GAPS_MAX}::int`.execute(ctx.db)
  return rows
}

/** Beyond the time in which Telegram's numbers hang together nothing is to be learned from them. */
const KEPT_DAYS = 14

/** In the nightly round. */
export async function clearTelegramUpdates(app: App): Promise<void> {
  await sql`delete from telegram_updates where taken_at < now() - make_interval(days => ${KEPT_DAYS}::int)`.execute(
    app.worker,
  )
}

/**
 * The newest update that we fetched and that stands in the ledger. Null where Telegram may have begun anew since, and where it brought the last
 * one itself: it brings chats side by side, so a lower number may still wait, and asking from above it would throw that away.
 */
export async function placeInTelegram(app: App, bot_id: string): Promise<number | null> {
  const { rows } = await sql<{
    last_update_id: number
  }>`select last_update_id::float8 as last_update_id from telegram_bots
    where bot_id = ${bot_id}::bigint and way = 'polling' and last_update_at > now() - make_interval(days => ${NUMBERING_DAYS}::int)`.execute(
    app.worker,
  )
  return rows[0]?.last_update_id ?? null
}

/** How it goes with our bot. `error` null: Telegram answered. */
export async function noteTelegram(
  app: App,
  bot_id: string,
  { error, username, webhook }: { error: string | null; username?: string | null; webhook?: WebhookInfo },
): Promise<{ webhook_wanted: boolean }> {
  const state = error === null ? 'open' : 'failing'
  const { rows } = await sql<{
    webhook_wanted: boolean
  }>`insert into telegram_bots as b (bot_id, state, last_error, checked_at, username,
      webhook_url, pending, webhook_error, webhook_error_at)
    values (${bot_id}::bigint, ${state}, ${error}, case when ${state} = 'open' then now() end, ${username ?? null},
      ${webhook?.url ?? null}, ${webhook?.pending ?? null}::int, ${webhook?.error ?? null}, ${webhook?.error_at ?? null}::timestamptz)
    on conflict (bot_id) do update set state = excluded.state, last_error = excluded.last_error,
      state_since = case when b.state = excluded.state then b.state_since else now() end,
      checked_at = coalesce(excluded.checked_at, b.checked_at), username = coalesce(excluded.username, b.username),
      webhook_url = case when ${webhook !== undefined}::boolean then excluded.webhook_url else b.webhook_url end,
      pending = case when ${webhook !== undefined}::boolean then excluded.pending else b.pending end,
      webhook_error = case when ${webhook !== undefined}::boolean then excluded.webhook_error else b.webhook_error end,
      webhook_error_at = case when ${webhook !== undefined}::boolean then excluded.webhook_error_at else b.webhook_error_at end
    returning webhook_wanted`.execute(app.worker)
  return rows[0]!
}

/** What getWebhookInfo says, as far as it matters here. */
export interface WebhookInfo {
  /** '' without one. */
  url: string
  pending: number
  error: string | null
  error_at: Date | null
}
