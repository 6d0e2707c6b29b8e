/** Asking for help on the public pages, in a browser without scripts. */
import type { Page } from '@playwright/test'
import { expect, noScript, test } from './pandu.ts'
import { shoot } from './screenshots.ts'

test.use(noScript)

const PROBLEM = 'Pencetak di ruang pelayanan tidak menyala lagi setelah pindah ke Linux.\nLampunya berkedip oranye.'
// Each test has a person of its own: acknowledgements to one address are limited.
let people = 0
const somebody = () => `pemohon-${process.pid}-${++people}@contoh.test`

async function writeProblem(page: Page, { text = PROBLEM, province = '63' } = {}) {
  await page.goto('/ask')
  await page.locator('#text').fill(text)
  await page.getByLabel('Bantuan atau saran gratis').check()
  await page.locator('#province').selectOption(province)
  await page.getByRole('button', { name: 'Lanjut' }).click()
}

async function writePerson(page: Page, { email = somebody() } = {}) {
  await page.getByLabel('Nama Anda').fill('Siti Contoh')
  await page.getByLabel('Alamat surel (email)').fill(email)
  await page.getByLabel('Saya setuju').check()
}

const send = (page: Page) => page.getByRole('button', { name: 'Kirim permintaan' }).click()
const numberOn = (page: Page) => page.locator('.number').first().innerText()

test('from the front page to a number, and by when to expect an answer', async ({ page, mails }) => {
  const email = somebody()
  await page.goto('/')
  await shoot(page, 'home')
  await page.getByLabel('Apa masalah Anda?').fill(PROBLEM)
  await page.getByRole('button', { name: 'Lanjut' }).click()
  await expect(page.locator('#text')).toHaveValue(PROBLEM)
  await page.locator('#province').selectOption('63')
  await page.getByRole('button', { name: 'Lanjut' }).click()

  await page.getByLabel('Wakil instansi atau lembaga').check()
  await page.getByLabel('Nama instansi atau lembaga').fill('Dinas Kesehatan Contoh')
  await writePerson(page, { email })
  await page
    .locator('#files')
    .setInputFiles({ name: 'foto layar.txt', mimeType: 'text/plain', buffer: Buffer.from('isi berkas contoh') })
  await shoot(page, 'ask-person')
  await send(page)

  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Permintaan Anda sudah kami terima')
  const number = await numberOn(page)
  expect(number).toMatch(/^\d{6,}$/)
  await expect(page.getByRole('status')).toContainText(/jawaban paling lambat \w{3} \d+ \w{3} \d{4} \d\d\.\d\d WIB/)
  await expect(page.locator('.messages .words').first()).toContainText(PROBLEM)
  await expect(page.locator('dl.pairs')).toContainText('Dinas Kesehatan Contoh')
  await shoot(page, 'received')

  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'foto layar.txt' }).click()
  expect((await download).suggestedFilename()).toBe('foto layar.txt')

  const mail = await mails.waitFor(({ to }) => to.includes(email))
  expect(mail.subject).toContain(`[#${number}]`)
})

test('the regencies of the chosen province come with the second step', async ({ page }) => {
  await writeProblem(page, { province: '63' })
  const offered = await page.locator('#regency option').allInnerTexts()
  expect(offered).toHaveLength(14)
  expect(offered.join()).toContain('Banjar')
  await page.getByRole('button', { name: 'Kembali' }).click()
  await page.locator('#province').selectOption('none')
  await page.getByRole('button', { name: 'Lanjut' }).click()
  await expect(page.locator('#regency')).toHaveCount(0)
  await expect(page.getByLabel('Nama Anda')).toBeVisible()
})

