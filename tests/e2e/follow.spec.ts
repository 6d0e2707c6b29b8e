/** The page behind the secret link, as the requester uses it, in a browser without scripts. */
import type { Page } from '@playwright/test'
import { expect, noScript, test } from './pandu.ts'
import { shoot } from './screenshots.ts'

test.use(noScript)

let people = 0

/** Asks for help and answers the address of the follow page. */
async function ask(page: Page): Promise<string> {
  await page.goto('/ask')
  await page.locator('#text').fill('Layar hitam setelah pembaruan.')
  await page.locator('#province').selectOption('none')
  await page.getByRole('button', { name: 'Lanjut' }).click()
  await page.getByLabel('Nama Anda').fill('Siti Contoh')
  await page.getByLabel('Alamat surel (email)').fill(`pengikut-${process.pid}-${++people}@contoh.test`)
  await page.getByLabel('Saya setuju').check()
  await page.getByRole('button', { name: 'Kirim permintaan' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Permintaan Anda sudah kami terima')
  return page.url().replace(/\?.*/, '')
}

const state = (page: Page) => page.getByRole('heading', { level: 1 })

test('who holds it, by when, and what happened stand in plain words', async ({ page }) => {
  await page.goto(await ask(page))
  await expect(state(page)).toContainText('menunggu dibaca petugas')
  await expect(page.locator('.pairs')).toContainText(/Dipegang oleh\s*Sekretariat.*sejak \w{3} \d+/s)
  await expect(page.locator('.pairs')).toContainText(/Jawaban paling lambat\s*\w{3} \d+ \w{3} \d{4} \d\d\.\d\d WIB/)
  await expect(page.locator('.history')).toContainText('Permintaan diterima')
  await shoot(page, 'follow')
})

test('the page that is made past SvelteKit says what SvelteKit’s own says, and what changed stands there at once', async ({
  page,
  request,
}) => {
  const address = await ask(page)
  // SvelteKit answers whatever has a query; its own words are in the links to the other language.
  const whole = async (query = '') => {
    const answer = await request.get(address + query)
    const html = await answer.text()
    const { 'content-security-policy': policy, 'cache-control': cache, 'referrer-policy': referrer } = answer.headers()
    const text = html
      .replace(/<!--.*?-->/gs, '')
      .replace(/\s*([<>])\s*/g, '$1')
      .replace(/name="form_id" value="[^"]*"/, '')
      .replaceAll('asked=1&amp;', '')
    return { text, policy, cache, referrer, robots: answer.headers()['x-robots-tag'] }
  }
  const asked = await whole('?asked=1')
  expect(asked.text).toContain('menunggu dibaca petugas')
  expect(await whole()).toEqual(asked)

  await page.goto(`${address}?withdraw`)
  await page.getByRole('button', { name: 'Ya, batalkan' }).click()
  const withdrawn = await whole()
  expect(withdrawn.text).not.toContain('menunggu dibaca petugas')
  expect(withdrawn).toEqual(await whole('?asked=1'))
})

test('a message with a file: shown once however often it is posted; the file is saved, never opened', async ({
  page,
}) => {
  const address = await ask(page)
  await page.goto(address)
  await page.getByRole('button', { name: 'Kirim pesan' }).click()
  await expect(page.getByRole('alert')).toContainText('Tulis pesan Anda, atau pilih lampiran.')

  await page.locator('#answer').fill('Lampunya berkedip.')
  await page
    .locator('#files')
    .setInputFiles({ name: 'halaman.html', mimeType: 'text/html', buffer: Buffer.from('<script>1</script>') })
  await page.getByRole('button', { name: 'Kirim pesan' }).click()
  await expect(page.getByRole('status')).toHaveText('Pesan Anda sudah kami terima.')
  await expect(page.locator('.messages > li')).toHaveCount(2)

  const form_id = await page.locator('input[name=form_id]').inputValue()
  const post = () =>
    page.request.post(`${address}?/answer`, {
      multipart: { form_id, answer: 'Dikirim dua kali.' },
      headers: { accept: 'text/html', origin: new URL(address).origin },
    })
  await Promise.all([post(), post()])
  await page.goto(address)
  await expect(page.locator('.messages > li')).toHaveCount(3)

  const link = await page.getByRole('link', { name: 'halaman.html' }).getAttribute('href')
  const file = await page.request.get(link ?? '')
  expect(await file.text()).toBe('<script>1</script>')
  expect(file.headers()).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': expect.stringMatching(/^attachment/),
    'content-security-policy': "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, no-store',
  })
  const other = await ask(page)
  const foreign = `${new URL(other).pathname}/files/${link?.split('/').at(-1)}`
  expect((await page.request.get(foreign)).status()).toBe(404)
})

test('withdrawing asks first, and writing again takes the request up again', async ({ page }) => {
  await page.goto(await ask(page))
  await page.getByRole('link', { name: 'Batalkan permintaan' }).click()
  await expect(state(page)).toContainText('menunggu dibaca petugas')
  await page.getByRole('link', { name: 'Tidak, lanjutkan' }).click()
  await page.getByRole('link', { name: 'Batalkan permintaan' }).click()
  await page.getByRole('button', { name: 'Ya, batalkan' }).click()
  await expect(page.getByRole('status')).toHaveText('Permintaan Anda sudah dibatalkan.')
  await expect(state(page)).toHaveText('Permintaan ini dibatalkan atas keinginan Anda.')
  await expect(page.getByRole('link', { name: 'Batalkan permintaan' })).toHaveCount(0)

  await page.locator('#answer').fill('Ternyata masih perlu bantuan.')
  await page.getByRole('button', { name: 'Kirim pesan' }).click()
  await expect(state(page)).toHaveText('Permintaan Anda sedang dikerjakan.')
  await expect(page.locator('.history')).toContainText('Permintaan dibuka kembali')
})

test('what the state does not allow is refused in words and changes nothing', async ({ page }) => {
  const address = await ask(page)
  const post = (action: string, form: Record<string, string> = {}) =>
    page.request.post(`${address}?/${action}`, {
      form,
      headers: { accept: 'text/html', origin: new URL(address).origin },
    })
  for (const answer of [await post('not_solved', { not_solved: 'Belum' }), await post('rate', { score: '5' })]) {
    expect(answer.status()).toBe(409)
    expect(await answer.text()).toContain('role="alert"')
  }
  expect((await post('rate', { score: '6' })).status()).toBe(422)
  await page.goto(address)
  await expect(state(page)).toContainText('menunggu dibaca petugas')
})

test('from another site nobody can post into it', async ({ page }) => {
  const address = await ask(page)
  const answer = await page.request.post(`${address}?/withdraw`, {
    form: {},
    headers: { origin: 'https://asing.test' },
  })
  expect(answer.status()).toBe(403)
  await page.goto(address)
  await expect(state(page)).toContainText('menunggu dibaca petugas')
})
