/** The way in, from the first start to a forgotten password, in a browser without scripts. */
import type { Page } from '@playwright/test'
import { Secret, TOTP } from 'otpauth'
import pg from 'pg'
import { reachRunningPostgres } from '../../src/server/platform/postgres/reach-running.ts'
import { checkByTurns } from './axe.ts'
import { linkIn } from './mail.ts'
import { expect, noScript, startPandu, test, type RunningPandu } from './pandu.ts'

test.use({ ...noScript, viewport: { width: 360, height: 740 } })
test.describe.configure({ mode: 'serial' })

const EMAIL = 'administrator@contoh.test'
const PASSWORD = 'jembatan biru di atas sungai'
const OTHER = 'perahu kayu menuju seberang'

// A Pandu of its own: the first start happens once.
let pandu: RunningPandu
test.beforeAll(async () => {
  test.setTimeout(180_000)
  pandu = await startPandu({ from_nothing: true })
})
test.afterAll(() => pandu?.stop())

async function signIn(page: Page, password: string) {
  await page.goto(`${pandu.origin}/sign-in`)
  await page.getByLabel('Alamat surel').fill(EMAIL)
  await page.getByLabel('Kata sandi').fill(password)
  await page.getByRole('button', { name: 'Masuk' }).click()
}

async function choosePassword(page: Page, password: string, again = password) {
  await page.getByLabel('Kata sandi baru').fill(password)
  await page.getByLabel('Ketik sekali lagi').fill(again)
}

const noSidewaysScroll = async (page: Page) =>
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)

test('the printed link makes the first administrator, once; what was typed survives a mistake, passwords do not', async ({
  page,
}) => {
  const link = await pandu.setup_link
  const opened = await page.goto(link)
  expect(opened?.headers()).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  await noSidewaysScroll(page)
  await page.getByLabel('Nama lengkap').fill('Administrator Contoh')
  await page.getByLabel('Alamat surel').fill(EMAIL)
  await choosePassword(page, PASSWORD, 'lain sama sekali')
  await page.getByRole('button', { name: 'Buat akun dan masuk' }).click()
  await expect(page.getByRole('alert')).toContainText('Kedua kata sandi tidak sama')
  await expect(page.getByLabel('Nama lengkap')).toHaveValue('Administrator Contoh')
  await expect(page.getByLabel('Kata sandi baru')).toHaveValue('')
  await choosePassword(page, 'rahasia123456')
  await page.getByRole('button', { name: 'Buat akun dan masuk' }).click()
  await expect(page.getByRole('alert')).toContainText('mudah ditebak')
  await choosePassword(page, PASSWORD)
  await page.getByRole('button', { name: 'Buat akun dan masuk' }).click()
  await expect(page).toHaveURL(/\/desk/)
  expect((await page.goto(link))?.status()).toBe(404)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Tautan tidak berlaku')
})

test('signing in and out; looking at the page for signing out ends nothing', async ({ page }) => {
  await signIn(page, 'bukan kata sandinya')
  await expect(page.getByRole('alert')).toContainText('salah')
  await expect(page.getByLabel('Alamat surel')).toHaveValue(EMAIL)
  await signIn(page, PASSWORD)
  await expect(page).toHaveURL(/\/desk/)
  const session = (await page.context().cookies()).find((cookie) => cookie.name === 'pandu_session')
  expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
  await page.goto(`${pandu.origin}/sign-out`)
  await page.goto(`${pandu.origin}/sign-out`)
  await page.getByRole('button', { name: 'Keluar' }).click()
  await expect(page.getByRole('status')).toHaveText('Anda sudah keluar.')
  await page.goto(`${pandu.origin}/sign-out`)
  await expect(page).toHaveURL(/\/sign-in/)
})

