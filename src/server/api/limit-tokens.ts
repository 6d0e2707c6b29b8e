import type { App } from '../platform/app.ts'
import { enter } from '../platform/context.ts'
import { codeOf } from '../platform/database.ts'
import { hits } from '../platform/limits.ts'
import type { TokenHolder } from '../desks/index.ts'
import { EdgeRefusal } from './problem.ts'

const WINDOW_SECONDS = 60
/** How long one process may count by itself before it tells the others. */
const ALONE_MS = 1_000

interface Counted {
  /** In this window, by all processes, as the database said last. */
  known: number
  /** Not told to the database yet. */
  untold: number
  telling: boolean
  told_at: number
  /** By our own steady clock. */
  ends_at: number
}

/**
 * Counts what each token asks for and refuses 429 above what it may a minute, with the seconds after which it may go on. The count is
 * shared by all processes, once a second: a row written for each request would cost more than most of them.
 */
export function limitTokens(
  app: App,
  window_seconds = WINDOW_SECONDS,
): (holder: Pick<TokenHolder, 'token_id' | 'per_minute_max'>) => void {
  const window_ms = window_seconds * 1000
  const counts = new Map<string, Counted>()

  const tell = async (token_id: string, count: Counted) => {
    const lot = count.untold
    count.telling = true
    count.told_at = performance.now()
    try {
      await enter(app, 'link', async (ctx) => {
        const all = await hits(ctx, { name: 'api_token', whom: token_id, window_seconds }, lot)
        count.known = all
        count.untold -= lot
        count.ends_at = performance.now() + window_ms - (ctx.now.getTime() % window_ms)
      })
    } finally {
      count.telling = false
    }
  }

  return ({ token_id, per_minute_max }) => {
    const now = performance.now()
    let count = counts.get(token_id)
    if (!count || now >= count.ends_at) {
      // Forgotten with its window, so that the map holds only tokens of the last minute.
      for (const [id, { ends_at }] of counts) if (now >= ends_at) counts.delete(id)
      count = { known: 0, untold: 0, telling: false, told_at: -Infinity, ends_at: now + window_ms }
      counts.set(token_id, count)
    }
    count.untold++
    const asked = count.known + count.untold
    if (!count.telling && now - count.told_at > ALONE_MS)
      tell(token_id, count).catch((error: unknown) =>
        app.log.warn({ code: codeOf(error) }, 'the requests of a token could not be counted'),
      )
    if (asked > per_minute_max) {
      const seconds = Math.max(1, Math.ceil((count.ends_at - now) / 1000))
      throw new EdgeRefusal(429, 'api.too_many', { seconds }, { 'retry-after': String(seconds) })
    }
  }
}
