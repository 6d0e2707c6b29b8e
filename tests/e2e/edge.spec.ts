/** The edge of the pages as awkward browsers and broken senders meet it, at a Pandu of which only the port was set. */
import { request as requests, type APIRequestContext, type Page } from '@playwright/test'
import { expect, noScript, startPandu, test, type RunningPandu } from './pandu.ts'

test.use(noScript)

const PROBLEM = 'Pencetak di ruang pelayanan tidak menyala lagi.\nLampunya berkedip oranye.'
const PASSWORD = 'jembatan biru di atas sungai'
let pandu: RunningPandu
let people = 0

test.beforeAll(async () => {
  test.setTimeout(180_000)
  pandu = await startPandu({ env: { PANDU_ORIGIN: undefined, PANDU_HOST: '', PANDU_MAIL_RELAY: undefined } })
})
test.afterAll(() => pandu?.stop())

/** A browser that sends no Origin and has no cookies yet. */
const textBrowser = () =>
  requests.newContext({ baseURL: pandu.origin, extraHTTPHeaders: { accept: 'text/html', 'accept-language': 'id' } })

/** The hidden fields and texts of the form on a page that we wrote by hand (src/edge/kept-form.ts). */
function fieldsIn(html: string): Record<string, string> {
  const inputs = html.matchAll(/name="([^"]+)" value="([^"]*)"/g)
  const texts = html.matchAll(/<textarea name="([^"]+)"[^>]*>([^<]*)</g)
  return Object.fromEntries([...inputs, ...texts].map(([, name = '', value = '']) => [name, value]))
}

async function toPerson(page: Page) {
  await page.goto(`${pandu.origin}/ask`)
  await page.locator('#text').fill(PROBLEM)
  await page.locator('#province').selectOption('63')
  await page.getByRole('button', { name: 'Lanjut' }).click()
  await page.getByLabel('Nama Anda').fill('Siti Contoh')
  await page.getByLabel('Alamat surel (email)').fill(`tepi-${process.pid}-${++people}@contoh.test`)
  await page.getByLabel('Saya setuju').check()
}

test('whoever sets only the port gets links and a door at it, by any name of this machine', async ({ page }) => {
  expect(await pandu.setup_link).toContain(`http://localhost:${pandu.port}/setup/`)
  await page.goto(`http://127.0.0.1:${pandu.port}/`)
  await page.locator('#text').fill(PROBLEM)
  await page.getByRole('button', { name: 'Lanjut' }).click()
  await expect(page.locator('#text')).toHaveValue(PROBLEM)
})

test('a form without its cookie comes back whole, and the second time it is taken', async () => {
  const send = (browser: APIRequestContext, form: Record<string, string>) => browser.post('/ask?/next', { form })
  const browser = await textBrowser()
  const first = await send(browser, { text: PROBLEM, province: '63', form_token: 'lama' })
  expect(first.status()).toBe(403)
  const kept = fieldsIn(await first.text())
  expect(kept['text']).toBe(PROBLEM)
  const second = await send(browser, kept)
  expect(second.status()).toBe(200)
  expect(await second.text()).toContain('Nama Anda')
  // The token is worth nothing to another browser: nobody can be made to send what somebody else prepared.
  const other = await textBrowser()
  expect((await send(other, kept)).status()).toBe(403)
  await Promise.all([browser.dispose(), other.dispose()])
})

