/** What a new installation sets before it opens: by an administrator on a telephone, in a browser without scripts. */
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { rmSync } from 'node:fs'
import type { Browser, Page } from '@playwright/test'
import { checkByTurns } from './axe.ts'
import { linkIn, sendMail } from './mail.ts'
import { expect, MAIL_DOMAIN, noScript, startPandu, test, type RunningPandu } from './pandu.ts'
import { shoot } from './screenshots.ts'

test.describe.configure({ mode: 'serial' })

const telephone = { ...noScript, viewport: { width: 360, height: 740 }, locale: 'id-ID' }
const PASSWORD = 'jembatan biru di atas sungai'
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

// A Pandu of its own: the first start happens once.
let pandu: RunningPandu
let page: Page
const session = join(tmpdir(), `pandu-settings-${process.pid}.json`)
const desks: { address: string } = { address: '' }

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  pandu = await startPandu()
  page = await (await browser.newContext(telephone)).newPage()
})
test.afterAll(async () => {
  await page.context().close()
  await pandu.stop()
  rmSync(session, { force: true })
})

const open = async (path: string) => {
  const response = await page.goto(pandu.origin + path)
  expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(360)
  return response
}
const save = () => page.getByRole('button', { name: 'Simpan', exact: true }).first().click()
const saved = () => expect(page.getByRole('status').first()).toHaveText('Tersimpan.')
const choosePassword = async (at: Page, button: string) => {
  await at.getByLabel('Kata sandi baru').fill(PASSWORD)
  await at.getByLabel('Ketik sekali lagi').fill(PASSWORD)
  await at.getByRole('button', { name: button }).click()
  await expect(at).toHaveURL(/\/desk/)
}

test('the first administrator is told what is still missing', async () => {
  await page.goto(await pandu.setup_link)
  await page.getByLabel('Nama lengkap').fill('Administrator Contoh')
  await page.getByLabel('Alamat surel').fill('administrator@contoh.test')
  await choosePassword(page, 'Buat akun dan masuk')
  await page.context().storageState({ path: session })
  await open('/desk/settings')
  await expect(page.getByRole('heading', { name: 'Yang masih perlu dilengkapi' })).toBeVisible()
  await page.getByRole('link', { name: 'Isi nama pengelola' }).click()
  await expect(page).toHaveURL(/\/desk\/settings\/operator/)
})

test('who runs this: its name and logo appear on the public home; what was typed survives a mistake', async () => {
  await open('/desk/settings/operator')
  await page.getByLabel('Nama lembaga').fill('Perkumpulan Contoh Nusantara')
  await page.getByLabel('Alamat surel').fill('bantuan@contoh')
  await save()
  await expect(page.getByRole('alert')).toContainText('Belum tersimpan')
  await expect(page.getByLabel('Nama lembaga')).toHaveValue('Perkumpulan Contoh Nusantara')
  await page.getByLabel('Alamat surel').fill('bantuan@contoh.test')
  await page
    .getByLabel('Unggah logo')
    .setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from('ini bukan gambar') })
  await save()
  await expect(page.getByRole('alert')).toContainText('bukan gambar')
  await page.getByLabel('Unggah logo').setInputFiles({ name: 'logo.txt', mimeType: 'text/plain', buffer: PNG })
  await save()
  await saved()

  await page.goto(`${pandu.origin}/`)
  await expect(page.locator('footer')).toContainText('Perkumpulan Contoh Nusantara')
  const logo = await page.locator('header img').getAttribute('src')
  const answer = await page.request.get(pandu.origin + logo)
  expect(answer.headers()['content-type']).toBe('image/png')
  expect(await answer.body()).toEqual(PNG)
  await open('/desk/settings')
  await expect(page.getByRole('link', { name: 'Isi nama pengelola' })).toHaveCount(0)
})

test('an information page is previewed, saved, read by the public, and its old text can be read again', async () => {
  await open('/desk/settings/pages/privasi')
  const text = page.getByLabel('Teks').first()
  const before = await text.inputValue()
  await text.fill('## Data Anda\n\nTeks contoh yang baru.')
  await page.getByRole('button', { name: 'Pratinjau' }).click()
  await expect(page.getByRole('status')).toContainText('Belum tersimpan')
  await expect(page.locator('.preview h2', { hasText: 'Data Anda' })).toBeVisible()
  await save()
  await saved()
  await page.goto(`${pandu.origin}/pages/privasi`)
  await expect(page.locator('main')).toContainText('Teks contoh yang baru.')
  await open('/desk/settings/pages/privasi')
  await page.getByRole('link', { name: /versi 1 · Bahasa Indonesia/ }).click()
  await expect(page.locator('.preview')).toContainText(before.slice(0, 60))
})

