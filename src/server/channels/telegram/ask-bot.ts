import { z } from 'zod'
import type { App } from '../../platform/app.ts'
import { ALLOWED_UPDATES } from './bot.ts'
import { callTelegram, type Asking } from './call-telegram.ts'
import type { WebhookInfo } from './telegram-place.ts'

/** Telegram said no to something that our own bot asked. */
export class TelegramRefused extends Error {
  override name = 'TelegramRefused'
  readonly code: number
  readonly description: string
  readonly retry_after: number | null
  constructor(code: number, description: string, retry_after: number | null) {
    super(`Telegram said no: ${code}`)
    this.code = code
    this.description = description
    this.retry_after = retry_after
  }
}

type Asked = Pick<App, 'settings'>

/** @throws TelegramRefused, TelegramAway */
async function insist(app: Asked, method: string, parameters: Record<string, unknown>, asking?: Asking) {
  const answer = await callTelegram(app, method, parameters, asking)
  if (!answer.ok) throw new TelegramRefused(answer.code, answer.description, answer.retry_after)
  return answer.result
}

const Me = z.object({ username: z.string().max(64).optional(), can_join_groups: z.boolean().optional() })

/** Who our bot is. */
export async function askMe(app: Asked): Promise<{ username: string | null; can_join_groups: boolean }> {
  const { username = null, can_join_groups = false } = Me.catch({}).parse(await insist(app, 'getMe', {}))
  return { username, can_join_groups }
}

const Info = z.object({
  url: z.string().max(2000),
  pending_update_count: z.number().int().nonnegative(),
  last_error_date: z.number().optional(),
  last_error_message: z.string().optional(),
})

/** What Telegram brings to whom, and how that goes. */
export async function askWebhookInfo(app: Asked): Promise<WebhookInfo> {
  const told = Info.safeParse(await insist(app, 'getWebhookInfo', {})).data
  if (!told) throw new TelegramRefused(200, 'getWebhookInfo', null)
  return {
    url: told.url,
    pending: told.pending_update_count,
    error: told.last_error_message?.slice(0, 300) ?? null,
    error_at: told.last_error_date ? new Date(told.last_error_date * 1000) : null,
  }
}

/** From now on Telegram brings what comes; what waits is brought too. */
export const setWebhook = (app: Asked, url: string): Promise<unknown> =>
  insist(app, 'setWebhook', {
    url,
    secret_token: app.settings.PANDU_TELEGRAM_SECRET,
    allowed_updates: ALLOWED_UPDATES,
    drop_pending_updates: false,
  })

/** From now on we fetch; what waits goes on waiting. */
export const deleteWebhook = (app: Asked): Promise<unknown> =>
  insist(app, 'deleteWebhook', { drop_pending_updates: false })

/** Documented: 1 to 100. */
const UPDATES_AT_ONCE = 100
/** Beyond what we asked Telegram to wait. */
const ANSWER_MS = 10_000

/**
 * What waits, oldest first, at most a hundred. With an `offset` everything below it is confirmed: Telegram forgets it.
 * @param wait_s how long Telegram may wait for something to come
 */
export async function askUpdates(
  app: Asked,
  { offset, wait_s, signal }: { offset: number | null; wait_s: number; signal: AbortSignal },
): Promise<{ update_id: number; raw: Buffer }[]> {
  const parameters = {
    ...(offset === null ? {} : { offset }),
    limit: UPDATES_AT_ONCE,
    timeout: wait_s,
    allowed_updates: ALLOWED_UPDATES,
  }
  const result = await insist(app, 'getUpdates', parameters, { signal, time_ms: wait_s * 1000 + ANSWER_MS })
  return Updates.parse(result).map((update) => ({
    update_id: update.update_id,
    raw: Buffer.from(JSON.stringify(update)),
  }))
}

const Updates = z.array(z.looseObject({ update_id: z.number().int().nonnegative() }))
