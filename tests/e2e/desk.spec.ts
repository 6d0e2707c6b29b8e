/** A day at the desk: a request comes in by the web form, is read, answered, solved; with the mouse, by keyboard, on a telephone, without scripts. */
import type { Browser, BrowserContext, Page } from '@playwright/test'
import { checkByTurns, checkPage, checkWords } from './axe.ts'
import { expect, noScript, startPandu, test, type RunningPandu } from './pandu.ts'
import { shoot } from './screenshots.ts'

// One Pandu of its own, because the first administrator is made once.
let pandu: RunningPandu
let agent: BrowserContext
/** What the agent's browser complained about: a script that our own policy stops would stand here. */
const complaints: string[] = []
const PASSWORD = 'jembatan biru di atas sungai'
let people = 0

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  pandu = await startPandu()
  agent = await browser.newContext({ baseURL: pandu.origin, locale: 'id-ID', timezoneId: 'Asia/Jakarta' })
  const page = await open('')
  await page.goto(await pandu.setup_link)
  await page.getByLabel('Nama lengkap').fill('Petugas Contoh')
  await page.getByLabel('Alamat surel').fill('petugas@contoh.test')
  await page.getByLabel('Kata sandi baru').fill(PASSWORD)
  await page.getByLabel('Ketik sekali lagi').fill(PASSWORD)
  await page.getByRole('button', { name: 'Buat akun dan masuk' }).click()
  await expect(page).toHaveURL(/\/desk/)
  await page.close()
})
test.afterAll(async () => {
  await agent?.close()
  await pandu?.stop()
})

/** A new page of the agent's browser. */
async function open(path: string): Promise<Page> {
  const page = await agent.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  if (path) await page.goto(path)
  return page
}

interface Asked {
  number: string
  follow: string
  email: string
}
/** Somebody asks on the public pages, in another browser. */
async function ask(browser: Browser, text: string): Promise<Asked> {
  const context = await browser.newContext({ ...noScript, baseURL: pandu.origin, locale: 'id-ID' })
  const page = await context.newPage()
  const email = `pemohon-meja-${process.pid}-${++people}@contoh.test`
  await page.goto('/ask')
  await page.locator('#text').fill(text)
  await page.locator('#province').selectOption('63')
  await page.getByRole('button', { name: 'Lanjut' }).click()
  await page.getByLabel('Nama Anda').fill('Siti Contoh')
  await page.getByLabel('Alamat surel (email)').fill(email)
  await page.getByLabel('Saya setuju').check()
  await page.getByRole('button', { name: 'Kirim permintaan' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Permintaan Anda sudah kami terima')
  const number = await page.locator('.number').first().innerText()
  const follow = page.url().replace(/\?.*/, '')
  await context.close()
  return { number, follow, email }
}

const headline = (page: Page) => page.locator('.head .line')
/** Keys are heard as soon as the script has come. */
const heard = (page: Page) => page.locator('body[data-keys]').waitFor()
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })
const other = (page: Page) => page.getByRole('link', { name: /Tiket berikutnya|Tiket sebelumnya/ }).first()
const scrolls = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)
const repliesTo = ({ email }: Asked, words: string) => pandu.mails.to(email).filter((mail) => mail.text.includes(words))

