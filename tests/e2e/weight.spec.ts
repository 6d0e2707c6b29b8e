/** What the public pages cost on a bad line: HTML and CSS in the first round trip, at most three requests, no script at all. */
import { expect, test } from './pandu.ts'
import { PAGE_REQUESTS_MAX, PAGE_WEIGHT_MAX_BYTES, weigh } from './weight.ts'

const PATHS = [
  '/',
  '/ask',
  '/follow',
  '/directory',
  '/directory/coverage',
  '/pages/tentang',
  '/pages/privasi',
  '/pages/aksesibilitas',
]

for (const path of PATHS) {
  for (const language of ['id', 'en']) {
    test(`${path} (${language}) is light`, async ({ pandu }) => {
      const weight = await weigh(pandu.origin, path, { cookie: `language=${language}` })
      const told = JSON.stringify(weight.parts)
      expect(weight.html_bytes + weight.css_bytes, told).toBeLessThanOrEqual(PAGE_WEIGHT_MAX_BYTES)
      expect(weight.requests, told).toBeLessThanOrEqual(PAGE_REQUESTS_MAX)
      expect(
        weight.parts.map(({ status }) => status),
        told,
      ).toEqual(weight.parts.map(() => 200))
      expect(weight.css_bytes, told).toBeGreaterThan(0)
    })
  }
}

test('the follow page and the second step of asking are light and carry no script', async ({ page, pandu }) => {
  await page.goto('/ask')
  await page.locator('#text').fill('Pencetak tidak menyala. '.repeat(100))
  await page.locator('#province').selectOption('35')
  const [second] = await Promise.all([
    page.waitForResponse(/\/ask/),
    page.getByRole('button', { name: 'Lanjut' }).click(),
  ])
  expect((await second.request().sizes()).responseBodySize).toBeLessThanOrEqual(PAGE_WEIGHT_MAX_BYTES)
  expect(await page.locator('script').count()).toBe(0)
  await page.getByLabel('Nama Anda').fill('Siti Contoh')
  await page.getByLabel('Alamat surel (email)').fill(`berat-${process.pid}@contoh.test`)
  await page.getByLabel('Saya setuju').check()
  await page.getByRole('button', { name: 'Kirim permintaan' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Permintaan Anda sudah kami terima')
  const weight = await weigh(pandu.origin, new URL(page.url()).pathname)
  expect(weight.html_bytes + weight.css_bytes).toBeLessThanOrEqual(PAGE_WEIGHT_MAX_BYTES)
  expect(weight.requests).toBeLessThanOrEqual(PAGE_REQUESTS_MAX)
  expect(await page.locator('script').count()).toBe(0)
})
