/** Two people at one ticket: they see each other, nothing is lost, nothing is sent twice or past what was said meanwhile. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from '@playwright/test'
import { checkEveryForm, checkPage } from './axe.ts'
import { linkIn, sendMail } from './mail.ts'
import { expect, MAIL_DOMAIN, noScript, startPandu, test, type RunningPandu } from './pandu.ts'
import { shoot } from './screenshots.ts'

test.describe.configure({ mode: 'serial' })

const PASSWORD = 'jembatan biru di atas sungai'
const STOP_CUT_MS = 20_000

// One Pandu of its own, because it is killed and stopped here.
let pandu: RunningPandu
let ani: BrowserContext
let sri: BrowserContext
const complaints: string[] = []
/** What the browsers asked and were answered, for the log of a test that fails. */
const asked_and_answered: string[] = []
let asks = 0

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
// eslint-disable-next-line no-empty-pattern
test.afterEach(({}, info) => {
  if (info.status === info.expectedStatus) return
  console.log(`${asked_and_answered.slice(-80).join('\n')}\n${complaints.join('\n')}`)
})
test.afterAll(async () => {
  await Promise.all([ani?.close(), sri?.close()])
  await pandu?.stop()
})

const aBrowser = (browser: Browser, more: BrowserContextOptions = {}) =>
  browser.newContext({ baseURL: pandu.origin, locale: 'id-ID', timezoneId: 'Asia/Jakarta', ...more })
/** The same person at another machine: signed in, and nothing kept in the browser. */
const anotherMachine = async (browser: Browser, person: BrowserContext, more: BrowserContextOptions = {}) =>
  aBrowser(browser, { storageState: { cookies: (await person.storageState()).cookies, origins: [] }, ...more })

