import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { App } from '../../platform/app.ts'
import { codeOf } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { dropLease, takeLease } from '../../platform/leases.ts'
import { answerPresses } from './answer-presses.ts'
import { askMe, askUpdates, askWebhookInfo, deleteWebhook, setWebhook, TelegramRefused } from './ask-bot.ts'
import { botId, webhookAddress, WEBHOOK_PATH } from './bot.ts'
import { TelegramAway } from './call-telegram.ts'
import { nameCommands } from './name-commands.ts'
import { takeUpdates } from './take-updates.ts'
import { noteTelegram, placeInTelegram, type WebhookInfo } from './telegram-place.ts'

export interface TelegramWatch {
  stop(): Promise<void>
}

/** What tests make shorter. */
export interface WatchTimes {
  /** How often it is asked whether a webhook stands, and how it goes. */
  look_ms: number
  /** How long Telegram may hold a question for new updates. */
  wait_s: number
  /** A webhook that fails so long, while something waits, is left for a moment to fetch what waits. */
  stuck_ms: number
  /** After Telegram refused our webhook. */
  set_again_ms: number
}
const TIMES: WatchTimes = { look_ms: 60_000, wait_s: 25, stuck_ms: 180_000, set_again_ms: 600_000 }

const LEASE_SECONDS = 60
const EXTEND_MS = 15_000
/** So long before the lease ends we stop, if it could not be extended. */
const LEASE_MARGIN_MS = 10_000
const LEASE_WAIT_MS = 5_000
const DATABASE_WAIT_MS = 1_000
const STOP_MS = 3_000
const BACK_OFF_MS = [1_000, 2_000, 5_000, 15_000, 30_000, 60_000, 120_000, 300_000]
/** An error that Telegram met so lately still holds; its clock and ours may differ a little. */
const ERROR_HOLDS_MS = 15 * 60_000

/**
 * Fetches what people wrote to our bot, where Telegram does not bring it, and looks after the webhook where it does. One process of all, by
 * lease: Telegram gives each update to whoever asks first. Null without a token. Never rejects afterwards: what goes wrong is noted and tried
 * again, and waits at Telegram meanwhile (for up to 24 hours, by its documentation).
 */
export function watchTelegram(app: App, times: Partial<WatchTimes> = {}): TelegramWatch | null {
  const bot_id = botId(app.settings)
  if (bot_id === null) return null
  const stopping = new AbortController()
  const running = keepWatching({ app, bot_id, signal: stopping.signal, times: { ...TIMES, ...times } })
  return {
    async stop() {
      stopping.abort()
      await Promise.race([running, sleep(STOP_MS, undefined, { ref: false })])
    },
  }
}

interface Watch {
  app: App
  bot_id: string
  signal: AbortSignal
  times: WatchTimes
}

const pause = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => undefined)

async function keepWatching(watch: Watch): Promise<void> {
  const { app, bot_id, signal } = watch
  const lease = { name: `telegram ${bot_id}`, holder: newId() }
  let failures = 0
  while (!signal.aborted) {
    try {
      if (!app.available()) await pause(DATABASE_WAIT_MS, signal)
      else if (!(await takeLease(app, lease.name, lease.holder, LEASE_SECONDS))) await pause(LEASE_WAIT_MS, signal)
      else await serve(watch, lease, () => (failures = 0))
    } catch (error) {
      if (signal.aborted) break
      const told = whatWasSaid(error)
      if (told === null) {
        app.log.warn({ code: codeOf(error) }, 'Telegram waits for the database')
        await pause(DATABASE_WAIT_MS, signal)
        continue
      }
      app.log.warn({ code: told.code }, 'Telegram cannot be asked and is tried again')
      await noteTelegram(app, bot_id, { error: told.sentence }).catch(() => undefined)
      await pause(told.wait_ms ?? BACK_OFF_MS[Math.min(failures++, BACK_OFF_MS.length - 1)]!, signal)
    }
  }
  await dropLease(app, lease.name, lease.holder).catch(() => undefined)
}

/** Null: it was not Telegram. */
function whatWasSaid(error: unknown): { code: string; sentence: string; wait_ms: number | null } | null {
  if (error instanceof TelegramAway) return { code: error.code, sentence: error.code, wait_ms: null }
  if (!(error instanceof TelegramRefused)) return null
  const wait_ms = error.retry_after === null ? null : error.retry_after * 1000
  return { code: String(error.code), sentence: `${error.code} ${error.description}`.trim(), wait_ms }
}