test('asked, claimed, answered, asked back, solved, confirmed, rated', async ({ browser }) => {
  test.setTimeout(150_000)
  const asked = await ask(browser, 'Pencetak di ruang pelayanan mati setelah pindah ke Linux.')
  const desk = await open('/desk')
  await desk.getByRole('link', { name: 'Pencetak di ruang pelayanan mati' }).click()
  await expect(headline(desk)).toContainText('Belum ada yang memegang')
  await button(desk, 'Ambil tiket ini').click()
  await expect(headline(desk)).toContainText('Anda yang memegang')
  await shoot(desk, 'desk-ticket')
  await checkPage(desk, { label: 'ticket' })

  await desk.getByLabel('Balasan kepada pemohon').fill('Merek dan tipe pencetaknya apa?')
  await button(desk, 'Kirim dan tunggu pemohon').click()
  await expect(desk.getByRole('status').first()).toContainText('keluar dalam 15 detik')
  await expect(button(desk, /Tarik kembali \(\d+ detik\)/)).toBeVisible()
  await expect(headline(desk)).toContainText('giliran pemohon')
  const mail = await pandu.mails.waitFor(({ to, text }) => to.includes(asked.email) && text.includes('Merek dan tipe'))
  expect(mail.subject).toContain(`[#${asked.number}]`)

  const requester = await browser.newPage({ ...noScript, locale: 'id-ID' })
  await requester.goto(asked.follow)
  await expect(requester.getByText('Merek dan tipe pencetaknya apa?')).toBeVisible()
  await requester.locator('#answer').fill('Contoh Jet 200.')
  await requester.getByRole('button', { name: 'Kirim pesan' }).click()

  await desk.goto(`/desk/tickets/${asked.number}`)
  await expect(desk.getByText('Contoh Jet 200.')).toBeVisible()
  await desk.getByRole('link', { name: 'Selesaikan' }).click()
  await desk.getByLabel('Masalah').fill('Pencetak tidak dikenali.')
  await button(desk, 'Kirim penyelesaian').click()
  await expect(desk.getByRole('alert')).toContainText('Belum tersimpan')
  await expect(desk.getByLabel('Masalah')).toHaveValue('Pencetak tidak dikenali.')
  await desk.getByLabel('Langkah').fill('1. Pasang paket pengandar.\n2. Nyalakan ulang.')
  await button(desk, 'Kirim penyelesaian').click()
  await expect(headline(desk)).toContainText('menunggu pemohon menyatakan teratasi')
  await pandu.mails.waitFor(({ to, text }) => to.includes(asked.email) && text.includes('Pasang paket pengandar'))

  await requester.goto(asked.follow)
  await requester.getByRole('button', { name: 'Sudah teratasi' }).click()
  await requester.locator('input[name=score][value="5"]').check()
  await requester.locator('textarea[name=words]').fill('Jelas sekali.')
  await requester.locator('form[action*=rate] button').click()
  await desk.goto(`/desk/tickets/${asked.number}`)
  await expect(headline(desk)).toContainText('Sudah teratasi')
  await expect(desk.getByText('5 dari 5')).toBeVisible()
  await expect(desk.getByText('Jelas sekali.')).toBeVisible()
  await desk.getByText(/^Riwayat/).click()
  await expect(desk.getByText('Petugas Contoh mengambil tiket ini')).toBeVisible()
  await desk.getByText('Lihat rincian perhitungan').first().click()
  await expect(desk.getByText('Waktu kerja yang dijanjikan').first()).toBeVisible()
  await requester.close()
  await desk.close()
})

test('an internal note stays inside, and looks unlike an answer', async ({ browser }) => {
  const asked = await ask(browser, 'Layar hitam setelah pembaruan.')
  const desk = await open(`/desk/tickets/${asked.number}?compose=note`)
  await desk.getByLabel('Catatan untuk rekan').fill('Sudah ditelepon, menunggu foto.')
  await button(desk, 'Simpan catatan').click()
  await expect(desk.locator('.message.note')).toContainText('tidak terlihat pemohon')
  const requester = await browser.newPage(noScript)
  await requester.goto(asked.follow)
  await expect(requester.getByText('Layar hitam setelah pembaruan.').first()).toBeVisible()
  await expect(requester.getByText('Sudah ditelepon')).toHaveCount(0)
  await requester.close()
  await desk.close()
})

