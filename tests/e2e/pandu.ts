/** The fixtures of the browser tests: a real Pandu, and the mail world behind it. */
import { test as base } from '@playwright/test'
import { startMailSink, type MailSink } from './mail.ts'
import * as bare from './start-pandu.ts'

export { MAIL_DOMAIN } from './start-pandu.ts'

/** For specs about pages that must work without any script: `test.use(noScript)`. */
export const noScript = { javaScriptEnabled: false } as const

/** A running Pandu and everything that it has sent, which no other Pandu can add to: numbers, people and words repeat from one to the next. */
export type RunningPandu = bare.RunningPandu & { readonly mails: MailSink }

type Options = Omit<NonNullable<Parameters<typeof bare.startPandu>[0]>, 'env'> & {
  /** Its own sink is the relay; `undefined` leaves it without one. */
  env?: Record<string, string | undefined> & { PANDU_MAIL_RELAY?: undefined }
}

/** All that this worker has started, for the log of a test that fails. */
const started: RunningPandu[] = []

/** A Pandu of the spec's own, with a mail world of its own; both end with `stop()`. Otherwise as `startPandu` of start-pandu.ts. */
export async function startPandu(options: Options = {}): Promise<RunningPandu> {
  const mails = await startMailSink()
  try {
    const running = await bare.startPandu({ ...options, env: { PANDU_MAIL_RELAY: mails.url, ...options.env } })
    const stop = running.stop.bind(running)
    const pandu = Object.assign(running, {
      mails,
      // Who keeps the data may start it again.
      stop: async (given: { keep?: boolean } = {}) => {
        const code = await stop(given)
        if (!given.keep) await mails.close()
        return code
      },
    })
    started.push(pandu)
    return pandu
  } catch (error) {
    await mails.close()
    throw error
  }
}

/**
 * Playwright's `test` with one real Pandu for each worker (`pandu`; relative addresses go to it), and the mail world
 * behind it (`mails`). A spec that kills or reconfigures Pandu starts its own by {@link startPandu} and reads
 * `pandu.mails`. What each Pandu printed meanwhile is attached to a test that fails.
 */
export const test = base.extend<{ printed: void }, { mails: MailSink; pandu: RunningPandu }>({
  pandu: [
    // Playwright reads the fixtures that one needs from this pattern: it must be there, and this one needs none.
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const pandu = await startPandu()
      await use(pandu)
      await pandu.stop()
    },
    { scope: 'worker', timeout: bare.START_MAX_MS + bare.STOP_MAX_MS },
  ],
  mails: [async ({ pandu }, use) => use(pandu.mails), { scope: 'worker' }],
  baseURL: async ({ pandu }, use) => use(pandu.origin),
  printed: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use, info) => {
      const before = new Map(started.map((pandu) => [pandu, pandu.log.length]))
      await use()
      if (info.status === info.expectedStatus) return
      for (const pandu of started) {
        const body = pandu.log.slice(before.get(pandu) ?? 0)
        if (body) await info.attach(`pandu-${pandu.port}.log`, { body, contentType: 'text/plain' })
      }
    },
    { auto: true },
  ],
})

export { expect } from '@playwright/test'
