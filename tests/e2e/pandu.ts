/** The fixtures of the browser tests: a real Pandu, and the mail world behind it. */
import { test as base, expect, type Page } from '@playwright/test'
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

/** Whoever the link of the first start made; their name stands in what they did. */
export interface Administrator {
  name: string
  email: string
  password: string
}

/** Comes in by the page, so that what wants somebody who signed in a moment ago does not ask once more. */
export async function signIn(page: Page, pandu: RunningPandu, { email, password }: Administrator): Promise<void> {
  await page.goto(`${pandu.origin}/sign-in`)
  await page.getByLabel('Alamat surel').fill(email)
  await page.getByLabel('Kata sandi').fill(password)
  await page.getByRole('button', { name: 'Masuk', exact: true }).click()
  await expect(page).toHaveURL(/\/desk/)
}

/**
 * Playwright's `test` with one real Pandu for each worker (`pandu`; relative addresses go to it), and the mail world
 * behind it (`mails`). Other specs have left requests, people and mails there: a spec asks for its own by names that no other
 * uses, and who needs the desk signs in as its `administrator`. A spec that counts, kills or reconfigures starts a Pandu of its
 * own by {@link startPandu} and reads `pandu.mails`. What each Pandu printed meanwhile is attached to a test that fails.
 */
export const test = base.extend<
  { printed: void },
  { mails: MailSink; pandu: RunningPandu; administrator: Administrator }
>({
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
  administrator: [
    async ({ pandu, browser }, use) => {
      const administrator = {
        name: 'Petugas Contoh',
        email: 'petugas@contoh.test',
        password: 'jembatan biru di atas sungai',
      }
      const page = await browser.newPage({ ...noScript, locale: 'id-ID' })
      await page.goto(await pandu.setup_link)
      await page.getByLabel('Nama lengkap').fill(administrator.name)
      await page.getByLabel('Alamat surel').fill(administrator.email)
      for (const field of await page.locator('input[type=password]').all()) await field.fill(administrator.password)
      await page.getByRole('button', { name: 'Buat akun dan masuk' }).click()
      await expect(page).toHaveURL(/\/desk/)
      await page.close()
      await use(administrator)
    },
    { scope: 'worker', timeout: bare.START_MAX_MS },
  ],
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

export { expect }