test('looking an organisation up keeps what was typed in the other fields of the sorting; with the Enter key too', async ({
  browser,
}) => {
  const asked = await ask(browser, 'Pemindai tidak terbaca.')
  const desk = await open('/desk/organisations')
  const name = `Dinas Arsip Contoh ${process.pid}`
  await desk.getByText('Tambah instansi atau lembaga').click()
  await desk.getByLabel('Nama', { exact: true }).fill(name)
  await button(desk, 'Simpan').click()
  await expect(desk.getByRole('status').first()).toHaveText('Instansi tersimpan.')
  await desk.goto(`/desk/tickets/${asked.number}`)
  const form = desk.locator('form[action*=triage]')
  for (const way of ['button', 'enter'] as const) {
    await form.locator('[name=subject]').fill(`Pemindai ${way}`)
    await form.locator('[name=organisation_query]').fill('arsip contoh')
    // The second time the address is there already: what is waited for is the page itself.
    const loaded = desk.waitForEvent('load')
    if (way === 'button') await form.locator('button[formaction*=find_organisation]').click()
    else await form.locator('[name=organisation_query]').press('Enter')
    await loaded
    await expect(desk).toHaveURL(/find_organisation/)
    await expect(form.locator('[name=subject]')).toHaveValue(`Pemindai ${way}`)
  }
  await form.locator('[name=organisation_id]').selectOption({ label: name })
  await form.locator('button').first().click()
  // What is said, and not the address: the page takes "done" out of it once it was said.
  await expect(desk.getByRole('status').filter({ hasText: 'Perubahan tersimpan.' })).toBeVisible()
  await expect(desk.getByText(name).first()).toBeVisible()
  await desk.close()
})

test('a mark of a list that leads nowhere leads to its beginning', async () => {
  const desk = await open('/desk?view=all&cursor=lama')
  await expect(desk.getByRole('status').filter({ hasText: 'dimulai lagi dari awal' })).toBeVisible()
  await expect(desk.locator('[data-row]').first()).toBeVisible()
  for (const list of ['intake', 'outbox', 'people']) {
    await desk.goto(`/desk/${list}?cursor=lama`)
    await expect(desk.getByRole('status').filter({ hasText: 'dimulai lagi dari awal' })).toBeVisible()
  }
  await desk.close()
})

test('a reply that was taken back is never sent', async ({ browser }) => {
  const asked = await ask(browser, 'Papan ketik tidak berfungsi.')
  const desk = await open(`/desk/tickets/${asked.number}`)
  await desk.getByLabel('Balasan kepada pemohon').fill('Jawaban yang keliru.')
  await button(desk, 'Kirim, masih kami kerjakan').click()
  await button(desk, /Tarik kembali/).click()
  await expect(desk.getByText('Ditarik kembali, tidak terkirim')).toBeVisible()
  await expect(desk.locator('.deliveries')).toContainText('Ditarik kembali')
  // The next one leaves, the one taken back does not: no waiting for something that must not come.
  await desk.getByLabel('Balasan kepada pemohon').fill('Jawaban yang benar.')
  await button(desk, 'Kirim dan tunggu pemohon').click()
  await pandu.mails.waitFor(({ to, text }) => to.includes(asked.email) && text.includes('Jawaban yang benar.'))
  expect(repliesTo(asked, 'Jawaban yang keliru.')).toHaveLength(0)
  await desk.close()
})

test('what is typed survives a reload, and what another person does meanwhile', async ({ browser }) => {
  await ask(browser, 'Tetangga dari tiket berikut.')
  const asked = await ask(browser, 'Bagaimana memasang penanda tangan?')
  const desk = await open(`/desk/tickets/${asked.number}`)
  await desk.getByLabel('Balasan kepada pemohon').fill('Jawaban setengah jadi')
  // Before the page's script has come there is nobody who could keep it.
  await expect(desk.locator('.draft')).toContainText('Draf tersimpan')
  await desk.reload()
  await expect(desk.getByLabel('Balasan kepada pemohon')).toHaveValue('Jawaban setengah jadi')

  // On another ticket of the list the field is empty, and back here it is full again.
  await desk.goto('/desk?view=all')
  await desk.getByRole('link', { name: 'Bagaimana memasang penanda tangan?' }).click()
  await expect(desk.getByLabel('Balasan kepada pemohon')).toHaveValue('Jawaban setengah jadi')
  await other(desk).click()
  await expect(desk.getByRole('heading', { level: 1 })).not.toContainText(asked.number)
  await expect(desk.getByLabel('Balasan kepada pemohon')).toHaveValue('')
  await desk.goto(`/desk/tickets/${asked.number}`)
  await expect(desk.getByLabel('Balasan kepada pemohon')).toHaveValue('Jawaban setengah jadi')

  const requester = await browser.newPage(noScript)
  await requester.goto(asked.follow)
  await requester.locator('#answer').fill('Ternyata sudah bisa sebagian.')
  await requester.getByRole('button', { name: 'Kirim pesan' }).click()
  await button(desk, 'Kirim dan tunggu pemohon').click()
  await expect(desk.getByRole('alert')).toContainText('belum Anda baca')
  await expect(desk.getByText('Ternyata sudah bisa sebagian.').first()).toBeVisible()
  await expect(desk.getByLabel('Balasan kepada pemohon')).toHaveValue('Jawaban setengah jadi')
  await button(desk, 'Kirim tetap').click()
  await expect(desk.getByRole('status').first()).toContainText('keluar dalam 15 detik')
  await expect(desk.getByLabel('Balasan kepada pemohon')).toHaveValue('')
  await requester.close()
  await desk.close()
})

