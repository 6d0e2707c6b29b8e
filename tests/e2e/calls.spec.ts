/** The telephone at the desk: written down by keyboard while talking, without script too; it rings, somebody takes it; who was missed is called back. */
import type { Browser, BrowserContext, Page } from '@playwright/test'
import { checkPage } from './axe.ts'
import { linkIn } from './mail.ts'
import { expect, noScript, startPandu, test, type RunningPandu } from './pandu.ts'
import { shoot } from './screenshots.ts'

test.describe.configure({ mode: 'serial' })

const PASSWORD = 'jembatan biru di atas sungai'
// One Pandu of its own, because the first administrator is made once.
let pandu: RunningPandu
let ani: BrowserContext
let sri: BrowserContext
const complaints: string[] = []

test.beforeAll(async ({ browser }) => {
  test.setTimeout(240_000)
  pandu = await startPandu()
  ani = await aBrowser(browser)
  const first = await open(ani, await pandu.setup_link)
  await first.getByLabel('Nama lengkap').fill('Ani Contoh')
  await first.getByLabel('Alamat surel').fill('ani@contoh.test')
  await choosePassword(first)
  await first.getByRole('button', { name: 'Buat akun dan masuk' }).click()
  await expect(first).toHaveURL(/\/desk/)
  await first.goto('/desk/settings/people/invite')
  await first.getByLabel('Nama', { exact: true }).fill('Sri Contoh')
  await first.getByLabel('Alamat surel').fill('sri@contoh.test')
  await first.locator('main form button').last().click()
  const invitation = await pandu.mails.waitFor((mail) => mail.to.includes('sri@contoh.test'))
  await first.close()
  sri = await aBrowser(browser)
  const second = await open(sri, linkIn(invitation, '/invite/'))
  await choosePassword(second)
  await second.locator('main form button').last().click()
  await second.goto('/desk')
  await expect(second.locator('.who')).toHaveText('Sri Contoh')
  await second.close()
})
test.afterAll(async () => {
  await Promise.all([ani?.close(), sri?.close()])
  await pandu?.stop()
})

const aBrowser = (browser: Browser) =>
  browser.newContext({ baseURL: pandu.origin, locale: 'id-ID', timezoneId: 'Asia/Jakarta' })
async function choosePassword(page: Page) {
  await page.getByLabel('Kata sandi baru').fill(PASSWORD)
  await page.getByLabel('Ketik sekali lagi').fill(PASSWORD)
}
async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of [45]\d\d|ERR_/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(path)
  return page
}
/** Where one comes to after saving; the page takes away by itself what it has said once. */
const saved = /\/desk\/tickets\/\d+\?.*logged=/
/** Keys are heard: the page's script is there. */
const awake = (page: Page) => expect(page.locator('body[data-keys=heard]')).toBeAttached()

/** As an exchange on this machine does. */
async function tell(news: Record<string, unknown>): Promise<{ open: boolean; say: string }> {
  const answer = await fetch(`${pandu.origin}/channels/phone`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(news),
  })
  expect(answer.status).toBe(200)
  return (await answer.json()) as { open: boolean; say: string }
}

/** Types words, and presses single keys; answers how many keys were none of the words. */
async function byKeyboard(
  page: Page,
  ...steps: ({ words: string } | { key: string; until?: () => Promise<unknown> })[]
) {
  let keys = 0
  for (const step of steps) {
    if ('words' in step) await page.keyboard.type(step.words)
    else {
      keys += 1
      await page.keyboard.press(step.key)
      await step.until?.()
    }
  }
  return keys
}

