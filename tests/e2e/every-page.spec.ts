/**
 * axe on every page: the list of routes is read from the source, each must be visited in both languages and both colour schemes, at
 * 360 px without sideways scrolling; a route that nobody visits here fails the run.
 */
import type { Page } from '@playwright/test'
import { checkEveryForm, checkWords, compareRoutes, everyRoute, visit } from './axe.ts'
import { newId } from '../../src/server/platform/ids.ts'
import { putDutyLink, putOffer, putPaidWork, putProvider } from './a-provider.ts'
import { linkIn, sendMail } from './mail.ts'
import { shoot } from './screenshots.ts'
import { expect, MAIL_DOMAIN, startPandu, test, type RunningPandu } from './pandu.ts'

test.describe.configure({ mode: 'serial' })

const EMAIL = 'administrator.halaman@contoh.test'
const PASSWORD = 'jembatan biru di atas sungai'

let pandu: RunningPandu
let page: Page
/** Route → a whole address that shows it with something on it. */
const addresses: Record<string, string> = {}
const seen = new Set<string>()

test.beforeAll(async ({ browser }) => {
  test.setTimeout(180_000)
  pandu = await startPandu()
  page = await (await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'id-ID' })).newPage()
})
test.afterAll(async () => {
  await page.context().close()
  await pandu.stop()
})

/** One page in both languages and schemes; where `PANDU_SHOTS` names a folder, it leaves its four pictures there. */
async function look(route: string, address = addresses[route]): Promise<void> {
  if (!address) throw new Error(`no address is known for ${route}`)
  await checkEveryForm(page, address, {
    label: route,
    async look() {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      expect(wide, `${route} scrolls sideways at 360 px`).toBeLessThanOrEqual(0)
    },
  })
  if (process.env['PANDU_SHOTS']) {
    await visit(page, address, { language: 'id', scheme: 'light' })
    await shoot(page, route.slice(1).replaceAll(/[^a-z-]+/g, '.') || 'home')
  }
  seen.add(route)
}

/**
 * Each page of the desk by a click on another one, as people come there: with its words, with the same on it as when it is opened by its
 * address, and without a complaint of the browser.
 */
async function goFromPageToPage(): Promise<void> {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${page.url()} ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`${page.url()} ${error.message}`))
  const heard = page.locator('body[data-keys]')
  // From which list one comes decides which ticket is the next.
  const forgetList = () => page.evaluate(() => sessionStorage.clear())
  const read = async () => (await page.locator('main').innerText()).replaceAll(/\d+/g, '0')
  // What has no script is opened whole (src/lib/open-whole.ts), so that one of them stands for all.
  const hasWay = (id: string) => /^\/desk(\/settings$|\/(?!settings)|$)/.test(id)
  for (const route of [...seen].filter(hasWay)) {
    const address = addresses[route] ?? pandu.origin + route
    await forgetList()
    await visit(page, address, { language: 'id', scheme: 'light' })
    if (!route.startsWith('/desk/settings')) await heard.waitFor()
    const opened = await read()
    await forgetList()
    await visit(page, `${pandu.origin}/desk/organisations`, { language: 'id', scheme: 'light' })
    await heard.waitFor()
    const title = await page.title()
    await page.evaluate((href) => {
      const link = Object.assign(document.createElement('a'), { href })
      document.body.append(link)
      link.click()
    }, address)
    if (route !== '/desk/organisations') await expect.poll(() => page.title()).not.toBe(title)
    await checkWords(page, { label: `${route} by a click` })
    await expect.poll(read, { message: `${route} by a click` }).toBe(opened)
  }
  expect(complaints).toEqual([])
}

/** The first link below `path` on the page that stands open. */
const firstLink = async (pattern: RegExp) => {
  const links = await page.locator('a[href]').evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).href))
  const found = links.find((href) => pattern.test(new URL(href).pathname))
  if (!found) throw new Error(`${page.url()} has no link like ${pattern.source}`)
  return found
}