test('the same reply posted twice is one reply', async ({ browser }) => {
  const asked = await ask(browser, 'Jam komputer selalu mundur.')
  const desk = await open(`/desk/tickets/${asked.number}`)
  const fieldsOf = () =>
    desk
      .locator('#form-reply')
      .evaluate((form: HTMLFormElement) =>
        Object.fromEntries(
          [...new FormData(form)].filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
        ),
      )
  const form = await fieldsOf()
  const post = (fields: Record<string, string>, text: string) =>
    desk.request.post(`/desk/tickets/${asked.number}?/reply`, {
      multipart: { ...fields, text },
      headers: { accept: 'text/html', origin: pandu.origin },
    })
  const answers = await Promise.all([post(form, 'Ganti baterainya.'), post(form, 'Ganti baterainya.')])
  expect(answers.map((answer) => answer.status())).toEqual([200, 200])
  await desk.reload()
  await expect(desk.locator('.message.out')).toHaveCount(1)
  await post(await fieldsOf(), 'Ganti baterainya, lalu atur jam.')
  await desk.reload()
  await expect(desk.locator('.message.out')).toHaveCount(2)
  await desk.close()
})

test('closed with a pointer, and reopened', async ({ browser }) => {
  const asked = await ask(browser, 'Lampu jalan di depan kantor mati.')
  const desk = await open(`/desk/tickets/${asked.number}`)
  await desk.getByText('Tutup tiket', { exact: true }).click()
  await desk.getByLabel('Di luar cakupan layanan').check()
  await button(desk, 'Tutup tiket ini').click()
  await expect(desk.getByRole('alert')).toContainText('Tuliskan ke mana pemohon sebaiknya bertanya')
  await desk.getByLabel('Sebaiknya bertanya ke').fill('SP4N-LAPOR! (lapor.go.id)')
  await button(desk, 'Tutup tiket ini').click()
  await expect(headline(desk)).toContainText('Di luar cakupan layanan')
  await pandu.mails.waitFor(({ to, text }) => to.includes(asked.email) && text.includes('SP4N-LAPOR!'))
  await button(desk, 'Buka kembali').first().click()
  await expect(headline(desk)).toContainText('Belum ada yang memegang')
  await desk.close()
})

test('spam goes out of the queue with its sender, and comes back', async ({ browser }) => {
  const asked = await ask(browser, 'Beli obat murah sekarang juga.')
  const desk = await open(`/desk/tickets/${asked.number}`)
  await desk.getByText('Tandai sebagai spam', { exact: true }).click()
  await desk.getByLabel(/Tolak juga kiriman/).check()
  await button(desk, 'Sisihkan sebagai spam').click()
  await expect(headline(desk)).toContainText('Disisihkan sebagai spam')
  const blocked = await open('/desk/blocked')
  await expect(blocked.getByText(asked.email)).toBeVisible()
  await blocked.goto('/desk')
  await expect(blocked.getByText('Beli obat murah')).toHaveCount(0)

  await button(desk, 'Urungkan').click()
  await expect(headline(desk)).toContainText('Belum ada yang memegang')
  await blocked.goto('/desk/blocked')
  await expect(blocked.getByText(asked.email)).toHaveCount(0)
  await blocked.close()
  await desk.close()
})