test('an error names its field and loses no word, and so does going back', async ({ page }) => {
  await page.goto('/ask')
  await page.locator('#text').fill(PROBLEM)
  await page.getByRole('button', { name: 'Lanjut' }).click()
  await expect(page.getByRole('alert')).toContainText('Pilih provinsi Anda.')
  await expect(page.locator('#province')).toHaveAttribute('aria-invalid', 'true')
  await expect(page.locator('#province')).toHaveAccessibleDescription(/Pilih provinsi Anda/)
  await expect(page.locator('#text')).toHaveValue(PROBLEM)
  await page.locator('#province').selectOption('63')
  await page.getByRole('button', { name: 'Lanjut' }).click()

  await page.getByLabel('Nama Anda').fill('Siti Contoh')
  await page.getByLabel('Alamat surel (email)').fill('siti(at)contoh')
  await page.locator('#regency').selectOption({ index: 2 })
  await send(page)
  await expect(page.getByRole('alert')).toContainText('Belum tersimpan')
  await expect(page.getByRole('alert').getByRole('link')).toHaveCount(2)
  await expect(page.getByLabel('Nama Anda')).toHaveValue('Siti Contoh')
  await expect(page.getByLabel('Alamat surel (email)')).toHaveValue('siti(at)contoh')
  await expect(page.locator('#regency')).not.toHaveValue('')
  await expect(page.locator('blockquote')).toHaveText(PROBLEM)
  await shoot(page, 'ask-faults')

  await page.getByRole('button', { name: 'Kembali' }).click()
  await expect(page.locator('#text')).toHaveValue(PROBLEM)
  await page.getByRole('button', { name: 'Lanjut' }).click()
  await expect(page.getByLabel('Nama Anda')).toHaveValue('Siti Contoh')
})