test('files over every limit cost nobody what they typed', async ({ page }) => {
  await toPerson(page)
  const huge = { name: 'besar.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(30 * 1024 * 1024) }
  await page.locator('#files').setInputFiles(huge)
  await page.getByRole('button', { name: 'Kirim permintaan' }).click()
  await expect(page.getByRole('alert')).toContainText('seluruhnya paling besar 18 MB')
  await expect(page.getByLabel('Nama Anda')).toHaveValue('Siti Contoh')
  await expect(page.getByLabel('Saya setuju')).toBeChecked()
  await page.getByRole('button', { name: 'Kirim permintaan' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Permintaan Anda sudah kami terima')

  await page.goto(page.url().replace(/\?.*/, ''))
  await page.locator('#answer').fill('Ini fotonya.')
  await page.locator('#files').setInputFiles(huge)
  await page.getByRole('button', { name: 'Kirim pesan' }).click()
  await expect(page.getByRole('alert')).toContainText('seluruhnya paling besar 18 MB')
  await expect(page.locator('#answer')).toHaveValue('Ini fotonya.')
})

test('what cannot be read or comes from elsewhere is refused in words', async () => {
  const browser = await textBrowser()
  const origin = pandu.origin
  const post = async (headers: Record<string, string>, data: string) => {
    const answer = await browser.post('/ask?/next', { headers, data })
    return `${answer.status()} ${/<h1>([^<]*)/.exec(await answer.text())?.[1]}`
  }
  const unreadable = '400 Kiriman ini tidak dapat dibaca'
  expect(await post({ origin, 'content-type': 'multipart/form-data' }, 'halo')).toBe(unreadable)
  expect(await post({ origin, 'content-type': 'multipart/form-data; boundary=b' }, '--b\r\nhalo')).toBe(unreadable)
  expect(await post({ origin, 'content-type': 'text/plain' }, 'text=halo')).toBe(unreadable)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const foreign = '403 Kiriman ini tidak kami terima'
  for (const elsewhere of ['https://asing.test', 'garbage', 'http://localhost:1'])
    expect(await post({ ...form, origin: elsewhere }, 'text=halo')).toBe(foreign)
  expect(await post({ ...form, 'sec-fetch-site': 'cross-site' }, 'text=halo')).toBe(foreign)
  await expect.poll(() => pandu.log).toMatch(/no origin.*correct PANDU_ORIGIN/)
  await browser.dispose()
})

test('a refused answer stays on the page when its box is gone', async ({ page }) => {
  await toPerson(page)
  await page.getByRole('button', { name: 'Kirim permintaan' }).click()
  const address = page.url().replace(/\?.*/, '')
  const answer = await page.request.post(`${address}?/not_solved`, {
    form: { not_solved: 'Masih berkedip oranye.' },
    headers: { accept: 'text/html', origin: pandu.origin },
  })
  expect(answer.status()).toBe(409)
  expect(await answer.text()).toMatch(/<textarea[^>]*readonly[^>]*>Masih berkedip oranye\.<\/textarea>/)
})

test('an organisation of the list is found by a part of its name; NUL in an address finds what is left', async ({
  page,
  browser,
}) => {
  const staff = await browser.newPage({ ...noScript, baseURL: pandu.origin, locale: 'id-ID' })
  await staff.goto(await pandu.setup_link)
  await staff.getByLabel('Nama lengkap').fill('Petugas Contoh')
  await staff.getByLabel('Alamat surel').fill('petugas@contoh.test')
  await staff.getByLabel('Kata sandi baru').fill(PASSWORD)
  await staff.getByLabel('Ketik sekali lagi').fill(PASSWORD)
  await staff.getByRole('button', { name: 'Buat akun dan masuk' }).click()
  await expect(staff).toHaveURL(/\/desk/)
  await staff.goto('/desk/organisations')
  await staff.locator('main summary').click()
  await staff.locator('#name').fill('Dinas Kesehatan Contoh')
  await staff.locator('main form[method=post] button').click()
  await expect(staff.locator('main')).toContainText('Dinas Kesehatan Contoh')
  for (const path of ['/desk', '/desk/people', '/desk/organisations', '/desk/settings/regions'])
    expect((await staff.goto(`${path}?query=%00&cursor=%00&province=%00&code=%00`))?.status(), path).toBeLessThan(500)
  for (const path of ['/pages/%00', '/desk/tickets/%00', '/follow/%00'])
    expect((await staff.goto(path))?.status(), path).toBe(404)
  await staff.goto('/desk/settings/operator')
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  await staff.locator('input[name=logo]').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: png })
  await staff.locator('main form[enctype] button').first().click()
  await staff.goto('/')
  const logo = await staff.locator('img[src^="/logo/"]').getAttribute('src')
  await staff.close()
  // A shared cache would hand one person's cookie to everybody.
  const newcomer = await textBrowser()
  const { 'cache-control': kept, 'set-cookie': cookie } = (await newcomer.get(logo ?? '')).headers()
  expect([kept, cookie]).toEqual([expect.stringMatching(/^public/), undefined])
  await newcomer.dispose()

  await toPerson(page)
  await page.getByLabel('Wakil instansi atau lembaga').check()
  await page.getByLabel('Nama instansi atau lembaga').fill('kesehatan con')
  await page.getByRole('button', { name: 'Cari di daftar kami' }).click()
  await expect(page.getByLabel('Lainnya: pakai yang saya tulis')).toBeChecked()
  await page.getByLabel('Dinas Kesehatan Contoh').check()
  await expect(page.getByLabel('Nama Anda')).toHaveValue('Siti Contoh')
  // Enter sends, it does not look up again.
  await page.getByLabel('Nama Anda').press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Permintaan Anda sudah kami terima')
  // Known to the directory, so it is not told as text.
  await expect(page.locator('.messages .words').first()).not.toContainText('kesehatan con')

  await toPerson(page)
  await page.getByLabel('Wakil instansi atau lembaga').check()
  await page.getByLabel('Nama instansi atau lembaga').fill('Balai yang tidak ada')
  await page.getByRole('button', { name: 'Cari di daftar kami' }).click()
  await expect(page.getByRole('status')).toContainText('Tidak ada di daftar kami')
  await page.getByRole('button', { name: 'Kirim permintaan' }).click()
  await expect(page.locator('dl.pairs')).toContainText('Balai yang tidak ada')
})