test('by keyboard alone: find, take, sort, answer', async ({ browser }) => {
  const asked = await ask(browser, 'Kursor melompat saat mengetik.')
  const desk = await open('/desk')
  await heard(desk)
  await desk.keyboard.press('?')
  await expect(desk.getByRole('dialog')).toContainText('Ambil tiket ini')
  await checkPage(desk, { label: 'keys' })
  await desk.keyboard.press('Escape')

  await desk.keyboard.press('/')
  await expect(desk.locator('#query')).toBeFocused()
  // Letters that are keys elsewhere are letters here.
  await desk.keyboard.type('kursor jsenro')
  await expect(desk.locator('#query')).toHaveValue('kursor jsenro')
  await desk.locator('#query').press('ControlOrMeta+A')
  await desk.keyboard.type(`#${asked.number}`)
  await desk.keyboard.press('Enter')
  await expect(desk).toHaveURL(new RegExp(`/desk/tickets/${asked.number}`))

  await heard(desk)
  await desk.keyboard.press('s')
  await expect(headline(desk)).toContainText('Anda yang memegang')
  await heard(desk)
  await desk.keyboard.press('ControlOrMeta+K')
  await expect(desk.getByRole('dialog')).toBeVisible()
  await desk.keyboard.type('ubah data')
  await checkPage(desk, { label: 'palette' })
  await desk.keyboard.press('Enter')
  await expect(desk.getByLabel('Judul')).toBeFocused()
  await desk.getByLabel('Topik').focus()
  await desk.keyboard.type('Perangkat')
  await desk.getByLabel('Urgensi').focus()
  await desk.keyboard.type('Tinggi')
  await desk.getByLabel('Judul').focus()
  await desk.keyboard.press('Enter')
  await expect(desk.getByRole('status').first()).toContainText('Perubahan tersimpan')
  await expect(desk.locator('aside dl').nth(1)).toContainText('Perangkat keras dan pencetak')

  await heard(desk)
  await desk.keyboard.press('r')
  await expect(desk.getByLabel('Balasan kepada pemohon')).toBeFocused()
  await desk.keyboard.type('Coba bersihkan panel sentuh.')
  await desk.keyboard.press('ControlOrMeta+Enter')
  await expect(headline(desk)).toContainText('giliran pemohon')
  await pandu.mails.waitFor(({ to, text }) => to.includes(asked.email) && text.includes('bersihkan panel sentuh'))

  await heard(desk)
  await desk.keyboard.press('ControlOrMeta+K')
  await expect(desk.getByRole('dialog')).toBeVisible()
  await desk.keyboard.type('tampilan semua tiket')
  await desk.keyboard.press('Enter')
  await expect(desk.getByRole('heading', { level: 1 })).toContainText('Semua tiket')
  await desk.keyboard.press('j')
  await desk.keyboard.press('j')
  await desk.keyboard.press('k')
  await expect(desk.locator('[data-row] a').first()).toBeFocused()
  await desk.keyboard.press('o')
  await expect(desk).toHaveURL(/\/desk\/tickets\/\d+$/)
  await desk.keyboard.press('j')
  await expect(desk.getByRole('link', { name: /Tiket sebelumnya/ })).toBeVisible()
  await desk.close()
})