test('a desk with an address, a region and hours of its own', async () => {
  await open('/desk/settings/desks/new')
  await page.getByLabel('Nama meja layanan').fill('Meja Kalimantan Selatan (contoh)')
  await page.getByLabel(/Alamat surel/).fill('Bukan Alamat!')
  await page.getByLabel('Zona waktu').selectOption('Asia/Makassar')
  await page.getByRole('button', { name: 'Tambah meja layanan' }).click()
  await expect(page.getByRole('alert')).toContainText('huruf kecil')
  await page.getByLabel(/Alamat surel/).fill('kalsel')
  await page.getByRole('button', { name: 'Tambah meja layanan' }).click()
  await expect(page).toHaveURL(/regions\?done=added/)
  desks.address = new URL(page.url()).pathname.replace(/\/regions$/, '')

  await page.getByRole('link', { name: /Kalimantan Selatan/ }).click()
  await page.getByLabel('Kabupaten Hulu Sungai Tengah').check()
  await save()
  await saved()
  await expect(page.locator('main')).toContainText('Sekarang: Kabupaten Hulu Sungai Tengah')

  await open(`${desks.address}/hours`)
  await page.getByLabel('Sabtu, buka, rentang 1').fill('9')
  await page.getByLabel('Sabtu, tutup, rentang 1').fill('8.30')
  await save()
  await expect(page.getByRole('alert')).toContainText('Jam tutup harus sesudah jam buka')
  await page.getByLabel('Sabtu, tutup, rentang 1').fill('11.30')
  await save()
  await saved()
  await expect(page.getByLabel('Sabtu, tutup, rentang 1')).toHaveValue('11:30')
})

test('an agent is invited by mail, chooses a password, works at that desk, and sets nothing but their own account', async ({
  browser,
}) => {
  const agent = await invite(browser, { name: 'Petugas Contoh', email: 'petugas@contoh.test', role: 'agent' })
  await agent.goto(`${pandu.origin}/desk`)
  await agent.goto(`${pandu.origin}/desk/settings`)
  await expect(agent.locator('nav.places a')).toHaveText(['Pengaturan', 'Akun Anda'])
  expect((await agent.goto(pandu.origin + desks.address))?.status()).toBe(404)
  await agent.context().close()
})

test("a desk's coordinator sets the hours of the own desk and nothing else", async ({ browser }) => {
  const coordinator = await invite(browser, {
    name: 'Koordinator Contoh',
    email: 'koordinator@contoh.test',
    role: 'coordinator',
  })
  await coordinator.goto(`${pandu.origin}/desk/settings/desks`)
  await expect(coordinator.locator('main .rows > li')).toHaveCount(1)
  await coordinator.goto(pandu.origin + desks.address)
  await expect(coordinator.getByLabel('Nama meja layanan')).toHaveCount(0)
  await coordinator.getByLabel('Menerima permintaan baru').uncheck()
  await coordinator.getByRole('button', { name: 'Simpan' }).click()
  await expect(coordinator.getByRole('status').first()).toHaveText('Tersimpan.')
  for (const path of ['/desk/settings/operator', '/desk/settings/people', `${desks.address}/members`])
    expect((await coordinator.goto(pandu.origin + path))?.status(), path).toBe(403)
  await coordinator.context().close()
})

test('a holiday moves the expected answer that "try it" shows', async () => {
  const reckon = async () => {
    await open('/desk/settings/answer-times')
    await page.getByLabel('Ditanyakan pada tanggal').fill('2026-06-08')
    await page.getByLabel('Pukul (waktu meja layanan)').fill('10:00')
    await page.getByLabel('Di meja layanan').selectOption({ label: 'Sekretariat' })
    await page.getByRole('button', { name: 'Hitung' }).click()
    return page.getByRole('status')
  }
  // Sixteen working hours of seven a day: five on Monday, seven on Tuesday, four on Wednesday.
  await expect(await reckon()).toContainText('Rab 10 Jun 2026 12.00 WIB')

  await open('/desk/settings/holidays?year=2026')
  await page.getByLabel('Tanggal', { exact: true }).fill('2026-06-09')
  await page.getByLabel('Nama hari libur').fill('Libur contoh')
  await page.getByLabel('Dasar keputusan').fill('Keputusan contoh')
  await save()
  await saved()
  await expect(await reckon()).toContainText('Kam 11 Jun 2026 12.00 WIB')
  await expect(page.locator('table.sum')).toContainText('Libur nasional: Libur contoh')

  await open('/desk/settings/holidays?year=2026')
  await page.getByRole('button', { name: /Libur contoh/ }).click()
  await expect(page.getByRole('status')).toHaveText('Sudah dihapus dari daftar.')
  await expect(await reckon()).toContainText('Rab 10 Jun 2026 12.00 WIB')
})