test('the ways in, each with a link that still opens', async () => {
  test.setTimeout(600_000)
  await look('/setup/[token]', await pandu.setup_link)
  await visit(page, await pandu.setup_link, { language: 'id', scheme: 'light' })
  await page.getByLabel('Nama lengkap').fill('Administrator Contoh')
  await page.getByLabel('Alamat surel').fill(EMAIL)
  await page.getByLabel('Kata sandi baru').fill(PASSWORD)
  await page.getByLabel('Ketik sekali lagi').fill(PASSWORD)
  await page.getByRole('button', { name: 'Buat akun dan masuk' }).click()
  await expect(page).toHaveURL(/\/desk/)
  await look('/sign-out', `${pandu.origin}/sign-out`)
  await look('/reset', `${pandu.origin}/reset`)
  await visit(page, `${pandu.origin}/reset`, { language: 'id', scheme: 'light' })
  await page.getByLabel('Alamat surel').fill(EMAIL)
  await page.locator('main button').click()
  const reset = await pandu.mails.waitFor((mail) => mail.to.includes(EMAIL) && mail.text.includes('/reset/'))
  await look('/reset/[token]', linkIn(reset, '/reset/'))
  await look('/sign-in/link', `${pandu.origin}/sign-in/link`)
  await visit(page, `${pandu.origin}/sign-in/link`, { language: 'id', scheme: 'light' })
  await page.getByLabel('Alamat surel').fill(EMAIL)
  await page.locator('main button').click()
  const way = await pandu.mails.waitFor((mail) => mail.to.includes(EMAIL) && mail.text.includes('/sign-in/'))
  await look('/sign-in/[token]', linkIn(way, '/sign-in/'))
  await look('/sign-in/again', `${pandu.origin}/sign-in/again?next=/desk/settings/people`)
})

test('the public pages, and a request followed by its link', async () => {
  test.setTimeout(600_000)
  const requester = 'pemohon.halaman@contoh.test'
  await sendMail(pandu.smtp_port, {
    from: `Ibu Contoh <${requester}>`,
    to: `helpdesk@${MAIL_DOMAIN}`,
    subject: 'Pencetak mati',
    text: 'Pencetak kami mati sejak kemarin.',
    attachments: [{ filename: 'foto.txt', content: 'contoh' }],
  })
  const answer = await pandu.mails.waitFor((mail) => mail.to.includes(requester))
  await look('/follow/[token]', linkIn(answer, '/follow/'))
  await look('/', `${pandu.origin}/`)
  await look('/ask', `${pandu.origin}/ask`)
  await look('/apply', `${pandu.origin}/apply?kind=partner`)
  await look('/follow', `${pandu.origin}/follow`)
  await look('/figures/referrals', `${pandu.origin}/figures/referrals`)
  await look('/pages/[slug]', `${pandu.origin}/pages/privasi`)
  const provider = await putProvider(pandu.data)
  await look('/offers/[token]', `${pandu.origin}/offers/${await putOffer(pandu.data, provider)}`)
  const paid = await putPaidWork(pandu.data, provider)
  await look('/paid/[token]', `${pandu.origin}/paid/${paid.token}`)
  await look('/agreements/[token]', `${pandu.origin}/agreements/${paid.agreement_token}`)
  // The same page with paid work on it: whom to ask, an answer, a question.
  await look('/follow/[token]', linkIn(answer, '/follow/'))
  await look('/duty/[token]', `${pandu.origin}/duty/${await putDutyLink(pandu.data, provider)}`)
  await look('/directory', `${pandu.origin}/directory`)
  await look('/directory/[id]', `${pandu.origin}/directory/${provider.organisation_id}`)
  await look('/directory/coverage', `${pandu.origin}/directory/coverage`)
  addresses['/desk/settings/providers/[id]'] = `${pandu.origin}/desk/settings/providers/${provider.desk_id}`
  addresses['/desk/settings/desks/[id]/institution'] =
    `${pandu.origin}/desk/settings/desks/${provider.own_unit_id}/institution`
  addresses['/desk/settings/desks/[id]/offices'] = `${pandu.origin}/desk/settings/desks/${provider.own_unit_id}/offices`
  await look('/my-data', `${pandu.origin}/my-data`)
  await visit(page, `${pandu.origin}/my-data`, { language: 'id', scheme: 'light' })
  await page.getByLabel('Alamat surel atau nomor telepon Anda').fill(requester)
  await page.getByRole('button', { name: 'Kirim tautan' }).click()
  const own = await pandu.mails.waitFor((mail) => mail.to.includes(requester) && mail.text.includes('/my-data/'))
  await look('/my-data/[token]', linkIn(own, '/my-data/'))
  await look('/[...unknown]', `${pandu.origin}/tidak/ada`)
})