test('too many or too large attachments are refused in words, and the text stays', async ({ page }) => {
  await writeProblem(page)
  await writePerson(page)
  await expect(page.locator('#files')).toHaveAccessibleDescription(/10 berkas.*18 MB/)
  const file = { name: 'contoh.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(19 * 1024 * 1024) }
  await page.locator('#files').setInputFiles(file)
  await send(page)
  await expect(page.getByRole('alert')).toContainText('seluruhnya paling besar 18 MB')
  await expect(page.getByLabel('Nama Anda')).toHaveValue('Siti Contoh')
  await page
    .locator('#files')
    .setInputFiles(Array.from({ length: 11 }, (_, i) => ({ ...file, name: `${i}.txt`, buffer: Buffer.from('isi') })))
  await send(page)
  await expect(page.getByRole('alert')).toContainText('paling banyak 10 berkas')
  await send(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Permintaan Anda sudah kami terima')
})

test('a form posted twice is one request', async ({ page }) => {
  await writeProblem(page)
  await writePerson(page)
  const fields = await page.locator('main form').locator('input, select').all()
  const form: Record<string, string> = {}
  for (const field of fields) {
    const [name, type] = [await field.getAttribute('name'), await field.getAttribute('type')]
    const chosen = type !== 'file' && (!/radio|checkbox/.test(type ?? '') || (await field.isChecked()))
    if (name && chosen) form[name] = await field.inputValue()
  }
  const post = () =>
    page.request.post('/ask?/send', {
      multipart: form,
      headers: { accept: 'text/html', origin: new URL(page.url()).origin },
    })
  const [first, second] = await Promise.all([post(), post()])
  const third = await post()
  const numbers = await Promise.all(
    [first, second, third].map(async (answer) => /class="number"[^>]*>(\d+)</.exec(await answer.text())?.[1]),
  )
  expect(numbers[0]).toMatch(/^\d+$/)
  expect(new Set(numbers).size).toBe(1)
})

test('a browser that sends no Origin posts with the form token; without it the text comes back', async ({ page }) => {
  await page.goto('/ask')
  const token = await page.locator('main input[name=form_token]').inputValue()
  const post = (form: Record<string, string>) =>
    page.request.post('/ask?/next', { form, headers: { accept: 'text/html' } })
  const good = await post({ form_token: token, text: PROBLEM, province: '63' })
  expect(await good.text()).toContain('Nama Anda')
  const stale = await post({ form_token: 'lama', text: PROBLEM, province: '63' })
  expect(stale.status()).toBe(403)
  expect(await stale.text()).toContain('Lampunya berkedip oranye.')
})

test('NUL bytes, markup and half characters are text like any other', async ({ page }) => {
  await writeProblem(page, { text: 'Rusak\u0000 <b>tebal</b> <script>alert(1)</script> \ud83d akhir' })
  await writePerson(page)
  await send(page)
  await expect(page.locator('.messages .words').first()).toContainText('<b>tebal</b> <script>alert(1)</script>')
})

test('in English the same pages speak English, and the choice stays', async ({ page }) => {
  await page.goto('/ask')
  await page.getByRole('button', { name: 'English' }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Ask for help')
  await page.goto('/follow')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Follow your request')
  await page.getByRole('link', { name: 'Bahasa Indonesia' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Lihat perkembangan permintaan Anda')
})

test('the other language keeps the step and everything that was typed', async ({ page }) => {
  await page.goto('/ask')
  await page.locator('#text').fill(PROBLEM)
  await page.getByRole('button', { name: 'English' }).click()
  await expect(page.locator('#text')).toHaveValue(PROBLEM)
  await page.locator('#province').selectOption('63')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Your name').fill('Siti Contoh')
  await page.getByRole('button', { name: 'Bahasa Indonesia' }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'id')
  await expect(page.getByLabel('Nama Anda')).toHaveValue('Siti Contoh')
  await expect(page.locator('blockquote')).toHaveText(PROBLEM)
  await writePerson(page)
  await send(page)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Permintaan Anda sudah kami terima')
})

test('a lost link gets the same answer for a known and an unknown address', async ({ page }) => {
  const email = somebody()
  await writeProblem(page)
  await writePerson(page, { email })
  await send(page)
  const answerFor = async (address: string) => {
    await page.goto('/follow')
    await page.getByLabel('Alamat surel').fill(address)
    await page.getByRole('button', { name: 'Kirim ulang tautan' }).click()
    await expect(page.getByRole('status')).toBeVisible()
    return page.locator('main').innerText()
  }
  expect(await answerFor(email)).toBe(await answerFor(somebody()))
})

test('forged, unknown and broken links get one page, that offers a new link', async ({ page }) => {
  const pages = []
  for (const token of ['a'.repeat(32), 'x', '%25_*', '..%2f..%2fask']) {
    const answer = await page.goto(`/follow/${token}`)
    expect(answer?.status()).toBe(404)
    pages.push(await page.locator('main').innerText())
  }
  expect(new Set(pages).size).toBe(1)
  await page.goto(`/follow/${'a'.repeat(32)}`)
  await page.getByLabel('Alamat surel').fill(somebody())
  await page.getByRole('button', { name: 'Kirim ulang tautan' }).click()
  await expect(page.getByRole('status')).toBeVisible()
})

test('the follow page is kept by nobody and passed on to nobody', async ({ page }) => {
  await writeProblem(page)
  await writePerson(page)
  await send(page)
  const headers = (await page.request.get(page.url())).headers()
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-robots-tag': 'noindex',
  })
})

test.describe('on a small screen', () => {
  test.use({ viewport: { width: 360, height: 740 } })
  test('nothing is wider than 360 px and every target is at least 44 px high', async ({ page }) => {
    const check = async (name: string) => {
      expect(await page.evaluate(() => document.documentElement.scrollWidth), name).toBeLessThanOrEqual(360)
      const low = await page.evaluate(() =>
        [...document.querySelectorAll('button, select, main input:not([type=hidden]), nav a')]
          .map((target) => ({
            text: target.outerHTML.slice(0, 80),
            height: (target.closest('.choice') ?? target).getBoundingClientRect().height,
          }))
          .filter(({ height }) => height > 0 && height < 44),
      )
      expect(low, name).toEqual([])
    }
    for (const path of ['/', '/follow', '/pages/privasi', '/tidak-ada']) {
      await page.goto(path)
      await check(path)
    }
    await writeProblem(page, { text: `${'Kementerianpendayagunaan'.repeat(12)} ${PROBLEM}` })
    await check('/ask, second step')
    await writePerson(page)
    await send(page)
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Permintaan Anda sudah kami terima')
    await check('/follow/[token]')
  })
})