async function choosePassword(page: Page) {
  await page.getByLabel('Kata sandi baru').fill(PASSWORD)
  await page.getByLabel('Ketik sekali lagi').fill(PASSWORD)
}
async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage()
  const note = (words: string) => asked_and_answered.push(`${new Date().toISOString().slice(14)} ${words}`)
  page.on('request', (request) => note(`> ${request.method()} ${request.url()}`))
  page.on('requestfailed', (request) => note(`! ${request.url()} ${request.failure()?.errorText}`))
  page.on('response', (response) => note(`< ${response.status()} ${response.url()}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d|ERR_|Failed to load/.test(message.text()))
      complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(path)
  return page
}

interface Asked {
  number: string
  path: string
  follow: string
}
/** Somebody new asks by mail, and the desk answers with a number and a link. */
async function askByMail(subject: string): Promise<Asked> {
  const email = `dua-petugas-${++asks}@contoh.test`
  await sendMail(pandu.smtp_port, {
    from: `Ibu Contoh <${email}>`,
    to: `helpdesk@${MAIL_DOMAIN}`,
    subject,
    text: `${subject}. Mohon bantuannya.`,
  })
  const answer = await pandu.mails.waitFor((mail) => mail.to.includes(email))
  const number = /#(\d+)/.exec(answer.subject)?.[1] ?? ''
  return { number, path: `/desk/tickets/${number}`, follow: linkIn(answer, '/follow/') }
}

async function writeAsRequester(browser: Browser, asked: Asked, text: string) {
  const context = await aBrowser(browser, noScript)
  const page = await context.newPage()
  await page.goto(asked.follow)
  await page.locator('#answer').fill(text)
  await page.getByRole('button', { name: 'Kirim pesan' }).click()
  await expect(page.getByText(text).first()).toBeVisible()
  await context.close()
}

const box = (page: Page) => page.getByLabel('Balasan kepada pemohon')
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })
const answers = (page: Page) => page.locator('.message.out')
const saved = (page: Page) => expect(page.locator('.draft')).toContainText(/Draf tersimpan \d\d\.\d\d WIB/)

test('each sees the other come, begin to write, and go', async () => {
  const asked = await askByMail('Pencetak berhenti')
  const hers = await open(ani, asked.path)
  const theirs = await open(sri, asked.path)
  await expect(hers.getByText('Sri Contoh sedang melihat tiket ini')).toBeVisible()
  await expect(theirs.getByText('Ani Contoh sedang melihat tiket ini')).toBeVisible()
  await expect(hers.locator('.writers')).toHaveCount(0)

  await box(theirs).fill('Coba nyalakan ulang.')
  // A warning right where one writes, in words, that looks unlike somebody who only looks.
  await expect(hers.locator('#composer .writers')).toContainText('Sri Contoh sedang menulis jawaban')
  await expect(hers.getByText('Sri Contoh sedang melihat tiket ini')).toHaveCount(0)
  await shoot(hers, 'live-writing')
  await checkPage(hers, { label: 'a colleague writes' })

  await box(theirs).fill('')
  await expect(hers.getByText('Sri Contoh sedang melihat tiket ini')).toBeVisible()
  await theirs.getByRole('link', { name: 'Selesaikan' }).click()
  await theirs.getByLabel('Masalah').fill('Kabel')
  await expect(hers.locator('.writers')).toContainText('Sri Contoh sedang menulis penyelesaian')
  await theirs.getByLabel('Masalah').fill('')
  await theirs.goto('/desk')
  await expect(hers.getByText(/Sri Contoh sedang/)).toHaveCount(0)
  await hers.close()
  await theirs.close()
})

test('what arrives shows within seconds: on the ticket, and on the list without moving it', async ({ browser }) => {
  const asked = await askByMail('Suara tidak keluar')
  const ticket = await open(ani, asked.path)
  const list = await open(sri, '/desk?view=all')
  await expect(list.getByRole('link', { name: 'Suara tidak keluar' })).toBeVisible()
  await list.getByRole('link', { name: 'Suara tidak keluar' }).focus()

  await writeAsRequester(browser, asked, 'Tambahan: hanya di ruang rapat.')
  await expect(ticket.locator('.message.in')).toHaveCount(2)
  await expect(ticket.locator('.arrived')).toContainText('Pesan baru dari Ibu Contoh')
  await expect(list.getByRole('link', { name: /1 pembaruan/ })).toBeVisible()

  const new_one = await askByMail('Layar berkedip')
  await expect(list.getByRole('link', { name: /2 pembaruan/ })).toBeVisible()
  await expect(list.getByRole('link', { name: 'Layar berkedip' })).toHaveCount(0)
  await shoot(list, 'live-list')
  await checkPage(list, { label: 'the list with updates' })

  // What is chosen and not applied yet stays, also when the list of choices has grown meanwhile.
  const topic = list.getByLabel('Topik')
  await list.getByText('Saring daftar').click()
  const [first] = await topic.locator('option:not([value=""])').allTextContents()
  await topic.selectOption(first!)
  const settings = await open(ani, '/desk/settings/topics')
  await settings.getByLabel('Kode', { exact: true }).fill('aaa-contoh')
  await settings.getByLabel('Nama (Indonesia)').fill('AAA topik contoh')
  await settings.getByLabel('Nama (Inggris)').fill('AAA example topic')
  await settings.getByRole('button', { name: 'Tambahkan' }).click()
  await expect(settings.getByRole('status')).toHaveText('Sudah ditambahkan.')
  await settings.close()
  await list.getByRole('link', { name: /2 pembaruan/ }).click()
  await expect(list.getByRole('link', { name: 'Layar berkedip' })).toBeVisible()
  await expect(topic.locator('option:checked')).toHaveText(first!)
  await list.goto('/desk?view=all')
  await expect(topic.locator('option', { hasText: 'AAA topik contoh' })).toBeAttached()
  await expect(list.getByRole('link', { name: /pembaruan/ })).toHaveCount(0)
  expect(new_one.number).not.toBe(asked.number)
  await ticket.close()
  await list.close()
})

test('a send is stopped by a colleague’s answer, shows it, keeps the text, and goes only when meant', async () => {
  const asked = await askByMail('Jam selalu mundur')
  const hers = await open(ani, asked.path)
  const theirs = await open(sri, asked.path)
  await box(hers).fill('Atur zona waktunya.')
  await box(theirs).fill('Ganti baterainya.')
  await button(theirs, 'Kirim, masih kami kerjakan').click()
  await expect(theirs.getByRole('status').first()).toContainText('keluar dalam 15 detik')

  // It arrives while she writes; standing on the page is not having been read.
  await expect(answers(hers)).toHaveCount(1)
  await expect(hers.locator('#composer')).toContainText('1 pesan baru datang sejak Anda mulai menulis')
  await expect(box(hers)).toHaveValue('Atur zona waktunya.')
  await button(hers, 'Kirim dan tunggu pemohon').click()
  await expect(hers.getByRole('alert')).toContainText('belum Anda baca')
  await expect(hers.locator('.stopped')).toContainText('Ganti baterainya.')
  await expect(hers.locator('.stopped')).toContainText('Sri Contoh')
  await expect(box(hers)).toHaveValue('Atur zona waktunya.')
  await expect(button(hers, 'Kirim dan tunggu pemohon')).toHaveCount(0)
  await expect(answers(hers)).toHaveCount(1)
  await shoot(hers, 'live-stopped')
  await checkPage(hers, { label: 'a send that was stopped' })

  await button(hers, 'Kirim tetap').click()
  await expect(answers(hers)).toHaveCount(2)
  await expect(box(hers)).toHaveValue('')
  await expect(answers(theirs)).toHaveCount(2)

  // Whoever says that they have read it is not stopped.
  await box(theirs).fill('Mohon kabari kami.')
  await box(hers).fill('Terima kasih.')
  await button(hers, 'Kirim, masih kami kerjakan').click()
  await expect(answers(theirs)).toHaveCount(3)
  await button(theirs, 'Sudah saya baca').click()
  await button(theirs, 'Kirim dan tunggu pemohon').click()
  await expect(answers(theirs)).toHaveCount(4)
  await hers.close()
  await theirs.close()
})

test('without scripts the same send is stopped, and a second click sends once', async ({ browser }) => {
  const asked = await askByMail('Papan ketik macet')
  const plain = await anotherMachine(browser, ani, noScript)
  const hers = await open(plain, asked.path)
  await box(hers).fill('Bersihkan papan ketiknya.')
  const theirs = await open(sri, asked.path)
  await box(theirs).fill('Coba papan ketik lain.')
  await button(theirs, 'Kirim, masih kami kerjakan').click()
  await expect(answers(theirs)).toHaveCount(1)

  await button(hers, 'Kirim, masih kami kerjakan').click()
  await expect(hers.getByRole('alert')).toContainText('belum Anda baca')
  await expect(hers.locator('.stopped')).toContainText('Coba papan ketik lain.')
  await expect(box(hers)).toHaveValue('Bersihkan papan ketiknya.')
  await button(hers, 'Kirim tetap').dblclick()
  await expect(answers(hers)).toHaveCount(2)
  // As chosen at first: we go on working.
  await expect(hers.locator('.head .line')).not.toContainText('giliran pemohon')

  await theirs.close()
  await plain.close()
})

test('solving, too, is stopped by what arrived; words whose form is gone are kept', async ({ browser }) => {
  const asked = await askByMail('Berkas hilang')
  const hers = await open(ani, asked.path)
  await hers.getByRole('link', { name: 'Selesaikan' }).click()
  await hers.getByLabel('Masalah').fill('Berkas terhapus.')
  await hers.getByLabel('Langkah').fill('Kembalikan dari tempat sampah.')
  await writeAsRequester(browser, asked, 'Sudah ketemu, terima kasih.')
  await button(hers, 'Kirim penyelesaian').click()
  await expect(hers.locator('.stopped')).toContainText('Sudah ketemu')
  await expect(hers.getByLabel('Langkah')).toHaveValue('Kembalikan dari tempat sampah.')

  const theirs = await open(sri, asked.path)
  await theirs.getByRole('link', { name: 'Selesaikan' }).click()
  await theirs.getByLabel('Masalah').fill('Berkas dipindah.')
  await theirs.getByLabel('Langkah').fill('Cari di folder Unduhan.')
  await button(theirs, 'Kirim penyelesaian').click()
  await expect(theirs.locator('.head .line')).toContainText('menunggu pemohon menyatakan teratasi')
  // The page hears of it, and does not take away the form in which she writes.
  await expect(hers.locator('.head .line')).toContainText('menunggu pemohon menyatakan teratasi')
  await expect(hers.getByLabel('Langkah')).toHaveValue('Kembalikan dari tempat sampah.')
  await button(hers, 'Kirim tetap').click()
  await expect(hers.getByRole('heading', { name: 'Tulisan Anda belum terkirim' })).toBeVisible()
  await expect(hers.locator('#unsent-steps')).toHaveValue('Kembalikan dari tempat sampah.')
  await hers.close()
  await theirs.close()
})

test('what happens while a page is on its way to the browser is told when it arrives', async () => {
  const asked = await askByMail('Datang di antaranya')
  const theirs = await open(sri, asked.path)
  // A note is one change and has none behind it.
  const noteDown = async (text: string) => {
    await theirs.getByRole('link', { name: 'Catatan internal' }).click()
    await theirs.getByLabel('Catatan untuk rekan').fill(text)
    await button(theirs, 'Simpan catatan').click()
    await expect(theirs.locator('.message.note').last()).toContainText(text)
  }
  const page = await ani.newPage()
  const updates = page.locator('.updates')

  // On a bad line the page is read long before it hears.
  let is_late = true
  await page.route('**/desk/live?**', async (route) => {
    if (is_late) await noteDown('Sesudah halaman dibaca.')
    is_late = false
    await route.continue()
  })
  await page.goto('/desk?view=all')
  await expect(updates).toContainText('1 pembaruan')

  // The same between two pages of one tab, which heard it on the way.
  await page.getByRole('link', { name: 'Buku masuk' }).first().click()
  await expect(page).toHaveURL(/intake/)
  await page.route('**/desk/__data.json?**', async (route) => {
    // Whoever stands between must be able to read it.
    const answer = await route.fetch({ headers: { ...route.request().headers(), 'accept-encoding': 'identity' } })
    const heard = page.waitForFunction(() => 'heard' in window)
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          const stream = new EventSource('/desk/live')
          stream.onopen = resolve
          stream.onmessage = ({ data }) => {
            if (String(data).includes('changed')) Object.assign(window, { heard: stream.close() })
          }
        }),
    )
    await noteDown('Di jalan ke halaman lain.')
    await heard
    await route.fulfill({ response: answer })
  })
  await page.getByRole('link', { name: 'Antrean' }).first().click()
  await expect(updates).toContainText('1 pembaruan')
  await page.close()

  // A tab that was opened behind the others shows, once it is looked at, also what its own person did meanwhile.
  const behind = await ani.newPage()
  await behind.addInitScript(() => {
    const hidden = { visibilityState: 'hidden' }
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => hidden.visibilityState })
    Object.assign(window, {
      lookAt() {
        hidden.visibilityState = 'visible'
        document.dispatchEvent(new Event('visibilitychange'))
      },
    })
  })
  await behind.goto('/desk?view=all')
  await behind.locator('body[data-keys]').waitFor()
  const own = await open(ani, asked.path)
  await own.getByRole('link', { name: 'Catatan internal' }).click()
  await own.getByLabel('Catatan untuk rekan').fill('Catatan saya sendiri.')
  await button(own, 'Simpan catatan').click()
  await expect(own.locator('.message.note').last()).toContainText('Catatan saya sendiri.')
  await own.close()
  await behind.evaluate('lookAt()')
  await expect(behind.locator('.updates')).toContainText('1 pembaruan')
  await behind.close()
  await theirs.close()
})

test('a nervous finger, a reload, and an answer lost on the way send one reply', async ({ browser }) => {
  const asked = await askByMail('Kursor melompat')
  const page = await open(ani, asked.path)
  await box(page).fill('Matikan panel sentuhnya.')
  await button(page, 'Kirim dan tunggu pemohon').dblclick()
  await expect(answers(page)).toHaveCount(1)
  await page.reload()
  await expect(answers(page)).toHaveCount(1)

  // The server did it, and its answer never came.
  await box(page).fill('Sudah dicoba?')
  let posts = 0
  await page.route('**/desk/tickets/**reply', async (route) => {
    posts++
    if (posts > 1) return route.continue()
    await route.fetch({ maxRedirects: 0 })
    await route.abort('connectionreset')
  })
  await button(page, 'Kirim, masih kami kerjakan').click()
  await expect.poll(() => page.url()).not.toContain('/desk/tickets')
  await page.reload()
  await page.goto(asked.path)
  await expect(answers(page)).toHaveCount(2)
  await expect(box(page)).toHaveValue('')
  expect(posts).toBeGreaterThan(0)

  // The same words sent again from the page that still stands there.
  await box(page).fill('Kami tunggu kabarnya.')
  const form = await page
    .locator('#form-reply')
    .evaluate((form: HTMLFormElement) =>
      Object.fromEntries(
        [...new FormData(form)].filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
      ),
    )
  const machine = await anotherMachine(browser, ani)
  const sent = await Promise.all(
    ['yes', 'no', 'yes'].map((waiting) =>
      machine.request.post(`${asked.path}?/reply`, {
        multipart: { ...form, waiting },
        headers: { accept: 'text/html', origin: pandu.origin },
      }),
    ),
  )
  expect(sent.map((answer) => answer.status())).toEqual([200, 200, 200])
  await expect(answers(page)).toHaveCount(3)
  await machine.close()
  await page.close()
})

test('a draft survives the page, the server and the machine, and is gone when it was sent', async ({ browser }) => {
  test.setTimeout(300_000)
  const asked = await askByMail('Tidak bisa masuk')
  const page = await open(ani, asked.path)
  await box(page).fill('Silakan ganti kata sandi')
  await saved(page)
  await page.close({ runBeforeUnload: false })
  await pandu.kill()
  await pandu.restart()

  // The same browser brings it back by itself.
  const again = await open(ani, asked.path)
  await expect(box(again)).toHaveValue('Silakan ganti kata sandi')
  await saved(again)

  // Another machine offers it; without script, too.
  const plain = await anotherMachine(browser, ani, noScript)
  const without = await open(plain, asked.path)
  await expect(box(without)).toHaveValue('')
  await without.getByRole('link', { name: 'Pulihkan draf' }).click()
  await expect(box(without)).toHaveValue('Silakan ganti kata sandi')
  await plain.close()

  const machine = await anotherMachine(browser, ani)
  const elsewhere = await open(machine, asked.path)
  await expect(elsewhere.locator('.draft')).toContainText('Ada draf Anda yang belum dikirim')
  await shoot(elsewhere, 'live-draft')
  await checkEveryForm(elsewhere, `${pandu.origin}${asked.path}`, { label: 'a draft is offered' })
  await elsewhere.goto(`${asked.path}?language=id`)
  await elsewhere.getByRole('link', { name: 'Pulihkan draf' }).click()
  await expect(box(elsewhere)).toHaveValue('Silakan ganti kata sandi')
  await box(elsewhere).fill('Silakan ganti kata sandi lewat halaman masuk.')
  await button(elsewhere, 'Kirim dan tunggu pemohon').click()
  await expect(answers(elsewhere)).toHaveCount(1)
  await expect(elsewhere.locator('.draft')).toHaveCount(0)

  // Nobody else ever sees it, and the first browser forgets it.
  const theirs = await open(sri, asked.path)
  await expect(box(theirs)).toHaveValue('')
  await expect(theirs.locator('.draft')).toHaveCount(0)
  await theirs.close()
  await again.reload()
  await expect(box(again)).toHaveValue('')
  await expect(again.locator('.draft')).toHaveCount(0)

  // A draft that is thrown away stays away.
  await box(again).fill('Setengah')
  await saved(again)
  await again.locator('#form-reply').getByRole('button', { name: 'Buang draf' }).click()
  await expect(box(again)).toHaveValue('')
  await again.reload()
  await expect(box(again)).toHaveValue('')

  // Gone from the page before the moment after which a draft is saved.
  await box(again).fill('Segera pergi')
  await again.locator('#menu a[href="/desk/settings"]').click()
  await expect(again).toHaveURL(/settings/)
  const third = await anotherMachine(browser, ani)
  const there = await open(third, asked.path)
  const offered = there.getByRole('link', { name: 'Pulihkan draf' })
  await expect.poll(async () => (await there.reload(), await offered.count())).toBe(1)
  await offered.click()
  await expect(box(there)).toHaveValue('Segera pergi')
  await third.close()
  await machine.close()
  await again.close()
})

test('when the server comes back, an open page finds out by itself what it missed', async ({ browser }) => {
  test.setTimeout(300_000)
  const asked = await askByMail('Jaringan putus')
  const page = await open(ani, asked.path)
  await box(page).fill('Sedang kami periksa')
  await saved(page)
  await pandu.kill()
  await box(page).fill('Sedang kami periksa kabelnya')
  await expect(page.locator('.draft')).toContainText('tulisan Anda masih ada di peramban ini')
  await pandu.restart()
  await saved(page)
  await writeAsRequester(browser, asked, 'Sudah tersambung lagi.')
  await expect(page.locator('.message.in')).toHaveCount(2)
  await expect(box(page)).toHaveValue('Sedang kami periksa kabelnya')
  await page.close()
})

test('strangers hear nothing, and open desks do not hold up the stop', async ({ browser }) => {
  const stranger = await aBrowser(browser)
  const answer = await stranger.request.get('/desk/live', { maxRedirects: 0 })
  expect([answer.status(), answer.headers()['location']]).toEqual([303, '/sign-in?next=%2Fdesk%2Flive'])
  await stranger.close()
  const page = await ani.newPage()
  const heard = page.waitForResponse('**/desk/live?**')
  await page.goto('/desk')
  expect((await heard).headers()['content-type']).toContain('text/event-stream')
  const begun = Date.now()
  expect(await pandu.stop({ keep: true })).toBe(0)
  expect(Date.now() - begun).toBeLessThan(STOP_CUT_MS)
  await page.close()
  expect(complaints).toEqual([])
})