test('every place of the menu is reached by a click, and by the palette, with its words and back', async ({
  browser,
}) => {
  const desk = await open('/desk')
  const links = desk.locator('#menu a:not([hreflang])')
  const hrefs = await links.evaluateAll((all) => all.map((one) => one.getAttribute('href')!))
  const places = hrefs.filter((href) => href !== '/desk')
  // Pages with a script and without: the browser comes to them by different ways.
  expect(places).toEqual(expect.arrayContaining(['/desk/intake', '/desk/settings', '/desk/settings/own-account']))
  for (const place of places) {
    await heard(desk)
    await links.and(desk.locator(`[href="${place}"]`)).click()
    await expect(desk).toHaveURL(new RegExp(`${place}$`))
    await expect(desk.locator('main h1')).toBeVisible()
    await checkWords(desk, { label: place })
    await desk.goBack()
    await expect(desk).toHaveURL(/\/desk$/)
    await checkWords(desk, { label: `back from ${place}` })
  }
  await heard(desk)
  await desk.keyboard.press('ControlOrMeta+K')
  await desk.keyboard.type('pengaturan')
  await desk.keyboard.press('Enter')
  await expect(desk).toHaveURL(/\/desk\/settings$/)
  await checkWords(desk, { label: 'settings by the palette' })

  // Another click while the page of the first is still on its way.
  await desk.goto('/desk')
  await heard(desk)
  await desk.route('**/desk/intake/__data.json?**', () => undefined)
  const asked = desk.waitForRequest('**/desk/intake/__data.json?**')
  await links.and(desk.locator('[href="/desk/intake"]')).click()
  await asked
  const settings = links.and(desk.locator('[href="/desk/settings"]'))
  await settings.evaluate((link) => link.removeAttribute('data-sveltekit-reload'))
  await settings.click()
  await expect(desk).toHaveURL(/\/desk\/settings$/)
  await expect(desk.locator('main h1')).toBeVisible()
  await checkWords(desk, { label: 'settings by a second click' })
  await desk.close()

  // Signed out elsewhere: the page that comes instead is one without script, too.
  const ended = await browser.newContext({ baseURL: pandu.origin, storageState: await agent.storageState() })
  const left = await ended.newPage()
  await left.goto('/desk')
  await heard(left)
  await ended.clearCookies()
  await left.locator('#menu a[href="/desk/intake"]').click()
  await expect(left).toHaveURL(/\/sign-in/)
  await expect(left.getByLabel('Kata sandi')).toBeVisible()
  await checkWords(left, { label: 'sign-in behind a click' })
  await ended.close()
})

test('a letter is recorded with its number, date and scan', async () => {
  const desk = await open('/desk/new')
  await desk.getByLabel('Surat', { exact: true }).check()
  await desk.getByLabel('Nomor surat').fill('045/12/Contoh')
  await desk.getByLabel('Tanggal surat').fill('2026-01-05')
  await desk.getByLabel('Apa masalahnya?').fill('Mohon pelatihan untuk dua puluh pegawai.')
  await desk
    .getByLabel('Lampiran atau pindaian surat')
    .setInputFiles({ name: 'surat.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF contoh') })
  await button(desk, 'Simpan permintaan').click()
  await expect(desk.getByRole('alert')).toContainText('Isian ini wajib diisi')
  await expect(desk.getByLabel('Apa masalahnya?')).toHaveValue('Mohon pelatihan untuk dua puluh pegawai.')
  await expect(desk.getByLabel('Nomor surat')).toHaveValue('045/12/Contoh')
  await desk.getByLabel('Nama', { exact: true }).fill('Camat Contoh')
  await desk.getByLabel('Wilayah').selectOption('63')
  await desk
    .getByLabel('Lampiran atau pindaian surat')
    .setInputFiles({ name: 'surat.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF contoh') })
  await button(desk, 'Simpan permintaan').click()
  await expect(desk).toHaveURL(/\/desk\/tickets\/\d+/)
  await expect(desk.locator('aside')).toContainText('045/12/Contoh')
  await expect(desk.locator('aside')).toContainText('Petugas Contoh')
  const file = await desk.getByRole('link', { name: 'surat.pdf' }).getAttribute('href')
  const answer = await desk.request.get(file ?? '')
  expect(await answer.text()).toBe('%PDF contoh')
  expect(answer.headers()).toMatchObject({
    'content-disposition': expect.stringMatching(/^attachment/),
    'content-security-policy': "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  })
  await desk.close()
})