test('answer times, topics and names of places are changed; the urgency of new requests cannot be switched off', async () => {
  await open('/desk/settings/answer-times')
  await page.getByLabel(/Jam kerja untuk Tinggi, Web/).fill('enam')
  await save()
  await expect(page.getByRole('alert')).toContainText('jumlah jam')
  await page.getByLabel(/Jam kerja untuk Tinggi, Web/).fill('1,5')
  await save()
  await saved()
  await expect(page.getByLabel(/Jam kerja untuk Tinggi, Web/)).toHaveValue('1,5')

  await open('/desk/settings/topics')
  await page.getByLabel('Kode', { exact: true }).fill('contoh-topik')
  await page.getByLabel('Nama (Indonesia)').fill('Topik contoh')
  await page.getByLabel('Nama (Inggris)').fill('Example topic')
  await page.getByRole('button', { name: 'Tambahkan' }).click()
  await expect(page.getByRole('status')).toHaveText('Sudah ditambahkan.')
  await page.getByRole('button', { name: /Nonaktifkan.*Topik contoh/ }).click()
  await saved()
  await expect(page.getByRole('row', { name: /Topik contoh/ })).toContainText('nonaktif')

  await open('/desk/settings/urgencies')
  await page.getByRole('button', { name: /Nonaktifkan.*Sedang/ }).click()
  await expect(page.getByRole('alert')).toContainText('tidak dapat dinonaktifkan')

  await open('/desk/settings/regions?province=63')
  await page.getByRole('link', { name: /Ubah nama.*Kabupaten Hulu Sungai Tengah/ }).click()
  await page.getByLabel('Nama wilayah 63.07').fill('Kab. Hulu Sungai Tengah')
  await save()
  await saved()
  await expect(page.locator('main')).toContainText('Kab. Hulu Sungai Tengah')
})

test('a test mail goes the way of every mail, and no secret is shown', async () => {
  await open('/desk/settings/installation')
  await expect(page.locator('main')).toContainText('PostgreSQL')
  await page.getByRole('button', { name: 'Kirim surel percobaan' }).click()
  const mail = await pandu.mails.waitFor(
    (one) => one.to.includes('administrator@contoh.test') && /percobaan/.test(one.subject),
  )
  expect(mail.text).toContain('pengiriman surel berfungsi')
  await expect(async () => {
    await page.reload()
    await expect(page.getByRole('status')).toContainText('Diterima oleh server surel keluar', { timeout: 1_000 })
  }).toPass()
})

test('a token is shown once, and ends when it is revoked', async () => {
  await open('/desk/settings/tokens')
  await expect(page.locator('main')).toContainText('Belum ada kunci yang berlaku')
  await page.getByRole('link', { name: 'Buat kunci' }).click()
  await page.getByLabel('Untuk apa').fill('Aplikasi antrean (contoh)')
  await page.getByLabel('Berlaku berapa hari').fill('0')
  await page.getByRole('button', { name: 'Buat kunci' }).click()
  await expect(page.getByRole('alert')).toContainText('Belum tersimpan')
  await page.getByLabel('Berlaku berapa hari').fill('30')
  await page.getByRole('button', { name: 'Buat kunci' }).click()
  await expect(page.getByRole('status')).toContainText('Salin sekarang')
  await shoot(page, 'token-made')
  const token = (await page.getByRole('status').locator('code').textContent())!
  const ask = () =>
    page.request.get(`${pandu.origin}/api/v1/tickets`, { headers: { authorization: `Bearer ${token}` } })
  expect((await ask()).status()).toBe(200)
  await open('/desk/settings/tokens')
  await expect(page.locator('main')).not.toContainText(token)
  await page.getByRole('button', { name: /Cabut/ }).click()
  await expect(page.getByRole('status')).toContainText('dicabut')
  expect((await ask()).status()).toBe(401)
})

