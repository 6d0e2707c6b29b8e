import { setTimeout as pause } from 'node:timers/promises'
import type { App } from './app.ts'
import { codeOf } from './database.ts'

export interface Rounds {
  /** Something may wait; coalesced while a round is running. */
  poke(): void
  /** False when no round has come to its end for half a minute: stuck, or failing again and again. */
  alive(): boolean
  /** Resolves when the round in hand is finished. */
  stop(): Promise<void>
}

const SILENT_MS = 30_000

/**
 * Does a piece of work again and again: when poked, and by itself each `poll_ms`. `work` answers true when there may be more at once.
 * A failing round is logged and tried again at the next poll, so that a database that went away harms nothing; while it is away
 * nothing is tried.
 */
export function startRounds(
  app: App,
  given: {
    name: string
    poll_ms: number
    /** Between rounds that are poked for: a flood of pokes is a few rounds with much in them, not many with little. */
    rest_ms?: number | (() => number)
    work: () => Promise<boolean>
  },
): Rounds {
  let stopped = false
  let again = false
  let running: Promise<void> | null = null
  let timer: NodeJS.Timeout | undefined
  let ended_at = performance.now()
  const stopping = new AbortController()

  const run = async () => {
    do {
      again = false
      // Each batch counts: a long backlog is no silence.
      while (!stopped && app.available() && (await given.work())) ended_at = performance.now()
      ended_at = performance.now()
      const rest_ms = typeof given.rest_ms === 'function' ? given.rest_ms() : given.rest_ms
      if (rest_ms) await pause(rest_ms, undefined, { signal: stopping.signal }).catch(() => undefined)
    } while (again && !stopped)
  }
  const poke = () => {
    if (stopped) return
    again = true
    running ??= run()
      .catch((error: unknown) =>
        app.log.warn(
          { name: given.name, code: codeOf(error), stack: stackOf(error) },
          'a round failed and will be tried again',
        ),
      )
      .finally(() => {
        running = null
      })
  }
  const tick = () => {
    poke()
    timer = setTimeout(tick, given.poll_ms)
  }
  tick()
  return {
    poke,
    alive: () => performance.now() - ended_at < SILENT_MS,
    async stop() {
      stopped = true
      stopping.abort()
      clearTimeout(timer)
      await running
    },
  }
}

/** Where it happened; the first line, which may hold somebody's words, is left out. */
const stackOf = (error: unknown) =>
  error instanceof Error ? error.stack?.split('\n').slice(1, 6).join('\n') : undefined