test('people and organisations are found and corrected', async ({ browser }) => {
  const asked = await ask(browser, 'Mohon pelatihan untuk dua puluh pegawai.')
  const desk = await open(`/desk/people?query=${encodeURIComponent(asked.email)}`)
  await desk.getByRole('link', { name: 'Siti Contoh' }).click()
  await expect(desk.getByRole('link', { name: /Mohon pelatihan/ })).toBeVisible()
  await desk.getByText('Tambah surel atau telepon').click()
  await desk.getByRole('textbox', { name: 'Alamat atau nomor' }).fill('bukan alamat')
  await desk.locator('form[action*=add_address] button').click()
  await expect(desk.getByRole('alert')).toContainText('Alamat surel ini tidak lengkap')
  await expect(desk.getByRole('textbox', { name: 'Alamat atau nomor' })).toHaveValue('bukan alamat')
  await desk.getByRole('textbox', { name: 'Alamat atau nomor' }).fill('siti.kedua@contoh.test')
  await desk.locator('form[action*=add_address] button').click()
  await expect(desk.locator('main dl')).toContainText('siti.kedua@contoh.test')
  await desk.goto('/desk/organisations')
  await desk.getByText('Tambah instansi atau lembaga').click()
  await desk.getByLabel('Nama', { exact: true }).fill('Dinas Pendidikan (contoh)')
  await button(desk, 'Simpan').click()
  await expect(desk.getByRole('status').first()).toHaveText('Instansi tersimpan.')
  await expect(desk.locator('.rows')).toContainText('Dinas Pendidikan (contoh)')
  await desk.close()
})

test('ledger and outbox show what came, what went, and the bytes as received', async ({ browser }) => {
  const asked = await ask(browser, 'Apa yang terjadi dengan kiriman saya?')
  const desk = await open('/desk/intake')
  await expect(desk.locator('.sums')).toContainText(/Diterima\s*[1-9]/)
  const row = desk.locator('[data-row]', { hasText: `#${asked.number}` })
  await row.getByRole('link').first().click()
  const raw = await desk.request.get(
    await desk.getByRole('link', { name: 'Unduh seperti diterima' }).evaluate((link: HTMLAnchorElement) => link.href),
  )
  expect(raw.status()).toBe(200)
  expect(raw.headers()['content-disposition']).toMatch(/^attachment/)
  await desk.goto('/desk/outbox')
  await expect(desk.locator('[data-row]').first()).toBeVisible()
  await desk.getByLabel('Keadaan').selectOption('failed')
  await button(desk, 'Terapkan').click()
  await expect(desk.getByText('Tidak ada pesan dalam keadaan ini.')).toBeVisible()
  await desk.close()
})

test('on a telephone: list, ticket, back, answer; nothing scrolls sideways', async ({ browser }) => {
  const asked = await ask(
    browser,
    `Pertanggungjawaban ${'ketidakberlangsungan'.repeat(6)} https://contoh.go.id/${'panjang/'.repeat(30)}`,
  )
  const desk = await open('')
  await desk.setViewportSize({ width: 360, height: 740 })
  for (const path of [
    '/desk',
    '/desk?view=all&query=contoh',
    '/desk/new',
    '/desk/people',
    '/desk/organisations',
    '/desk/intake',
    '/desk/outbox',
    '/desk/blocked',
  ]) {
    await desk.goto(path)
    expect(await scrolls(desk), path).toBe(false)
  }
  await desk.goto('/desk')
  await button(desk, /Meja saya/).click()
  await desk.getByRole('link', { name: /Semua tiket/ }).click()
  await desk.getByRole('link', { name: /^Pertanggungjawaban/ }).click()
  await expect(desk).toHaveURL(new RegExp(asked.number))
  expect(await scrolls(desk)).toBe(false)
  await shoot(desk, 'desk-long')
  await desk.setViewportSize({ width: 360, height: 740 })
  await desk.getByRole('link', { name: 'Tulis jawaban' }).click()
  await desk.getByLabel('Balasan kepada pemohon').fill('Kami periksa.')
  await button(desk, 'Kirim, masih kami kerjakan').click()
  await expect(desk.getByRole('status').first()).toContainText('15 detik')
  await desk.getByRole('link', { name: 'Kembali ke daftar' }).click()
  await expect(desk.getByRole('heading', { level: 1 })).toContainText('Semua tiket')
  await button(desk, 'Menu').click()
  await desk.getByRole('link', { name: 'Kotak keluar' }).click()
  await expect(desk.getByRole('heading', { level: 1 })).toHaveText('Kotak keluar')
  await desk.close()
})