test('two rows of one person become one by keyboard, and two again', async () => {
  const address = 'siti.contoh@contoh.test'
  for (const name of ['Siti Contoh', 'Bu Siti Rahma Contoh'])
    await sendMail(pandu.smtp_port, {
      from: `${name} <${address}>`,
      to: `helpdesk@${MAIL_DOMAIN}`,
      subject: `Pencetak mati (${name})`,
      text: 'Pencetak kami mati.',
    })
  await expect(async () => {
    await open('/desk/settings/duplicates')
    await expect(page.getByRole('link', { name: /Siti.*↔/ })).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await shoot(page, 'duplicates')
  await page.getByRole('link', { name: /Siti.*↔/ }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Satu orang atau dua?' })).toBeVisible()
  await shoot(page, 'duplicates-compare')
  await page.getByRole('radio').first().focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status')).toContainText('Sudah digabungkan')
  await page.locator('main li a[href^="/desk/people/"]').first().click()
  await expect(page.locator('main')).toContainText('Pencetak mati (Siti Contoh)')
  await expect(page.locator('main')).toContainText('Pencetak mati (Bu Siti Rahma Contoh)')
  await open('/desk/settings/duplicates')
  await page.getByRole('button', { name: /Pisahkan kembali/ }).click()
  await expect(page.getByRole('status')).toContainText('dipisahkan kembali')
  await expect(page.getByRole('link', { name: /Siti.*↔/ })).toBeVisible()
})

test('what somebody holds is handed over, after it was said what will happen', async () => {
  await open('/desk?view=unassigned')
  await page
    .getByRole('link', { name: /Pencetak mati/ })
    .first()
    .click()
  await page.getByRole('button', { name: 'Ambil', exact: false }).first().click()
  await open('/desk/settings/people?q=administrator')
  await shoot(page, 'people')
  await page.getByRole('link', { name: 'Administrator Contoh' }).click()
  await expect(page.locator('main')).toContainText('Memegang 1 permintaan')
  await shoot(page, 'person')
  await page.getByRole('link', { name: 'Serahkan permintaan yang dipegang' }).click()
  await expect(page.locator('main table')).toContainText('kembali ke meja')
  await shoot(page, 'hand-over')
  await page.getByRole('button', { name: 'Serahkan 1 permintaan' }).click()
  await expect(page.getByRole('status')).toContainText('1 kembali ke mejanya')
  await expect(page.locator('main')).toContainText('tidak memegang permintaan')
})

test('no page of the settings has a grave fault', async ({ browser }) => {
  test.setTimeout(180_000)
  const context = await browser.newContext({ storageState: session })
  const seen = await context.newPage()
  await seen.goto(`${pandu.origin}/desk/settings/people`)
  const person = await seen.locator('main .rows a').first().getAttribute('href')
  // As every-page.spec.ts does not see them: with answers to what was asked, and with what the tests above have made.
  const paths = ['/topics?code=migrasi', '/holidays', '/people', '/regions'].map((path) => `/desk/settings${path}`)
  paths.push(...['/regions?province=63', '/members', '/organisation?query=a'].map((part) => desks.address + part))
  await checkByTurns(
    seen,
    [...paths, person ?? ''].map((path) => pandu.origin + path),
  )
  await context.close()
})

async function invite(browser: Browser, who: { name: string; email: string; role: string }): Promise<Page> {
  await open('/desk/settings/people/invite')
  await page.getByLabel('Nama', { exact: true }).fill(who.name)
  await page.getByLabel('Alamat surel').fill(who.email)
  await page.getByLabel('Meja layanan').selectOption({ label: 'Meja Kalimantan Selatan (contoh)' })
  await page.getByLabel('Peran').selectOption(who.role)
  await page.getByRole('button', { name: 'Kirim undangan' }).click()
  await expect(page.getByRole('status')).toContainText('Undangan sudah dibuat')
  const mail = await pandu.mails.waitFor((one) => one.to.includes(who.email))
  const theirs = await (await browser.newContext(telephone)).newPage()
  await theirs.goto(linkIn(mail, '/invite/'))
  await theirs.getByLabel('Kata sandi baru').fill(PASSWORD)
  await theirs.getByLabel('Ketik sekali lagi').fill(PASSWORD)
  await theirs.locator('main form button').click()
  await expect(theirs).toHaveURL(/\/desk/)
  return theirs
}