test('a forgotten password: the same page for everybody, a mail to whoever has an account, a link that opens once', async ({
  page,
}) => {
  const ask = async (email: string) => {
    await page.goto(`${pandu.origin}/reset`)
    await page.getByLabel('Alamat surel').fill(email)
    await page.getByRole('button', { name: 'Kirim tautan' }).click()
    return page.locator('main').innerText()
  }
  expect(await ask('tidak.dikenal@contoh.test')).toBe(await ask(EMAIL))
  const mail = await pandu.mails.waitFor((one) => one.to.includes(EMAIL) && one.text.includes('/reset/'))
  const link = linkIn(mail, '/reset/')
  expect(new URL(link).origin).toBe(pandu.origin)
  await page.goto(link)
  await noSidewaysScroll(page)
  await choosePassword(page, OTHER)
  await page.getByRole('button', { name: 'Simpan kata sandi' }).click()
  await expect(page.getByRole('status')).toContainText('sudah diganti')
  expect((await page.goto(link))?.status()).toBe(404)
  await signIn(page, PASSWORD)
  await expect(page.getByRole('alert')).toContainText('salah')
  await signIn(page, OTHER)
  await expect(page).toHaveURL(/\/desk/)
  expect(pandu.mails.to('tidak.dikenal@contoh.test')).toEqual([])
})

test('one’s own account: other sessions are seen and ended, and a new password is told by mail', async ({
  page,
  browser,
}) => {
  await signIn(page, OTHER)
  const elsewhere = await browser.newContext({ baseURL: pandu.origin, javaScriptEnabled: false })
  const other = await elsewhere.newPage()
  await signIn(other, OTHER)
  await expect(other).toHaveURL(/\/desk/)
  await page.goto(`${pandu.origin}/desk/settings/own-account`)
  await noSidewaysScroll(page)
  await page.getByRole('button', { name: 'Akhiri sesi', exact: true }).first().click()
  await expect(page.getByRole('status')).toContainText('Sesi sudah diakhiri')

  const change = async (current: string) => {
    await page.getByLabel('Kata sandi sekarang').fill(current)
    await choosePassword(page, PASSWORD)
    await page.getByRole('button', { name: 'Ganti kata sandi' }).click()
  }
  await change('bukan kata sandinya')
  await expect(page.getByRole('alert')).toContainText('Kata sandi sekarang tidak cocok')
  await change(OTHER)
  await expect(page.getByRole('status')).toContainText('Kata sandi Anda sudah diganti')
  await pandu.mails.waitFor((one) => one.to.includes(EMAIL) && one.subject.includes('sudah diganti'))
  await other.goto(`${pandu.origin}/desk`)
  await expect(other).toHaveURL(/\/sign-in/)
  await elsewhere.close()
})