test('without scripts: read, take, answer, note, sort', async ({ browser }) => {
  const asked = await ask(browser, 'Suara hilang di ruang rapat.')
  const plain = await browser.newContext({
    ...noScript,
    baseURL: pandu.origin,
    locale: 'id-ID',
    storageState: await agent.storageState(),
  })
  const desk = await plain.newPage()
  await desk.goto('/desk')
  await desk.getByRole('link', { name: 'Suara hilang di ruang rapat.' }).click()
  await button(desk, 'Ambil tiket ini').click()
  await desk.getByLabel('Balasan kepada pemohon').fill('Periksa kabelnya.')
  await button(desk, 'Kirim dan tunggu pemohon').click()
  await expect(headline(desk)).toContainText('giliran pemohon')
  await desk.getByRole('link', { name: 'Catatan internal' }).click()
  await desk.getByLabel('Catatan untuk rekan').fill('Sudah pernah terjadi.')
  await button(desk, 'Simpan catatan').click()
  await expect(desk.locator('.message.note')).toContainText('Sudah pernah terjadi.')
  if (!(await desk.getByLabel('Urgensi').isVisible())) await desk.getByText('Ubah data tiket').click()
  await desk.getByLabel('Urgensi').selectOption('low')
  await button(desk, 'Simpan perubahan').click()
  await expect(desk.locator('aside dl').nth(1)).toContainText('Rendah')
  await desk.goto('/desk?view=mine')
  await desk.getByText('Saring daftar').click()
  await desk.getByLabel('Keadaan').selectOption('waiting')
  await button(desk, 'Terapkan').click()
  await expect(desk.getByRole('link', { name: 'Suara hilang di ruang rapat.' })).toBeVisible()
  expect(asked.number).toMatch(/^\d+$/)
  await plain.close()
})

test('every page of the desk, wide and with something on it, passes the check of access', async ({ browser }) => {
  test.setTimeout(240_000)
  const asked = await ask(browser, 'Pertanyaan untuk pemeriksaan akses.')
  const desk = await open('/desk/people')
  const person = await desk.locator('[data-row] a').first().getAttribute('href')
  await desk.goto('/desk/intake')
  const item = await desk.locator('[data-row] a').first().getAttribute('href')
  await desk.goto('/desk/outbox')
  const mail = await desk.locator('[data-row] a').first().getAttribute('href')
  const paths = [
    '/desk',
    `/desk/tickets/${asked.number}`,
    '/desk/new',
    '/desk/people',
    person,
    '/desk/organisations',
    '/desk/intake',
    item,
    '/desk/outbox',
    mail,
    '/desk/blocked',
    '/desk/tickets/1',
  ]
  await checkByTurns(
    desk,
    paths.map((path) => `${pandu.origin}${path}`),
  )
  await desk.close()
})

test('nobody’s browser complained', () => expect(complaints).toEqual([]))

test('a form that names another ticket than its page is refused, and writes on neither', async ({ browser }) => {
  const [one, other] = [await ask(browser, 'Kipas komputer berisik.'), await ask(browser, 'Layar berkedip.')]
  const desk = await open(`/desk/tickets/${one.number}`)
  const ticket_id = await desk.locator('form[action*=triage] input[name=ticket_id]').first().inputValue()
  const answer = await desk.request.post(
    `${new URL(desk.url()).origin}/desk/tickets/${other.number}?/note&language=id`,
    {
      form: { ticket_id, text: 'Catatan salah alamat.' },
      headers: { accept: 'text/html', origin: new URL(desk.url()).origin },
    },
  )
  expect(answer.status()).toBe(409)
  expect(await answer.text()).toContain('milik tiket lain')
  for (const { number } of [one, other]) {
    await desk.goto(`/desk/tickets/${number}`)
    await expect(desk.locator('.words', { hasText: 'Catatan salah alamat.' })).toHaveCount(0)
  }
  await desk.close()
})