test('a call is written down by keyboard alone: number, who, what it is about, Enter', async () => {
  const page = await open(ani, '/desk/calls')
  await awake(page)
  await expect(page.getByText('Belum ada panggilan hari ini.', { exact: false })).toBeVisible()
  await shoot(page, 'calls-empty')
  await page.keyboard.press('n')
  await expect(page).toHaveURL(/\/desk\/calls\/new/)
  const number = page.getByLabel('Nomor penelepon')
  const name = page.getByLabel('Nama penelepon')
  const about = page.getByLabel('Tentang apa')
  await expect(number).toBeFocused()
  const keys = await byKeyboard(
    page,
    { words: '0812 3456 7801' },
    { key: 'Enter', until: () => expect(name).toBeFocused() },
    { words: 'Sari Contoh' },
    { key: 'Tab', until: () => expect(about).toBeFocused() },
    { words: 'Pencetak tidak mau mencetak' },
    { key: 'Enter', until: () => expect(page).toHaveURL(saved) },
  )
  // Beside the words themselves: twice onwards, once to save.
  expect(keys).toBe(3)
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Pencetak tidak mau mencetak')

  // They call again: known by the number, and what they have open stands there at once.
  await page.goto('/desk/calls/new')
  await awake(page)
  await expect(number).toBeFocused()
  await page.keyboard.type('+6281234567801')
  await expect(page.getByRole('radio', { name: /Tiket baru untuk Sari Contoh/ })).toBeChecked()
  const known = page.getByRole('radio', { name: /Catatan pada #\d+ Pencetak tidak mau mencetak/ })
  await expect(known).toBeVisible()
  await checkPage(page, { label: 'a call with a known number' })
  await shoot(page, 'calls-known')
  await page.keyboard.press('Enter')
  await expect(about).toBeFocused()
  await known.check()
  await about.focus()
  await page.keyboard.type('Sudah dinyalakan ulang, tetap tidak bisa')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(saved)
  await expect(page.getByText('Sudah dinyalakan ulang, tetap tidak bisa').first()).toBeVisible()
  await page.close()
})

test('what is being written survives leaving the page, and is gone once it was saved', async () => {
  const page = await open(ani, '/desk/calls/new')
  await awake(page)
  await page.getByLabel('Tentang apa').fill('Setengah kalimat')
  await page.goto('/desk')
  await page.goto('/desk/calls/new')
  await expect(page.getByLabel('Tentang apa')).toHaveValue('Setengah kalimat')
  await page.getByLabel('Hasil').selectOption('wrong_number')
  await page.getByRole('button', { name: 'Simpan', exact: true }).click()
  await expect(page.getByText('Panggilan tercatat.')).toBeVisible()
  await page.goto('/desk/calls/new')
  await awake(page)
  await expect(page.getByLabel('Nomor penelepon')).toBeFocused()
  await expect(page.getByLabel('Tentang apa')).toHaveValue('')
  await page.close()
})

test('without script a button finds who has the number', async ({ browser }) => {
  const context = await browser.newContext({
    ...noScript,
    baseURL: pandu.origin,
    locale: 'id-ID',
    storageState: await ani.storageState(),
  })
  const page = await context.newPage()
  await page.goto('/desk/calls/new')
  await page.getByLabel('Nomor penelepon').fill('081234567801')
  await page.getByRole('button', { name: 'Cari', exact: true }).last().click()
  await expect(page.getByRole('radio', { name: /Tiket baru untuk Sari Contoh/ })).toBeChecked()
  await page.getByLabel('Tentang apa').fill('Layar gelap')
  await page.getByLabel('Hasil').selectOption('call_back')
  await page.getByLabel('Telepon kembali pada').fill('2099-01-05T09:00')
  await page.getByRole('button', { name: 'Simpan', exact: true }).click()
  await expect(page).toHaveURL(saved)
  await page.goto('/desk/calls?view=call_back')
  await expect(page.getByText('5 Jan 2099 09.00 WIB', { exact: false })).toBeVisible()
  await context.close()
})

test('a ringing call shows at once to whoever takes calls, steals nothing that is typed, and one of two takes it', async () => {
  const [one, other] = [await open(ani, '/desk/calls'), await open(sri, '/desk/calls')]
  for (const page of [one, other]) {
    await awake(page)
    await page.getByRole('button', { name: 'Saya menerima telepon' }).click()
    await expect(page.getByText('Anda sekarang menerima telepon.')).toBeVisible()
    await page.goto('/desk/new')
    await awake(page)
  }
  const words = one.locator('textarea[name=text]')
  await words.click()
  await one.keyboard.type('Surat dari kelurahan ')
  await tell({ event: 'ringing', call: 'dering-1', from: '+6281234567801', to: '1500', ts: Date.now() / 1000 })
  for (const page of [one, other])
    await expect(page.getByText(/Telepon berdering:\s+Sari Contoh \(2 tiket terbuka\)/)).toBeVisible()
  await one.keyboard.type('tentang pencetak')
  await expect(words).toHaveValue('Surat dari kelurahan tentang pencetak')
  await checkPage(one, { label: 'a page with a ringing telephone' })
  await shoot(one, 'calls-ringing')

  await other.getByRole('button', { name: 'Terima', exact: true }).click()
  await expect(other).toHaveURL(/\/desk\/calls\/[0-9a-f-]{36}/)
  await expect(other.getByLabel('Nomor penelepon')).toHaveValue('+6281234567801')
  await expect(one.getByText('diterima Sri Contoh')).toBeVisible()
  await tell({ event: 'answered', call: 'dering-1', ts: Date.now() / 1000 })
  await expect(one.getByText('Telepon berdering:')).toBeHidden()
  await expect(other.getByText('Sedang berbicara', { exact: true })).toBeVisible()
  await shoot(other, 'calls-taken')
  // The caller hangs up while one still writes: nothing is typed anywhere else, and no number that was typed goes.
  await other.getByLabel('Tentang apa').fill('Bertanya kapan selesai')
  await other.getByLabel('Nomor penelepon').fill('0812 3456 7802')
  const more = other.locator('textarea[name=text]')
  await more.click()
  await other.keyboard.type('Besok pagi ')
  await tell({ event: 'ended', call: 'dering-1', ts: Date.now() / 1000 })
  await expect(other.getByText('Selesai', { exact: true })).toBeVisible()
  await other.keyboard.type('ia menelepon lagi')
  await expect(more).toHaveValue('Besok pagi ia menelepon lagi')
  await expect(other.getByLabel('Nomor penelepon')).toHaveValue('0812 3456 7802')
  await other.getByLabel('Nomor penelepon').fill('+6281234567801')
  await other.getByLabel('Tentang apa').click()
  await other.keyboard.press('Enter')
  await expect(other).toHaveURL(saved)
  await Promise.all([one.close(), other.close()])
})

test('who was missed twice is one ticket to call back, until somebody did', async () => {
  for (const call of ['lewat-1', 'lewat-2'])
    await tell({ event: 'missed', call, from: '0812-3456-7899', to: '1500', status: 408, ts: Date.now() / 1000 })
  const page = await open(ani, '/desk/calls?view=call_back')
  const row = page.locator('li[data-row]', { hasText: '+6281234567899' })
  await expect(async () => {
    await page.reload()
    await expect(row.getByText('Menunggu ditelepon (2×) sejak')).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await expect(row).toHaveCount(1)
  await checkPage(page, { label: 'the list of who is to be called back' })
  await shoot(page, 'calls-back')
  await page.goto('/desk/calls')
  await expect(page.locator('li[data-row]').first()).toContainText('+6281234567899')
  await shoot(page, 'calls-today')
  await page
    .locator('li[data-row]')
    .first()
    .getByRole('link', { name: /^Catat hasilnya/ })
    .click()
  await expect(page.getByRole('radio', { name: /Panggilan tak terjawab \(2×\)/ })).toBeChecked()
  await page.getByLabel('Tentang apa').fill('Minta bantuan memasang aplikasi')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(saved)
  await page.goto('/desk/calls?view=call_back')
  await expect(row).toHaveCount(0)
  expect(complaints).toEqual([])
})
