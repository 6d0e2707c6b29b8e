/** The fixtures of the browser tests: a real Pandu, and the mail world behind it. */
import { test as base } from '@playwright/test'
import { startMailSink, type MailSink } from './mail.ts'
import { START_MAX_MS, startPandu, STOP_MAX_MS, type RunningPandu } from './start-pandu.ts'

export { MAIL_DOMAIN, startPandu, type RunningPandu } from './start-pandu.ts'

/** For specs about pages that must work without any script: `test.use(noScript)`. */
export const noScript = { javaScriptEnabled: false } as const

/**
 * Playwright's `test` with one real Pandu for each worker (`pandu`; relative addresses go to it), and the mail world
 * behind it (`mails`: everything that Pandu sends). A spec that kills or reconfigures Pandu starts its own by
 * {@link startPandu}. What Pandu printed is attached to a test that fails.
 */
export const test = base.extend<{ printed: void }, { mails: MailSink; pandu: RunningPandu }>({
  mails: [
    // Playwright reads the fixtures that one needs from this pattern: it must be there, and this one needs none.
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const sink = await startMailSink()
      await use(sink)
      await sink.close()
    },
    { scope: 'worker' },
  ],
  pandu: [
    async ({ mails }, use) => {
      const pandu = await startPandu({ env: { PANDU_MAIL_RELAY: mails.url } })
      await use(pandu)
      await pandu.stop()
    },
    { scope: 'worker', timeout: START_MAX_MS + STOP_MAX_MS },
  ],
  baseURL: async ({ pandu }, use) => use(pandu.origin),
  printed: [
    async ({ pandu }, use, info) => {
      const before = pandu.log.length
      await use()
      if (info.status !== info.expectedStatus) {
        await info.attach('pandu.log', { body: pandu.log.slice(before), contentType: 'text/plain' })
      }
    },
    { auto: true },
  ],
})

export { expect } from '@playwright/test'
