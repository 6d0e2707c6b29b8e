/** Somebody writes by SMS: the composer counts what an answer takes and costs, too long is refused with the words kept, and the report is seen. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkPage } from './axe.ts'
import { expect, startPandu, test, type RunningPandu } from './pandu.ts'

const PASSWORD = 'jembatan biru di atas sungai'
const NUMBER = '+6281234567890'

/** As Kannel's sendsms: takes every text, and tells at once that it arrived. */
let kannel: Server
const sent: { to: string; text: string }[] = []
let pandu: RunningPandu

test.beforeAll(async () => {
  test.setTimeout(180_000)
  kannel = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://kannel')
    const told = (name: string) => url.searchParams.get(name) ?? String(request.headers[`x-kannel-${name}`] ?? '')
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      sent.push({ to: told('to'), text: url.searchParams.get('text') ?? Buffer.concat(chunks).toString() })
      response.writeHead(202).end('0: Accepted for delivery')
      const report = told('dlr-url')
        .replace('%d', '1')
        .replaceAll(/%[A-Za-z]/g, '')
      if (report) void fetch(report).catch(() => undefined)
    })
  })
  await new Promise<void>((resolve) => kannel.listen(0, '127.0.0.1', resolve))
  const { port } = kannel.address() as AddressInfo
  pandu = await startPandu({
    env: { PANDU_SMS_GATEWAY: `kannel:http://pandu:rahasia@127.0.0.1:${port}/cgi-bin/sendsms#name=satu&cost=210` },
  })
})
test.afterAll(async () => {
  await pandu?.stop()
  await new Promise((resolve) => kannel?.close(resolve))
})

test('an SMS is answered by SMS: counted while it is typed, refused when too long, delivered as reported', async ({
  browser,
}) => {
  const page = await (await browser.newContext({ locale: 'id-ID', viewport: { width: 360, height: 800 } })).newPage()
  await page.goto(await pandu.setup_link)
  await page.getByLabel('Nama lengkap').fill('Petugas SMS Contoh')
  await page.getByLabel('Alamat surel').fill('petugas.sms@contoh.test')
  await page.getByLabel('Kata sandi baru').fill(PASSWORD)
  await page.getByLabel('Ketik sekali lagi').fill(PASSWORD)
  await page.getByRole('button', { name: 'Buat akun dan masuk' }).click()
  await expect(page).toHaveURL(/\/desk/)

  await page.goto(`${pandu.origin}/desk/settings/channels#sms`)
  await expect(page.getByText('melayani semua nomor')).toBeVisible()
  await page.getByLabel('Nomor Anda sendiri').fill('0812 9999 8888')
  await page.getByRole('button', { name: 'Kirim SMS percobaan' }).click()
  // A reload before the page answers would take the form back.
  await expect(page.locator('#sms-tried')).toBeVisible()
  await expect
    .poll(async () => (await page.reload(), page.locator('#sms-tried').innerText()), { timeout: 30_000 })
    .toContain('Sampai')
  expect(sent.find(({ to }) => to === '+6281299998888')?.text).toMatch(/^Percobaan dari /)
  await checkPage(page, { label: 'channels with an SMS gateway' })

  const asked = new URLSearchParams({
    from: NUMBER,
    to: '1500',
    text: 'Pencetak kantor kami mati sejak kemarin, mohon bantuan',
    id: 'a1',
    coding: '0',
    charset: 'UTF-8',
    time: '2026-11-22 08:00:00',
  })
  expect((await fetch(`${pandu.origin}/channels/sms/kannel/satu?${String(asked)}`)).status).toBe(200)
  await expect
    .poll(async () => (await page.goto(`${pandu.origin}/desk`), page.getByText('Pencetak kantor kami').count()), {
      timeout: 60_000,
    })
    .toBeGreaterThan(0)
  await page.getByRole('link', { name: /Pencetak kantor kami/ }).click()

  const words = page.getByLabel('Balasan kepada pemohon')
  const ways = page.locator('#reply-ways')
  await expect(ways).toContainText(`Dijawab lewat SMS ke ${NUMBER}.`)
  await expect(ways).toContainText('paling banyak 4 bagian')
  await words.fill('Coba lepas kabelnya sepuluh detik.')
  await expect(ways).toContainText(/1 bagian, sisa \d+ huruf\. Biaya Rp210/)
  await checkPage(page, { label: 'ticket of somebody who wrote by SMS' })

  const long = 'Silakan matikan pencetak, tunggu satu menit, lalu nyalakan lagi. '.repeat(15).trim()
  await words.fill(long)
  await expect(ways).toContainText(/Terlalu panjang: \d+ bagian/)
  await page.getByRole('button', { name: 'Kirim dan tunggu pemohon' }).click()
  await expect(page.getByRole('link', { name: /Terlalu panjang untuk SMS/ })).toBeVisible()
  await expect(words).toHaveValue(long)

  await words.fill('“Coba” lepas kabelnya sepuluh detik…')
  await page.getByRole('button', { name: 'Kirim dan tunggu pemohon' }).click()
  await expect(page.getByRole('status').first()).toContainText('keluar dalam 15 detik')
  await expect
    .poll(async () => (await page.reload(), page.locator('.deliveries').last().innerText()), { timeout: 60_000 })
    .toMatch(new RegExp(`\\${NUMBER}:\\s*Sampai`))
  expect(sent.at(-1)).toMatchObject({
    to: NUMBER,
    text: expect.stringMatching(/^"Coba" lepas kabelnya sepuluh detik\.\.\./),
  })
  await page.locator('.deliveries a').last().click()
  await expect(page.getByText('penerima menerimanya')).toBeVisible()
  await checkPage(page, { label: 'an SMS in the outbox' })
  await page.context().close()
})