test('the desk, with a request on it', async () => {
  test.setTimeout(1_200_000)
  await visit(page, `${pandu.origin}/desk?view=all`, { language: 'id', scheme: 'light' })
  addresses['/desk/tickets/[number]'] = await firstLink(/^\/desk\/tickets\/\d+/)
  await visit(page, addresses['/desk/tickets/[number]'], { language: 'id', scheme: 'light' })
  addresses['/desk/people/[id]'] = await firstLink(/^\/desk\/people\/[0-9a-f-]{36}/)
  addresses['/desk/people/[id]/personal-data'] = `${addresses['/desk/people/[id]']}/personal-data`
  for (const list of ['intake', 'outbox']) {
    await visit(page, `${pandu.origin}/desk/${list}`, { language: 'id', scheme: 'light' })
    addresses[`/desk/${list}/[id]`] = await firstLink(new RegExp(`^/desk/${list}/[0-9a-f-]{36}`))
  }
  await visit(page, `${pandu.origin}/desk/settings/desks`, { language: 'id', scheme: 'light' })
  const desk = await firstLink(/^\/desk\/settings\/desks\/[0-9a-f-]{36}/)
  addresses['/desk/settings/desks/[id]'] = desk
  for (const part of ['competences', 'hours', 'members', 'organisation', 'regions'])
    addresses[`/desk/settings/desks/[id]/${part}`] = `${desk}/${part}`
  addresses['/desk/settings/pages/[slug]'] = `${pandu.origin}/desk/settings/pages/privasi`
  await visit(page, `${pandu.origin}/desk/settings/people`, { language: 'id', scheme: 'light' })
  addresses['/desk/settings/people/[id]'] = await firstLink(/^\/desk\/settings\/people\/[0-9a-f-]{36}/)
  addresses['/desk/settings/people/[id]/hand-over'] = `${addresses['/desk/settings/people/[id]']}/hand-over`
  const pair = { one: addresses['/desk/people/[id]'], other: addresses['/desk/settings/people/[id]'] }
  addresses['/desk/settings/duplicates/compare'] =
    `${pandu.origin}/desk/settings/duplicates/compare?one=${pair.one.split('/').at(-1)}&other=${pair.other.split('/').at(-1)}`
  await visit(page, `${pandu.origin}/desk/settings/applications`, { language: 'id', scheme: 'light' })
  await page.getByLabel('Nama lembaga').fill('Komunitas Contoh')
  await page.getByLabel('Surel', { exact: true }).fill('lembaga.halaman@contoh.test')
  await page.getByRole('button', { name: 'Kirim tautan formulir' }).click()
  await expect(page).toHaveURL(/done=saved/)
  addresses['/desk/settings/applications/[id]'] = await firstLink(/^\/desk\/settings\/applications\/[0-9a-f-]{36}/)
  const begun = await pandu.mails.waitFor((mail) => mail.to.includes('lembaga.halaman@contoh.test'))
  await look('/apply/[token]', linkIn(begun, '/apply/'))
  await look('/apply/[token]/form', `${linkIn(begun, '/apply/')}/form`)
  await visit(page, `${pandu.origin}/desk/calls/new`, { language: 'id', scheme: 'light' })
  await page.getByLabel('Nomor penelepon').fill('081234567890')
  await page.getByLabel('Nama penelepon').fill('Tono Contoh')
  await page.getByLabel('Tentang apa').fill('Pencetak tidak mau mencetak')
  await page.getByRole('button', { name: 'Simpan', exact: true }).click()
  await expect(page).toHaveURL(/logged=new/)
  await visit(page, `${pandu.origin}/desk/calls`, { language: 'id', scheme: 'light' })
  addresses['/desk/calls/[id]'] = await firstLink(/^\/desk\/calls\/[0-9a-f-]{36}/)
  addresses['/desk/calls/new'] = `${pandu.origin}/desk/calls/new?caller=081234567890`
  addresses['/desk/settings/channels'] = `${pandu.origin}/desk/settings/channels?dns=1`
  await visit(page, `${pandu.origin}/desk/settings/organisations`, { language: 'id', scheme: 'light' })
  await page.getByLabel('Nama lembaga', { exact: true }).fill('Dinas Contoh')
  await page.getByRole('button', { name: 'Tambah lembaga' }).click()
  await expect(page).toHaveURL(/organisations\/[0-9a-f-]{36}/)
  addresses['/desk/settings/organisations/[id]'] = `${page.url().split('?')[0]}?q=contoh`
  await visit(page, `${pandu.origin}/desk/settings/sign-in-providers`, { language: 'id', scheme: 'light' })
  await page.getByLabel('Nama', { exact: true }).fill('Masuk Contoh')
  await page.getByLabel('Alamat penyedia').fill('https://masuk.contoh.test')
  await page.getByRole('button', { name: 'Tambah penyedia' }).click()
  await expect(page).toHaveURL(/done=added/)
  addresses['/desk/settings/sign-in-providers/[id]'] = page.url().split('?')[0]!
  await visit(page, `${pandu.origin}/desk/settings/personal-data/incidents`, { language: 'id', scheme: 'light' })
  await page.getByLabel('Data yang terungkap').fill('nama dan alamat surel contoh')
  await page.getByLabel('Bagaimana terjadinya').fill('latihan contoh')
  await page.getByLabel('Penanganan dan pemulihan').fill('tidak ada')
  await page.getByLabel('Diketahui (WIB)').fill('2026-11-22T08:00')
  await page.getByRole('button', { name: 'Catat insiden' }).click()
  await expect(page).toHaveURL(/personal-data\/incidents\/[0-9a-f-]{36}/)
  addresses['/desk/settings/personal-data/incidents/[id]'] = page.url().replace(/\?.*/, '')
  // Asked for before the long walk: a quarter of an hour after signing in, whoever invites is asked for the password again.
  await visit(page, `${pandu.origin}/desk/settings/people/invite`, { language: 'id', scheme: 'light' })
  await page.getByLabel('Nama', { exact: true }).fill('Petugas Contoh')
  await page.getByLabel('Alamat surel').fill('petugas.halaman@contoh.test')
  await page.locator('main form button').last().click()
  const invitation = await pandu.mails.waitFor((mail) => mail.to.includes('petugas.halaman@contoh.test'))
  for (const { id, kind } of everyRoute())
    if (kind === 'page' && id.startsWith('/desk')) await look(id, addresses[id] ?? pandu.origin + id)
  await goFromPageToPage()

  // Last, because accepting an invitation and signing in are for somebody who is not in.
  await page.context().clearCookies()
  await look('/invite/[token]', linkIn(invitation, '/invite/'))
  for (const way of ['/sign-in', '/sign-in/second', '/sign-in/factor', '/sign-in/passkey', '/sign-in/second/passkey'])
    await look(way, pandu.origin + way)
  const provider = `${pandu.origin}/sign-in/with/${newId()}`
  await look('/sign-in/with/[provider]', provider)
  for (const end of ['callback', 'confirm']) await look(`/sign-in/with/[provider]/${end}`, `${provider}/${end}`)
})

test('no page was left out', () => {
  expect(everyRoute().length).toBeGreaterThan(40)
  expect(compareRoutes(Object.fromEntries([...seen].map((route) => [route, true])))).toEqual({
    unvisited: [],
    unknown: [],
  })
})