test('a second step: an app, a code, a link by mail, a recovery code, and signing in once more without losing a form', async ({
  page,
}) => {
  const { mails } = pandu
  const settings = `${pandu.origin}/desk/settings`
  await page.context().clearCookies()
  await signIn(page, PASSWORD)
  await page.goto(`${settings}/own-account/second-factor`)
  await page.getByRole('button', { name: 'Pasang aplikasi autentikator' }).click()
  await noSidewaysScroll(page)
  const secret = Secret.fromBase32((await page.locator('code.key').innerText()).replaceAll(' ', ''))
  const codeOf = (steps: number) => new TOTP({ secret }).generate({ timestamp: Date.now() + steps * 30_000 })
  await expect(page.locator('.qr svg')).toBeVisible()
  await page.getByRole('textbox', { name: 'Kode' }).fill(codeOf(-1))
  await page.getByRole('button', { name: 'Pasang', exact: true }).click()
  const codes = await page.locator('.codes code').allInnerTexts()
  expect(codes).toHaveLength(10)
  await noSidewaysScroll(page)
  const file = page.getByRole('link', { name: 'Simpan sebagai berkas' })
  expect(decodeURIComponent((await file.getAttribute('href')) ?? '')).toContain(codes[9]!)
  await page.getByRole('link', { name: 'Saya sudah menyimpannya' }).click()
  await expect(page.getByText('10 dari 10')).toBeVisible()
  await mails.waitFor((one) => one.to.includes(EMAIL) && one.subject.includes('Langkah kedua'))

  await page.context().clearCookies()
  await signIn(page, PASSWORD)
  await expect(page).toHaveURL(/sign-in\/second/)
  await page.getByRole('textbox', { name: 'Kode' }).fill(`${codes[0]!.slice(0, -1)}0`)
  await page.getByRole('button', { name: 'Masuk' }).click()
  await expect(page.getByRole('alert')).toContainText('Kode')
  // As it stands in the app, with a blank; the code before this one was used for setting up.
  const code = codeOf(1)
  await page.getByRole('textbox', { name: 'Kode' }).fill(`${code.slice(0, 3)} ${code.slice(3)}`)
  await page.getByRole('button', { name: 'Masuk' }).click()
  await expect(page).toHaveURL(/\/desk/)

  await page.context().clearCookies()
  await page.goto(`${pandu.origin}/sign-in`)
  await page.getByRole('link', { name: 'Masuk tanpa kata sandi' }).click()
  await page.getByLabel('Alamat surel').fill(EMAIL)
  await page.getByRole('button', { name: 'Kirim tautan masuk' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Periksa surel Anda')
  const mail = await mails.waitFor((one) => one.to.includes(EMAIL) && one.subject.includes('Tautan untuk masuk'))
  const link = linkIn(mail, '/sign-in/')
  // A program that checks mails has looked before.
  expect((await page.request.get(link)).status()).toBe(200)
  await page.goto(link)
  await page.getByRole('button', { name: 'Masuk' }).click()
  await expect(page).toHaveURL(/sign-in\/second/)
  await page.getByRole('textbox', { name: 'Kode' }).fill(codes[1]!.toUpperCase())
  await page.getByRole('button', { name: 'Masuk' }).click()
  await expect(page).toHaveURL(/\/desk/)
  expect((await page.goto(link))?.status()).toBe(404)
  await mails.waitFor((one) => one.to.includes(EMAIL) && one.subject.includes('Kode pemulihan'))

  await page.goto(`${settings}/second-factors`)
  await page.getByLabel('Administrator').check()
  const access = await reachRunningPostgres(pandu.data)
  const owner = new pg.Client(access.connection('owner'))
  await owner.connect()
  await owner.query(`update auth.sessions set created_at = created_at - interval '16 minutes'`)
  await owner.end()
  await page.getByRole('button', { name: 'Simpan' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Masuk sekali lagi')
  await expect(page.getByText('tidak hilang')).toBeVisible()
  await noSidewaysScroll(page)
  await page.getByLabel('Kata sandi').fill('bukan kata sandinya')
  await page.getByRole('textbox', { name: 'Kode' }).fill(codes[2]!)
  await page.getByRole('button', { name: 'Masuk sekali lagi' }).click()
  await expect(page.getByRole('alert')).toContainText('salah')
  await page.getByLabel('Kata sandi').fill(PASSWORD)
  await page.getByRole('textbox', { name: 'Kode' }).fill(codes[2]!)
  await page.getByRole('button', { name: 'Masuk sekali lagi' }).click()
  await page.getByRole('button', { name: 'Simpan perubahan tadi' }).click()
  await expect(page.getByRole('status')).toBeVisible()
  await expect(page).toHaveURL(/second-factors\?done=saved/)
  await expect(page.getByLabel('Administrator')).toBeChecked()
})

test('the pages of the way in have no grave fault for people who hear or enlarge them', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: true })
  const page = await context.newPage()
  // With links that are open every-page.spec.ts sees them.
  const paths = ['/sign-in/tidak-ada', '/reset/tidak-ada', '/invite/tidak-ada', '/setup/tidak-ada']
  await checkByTurns(
    page,
    paths.map((path) => pandu.origin + path),
  )
  await context.close()
})