async function serve(watch: Watch, lease: { name: string; holder: string }, onAnswer: () => void): Promise<void> {
  const { app, bot_id, signal } = watch
  let held_until = performance.now() + LEASE_SECONDS * 1000 - LEASE_MARGIN_MS
  const extend = async () => {
    const asked_at = performance.now()
    if (await takeLease(app, lease.name, lease.holder, LEASE_SECONDS))
      held_until = asked_at + LEASE_SECONDS * 1000 - LEASE_MARGIN_MS
  }
  const extending = setInterval(() => void extend().catch(() => undefined), EXTEND_MS)
  const round: Round = {
    ...watch,
    mayGoOn: () => !signal.aborted && app.available() && performance.now() < held_until,
    stuck_since: null,
    set_at: null,
  }
  try {
    const { username } = await askMe(app)
    await nameCommands(app)
    while (round.mayGoOn()) {
      const info = await askWebhookInfo(app)
      const { webhook_wanted } = await noteTelegram(app, bot_id, { error: null, username, webhook: info })
      onAnswer()
      await step(round, info, webhook_wanted)
    }
  } finally {
    clearInterval(extending)
  }
}

interface Round extends Watch {
  mayGoOn(): boolean
  /** Since when Telegram cannot reach us, while something waits. */
  stuck_since: number | null
  /** When it was last tried to set the webhook again. */
  set_at: number | null
}

async function step(round: Round, info: WebhookInfo, webhook_wanted: boolean): Promise<void> {
  const { app, bot_id, signal, times } = round
  const ours = webhookAddress(app.settings)
  if (info.url === '') {
    if (ours === null || !webhook_wanted || !(await trySetting(round, ours))) await fetchFor(round, times.look_ms)
  } else if (info.url === ours) {
    if (isStuck(round, info)) await fetchAroundWebhook(round, ours)
    else await pause(times.look_ms, signal)
  } else if (ours === null && info.url === `${app.settings.PANDU_ORIGIN}${WEBHOOK_PATH}`) {
    // Ours, from before the settings said that we fetch. What waits is kept for us.
    await deleteWebhook(app)
  } else {
    // Somebody else's program may live on it: an administrator says what to do.
    await noteTelegram(app, bot_id, { error: 'other_webhook' })
    await pause(times.look_ms, signal)
  }
}

/** Answers false where it was refused a moment ago, or is now. */
async function trySetting(round: Round, url: string): Promise<boolean> {
  const now = performance.now()
  if (round.set_at !== null && now - round.set_at < round.times.set_again_ms) return false
  round.set_at = now
  try {
    await setWebhook(round.app, url)
    return true
  } catch (error) {
    const told = whatWasSaid(error)
    if (told === null) throw error
    await noteTelegram(round.app, round.bot_id, { error: told.sentence })
    return false
  }
}

/** Telegram goes on trying for a day; whoever waits for an answer should not. */
function isStuck(round: Round, { pending, error_at }: WebhookInfo): boolean {
  const fails = pending > 0 && error_at !== null && Date.now() - error_at.getTime() < ERROR_HOLDS_MS
  round.stuck_since = fails ? (round.stuck_since ?? performance.now()) : null
  return round.stuck_since !== null && performance.now() - round.stuck_since >= round.times.stuck_ms
}

/** Takes the webhook away, fetches what waits, and sets it again. Nothing is dropped: what comes in between waits for whoever is next. */
async function fetchAroundWebhook(round: Round, url: string): Promise<void> {
  const { app, bot_id } = round
  app.log.warn('Telegram cannot bring what waits; it is fetched')
  await sql`update telegram_bots set webhook_wanted = true where bot_id = ${bot_id}::bigint`.execute(app.worker)
  await deleteWebhook(app)
  let offset: number | null = null
  while (round.mayGoOn()) {
    const taken = await fetchOnce(round, offset, 0)
    if (taken === null) break
    offset = taken
  }
  round.stuck_since = null
  round.set_at = null
  await trySetting(round, url)
}

/** Fetches again and again, for a while. */
async function fetchFor(round: Round, ms: number): Promise<void> {
  const until = performance.now() + ms
  const place = await placeInTelegram(round.app, round.bot_id)
  let offset = place === null ? null : place + 1
  do {
    try {
      offset = (await fetchOnce(round, offset, round.times.wait_s)) ?? offset
    } catch (error) {
      // Somebody set a webhook meanwhile: no fault, and seen at the next look. Without one another program fetches with our token.
      if (!(error instanceof TelegramRefused) || error.code !== 409) throw error
      if ((await askWebhookInfo(round.app)).url === '') throw error
      return
    }
  } while (round.mayGoOn() && performance.now() < until)
}

/** One question. What was taken before is confirmed by asking on behind it; what it brings is in the ledger when this resolves. */
async function fetchOnce(
  { app, bot_id, signal }: Round,
  offset: number | null,
  wait_s: number,
): Promise<number | null> {
  const updates = await askUpdates(app, { offset, wait_s, signal })
  if (updates.length === 0) return null
  const taken = await takeUpdates(app, { bot_id, way: 'polling', updates })
  await answerPresses(app, taken)
  return Math.max(...updates.map(({ update_id }) => update_id)) + 1
}
