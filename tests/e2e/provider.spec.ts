/**
 * A request goes to a member who works by mail: the offer comes by mail, is accepted from the mail's link in a browser without scripts, answered by
 * mail, read on the follow page, finished by one line, and confirmed by the requester; another is given back; and paid work is asked for, answered and
 * agreed. All without scripts.
 */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { newId } from '../../src/server/platform/ids.ts'
import { reachRunningPostgres } from '../../src/server/platform/postgres/reach-running.ts'
import { putProvider } from './a-provider.ts'
import { linkIn, sendMail, type SunkMail } from './mail.ts'
import { expect, noScript, startPandu, test, type RunningPandu } from './pandu.ts'
import { shoot } from './screenshots.ts'

test.use(noScript)

const CONTACT = 'jaga@mitra.contoh.test'
const REQUESTER = 'rina@kantor.contoh.test'

/** Somebody who is told of offers and has no account. */
async function putContact(data: string, desk_id: string): Promise<void> {
  const database = new pg.Client((await reachRunningPostgres(data)).connection('owner'))
  await database.connect()
  const [person, point] = [newId(), newId()]
  try {
    await database.query(
      `insert into people (id, name, folded_name, language) values ($1, 'Bayu Contoh', 'bayu contoh', 'id')`,
      [person],
    )
    await database.query(
      `insert into contact_points (id, person_id, channel, address, normalised) values ($1, $2, 'email', $3, $3)`,
      [point, person, CONTACT],
    )
    await database.query(
      `insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position, proven_at) values ($1, $2, $3, $4, 'email', 1, now())`,
      [newId(), desk_id, person, point],
    )
  } finally {
    await database.end()
  }
}

let pandu: RunningPandu
let token: string
test.beforeAll(async () => {
  test.setTimeout(240_000)
  pandu = await startPandu()
  const { desk_id } = await putProvider(pandu.data)
  await putContact(pandu.data, desk_id)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['src/cli.ts', 'token', 'create', '--scopes', 'all', '--json'],
    {
      cwd: resolve(import.meta.dirname, '../..'),
      env: { ...process.env, PANDU_DATA: pandu.data, PANDU_LOG: 'silent' },
    },
  )
  ;({ token } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { token: string })
})
test.afterAll(() => pandu?.stop())

async function post(path: string, body: object) {
  const response = await fetch(`${pandu.origin}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(response.status, await response.clone().text()).toBe(201)
  return (await response.json()) as Record<string, string>
}
const toContact = (...parts: string[]) =>
  pandu.mails.waitFor(
    (mail) => mail.to.includes(CONTACT) && parts.every((part) => (mail.subject + mail.text).includes(part)),
  )
const answer = (mail: SunkMail, text: string) =>
  sendMail(pandu.smtp_port, {
    from: `Bayu Contoh <${CONTACT}>`,
    to: mail.parsed.replyTo?.value[0]?.address ?? '',
    subject: `Re: ${mail.subject}`,
    inReplyTo: mail.parsed.messageId ?? '',
    text,
  })

test('a member gets an offer by mail, accepts it from the mail, answers by mail, and the requester confirms', async ({
  page,
}) => {
  test.setTimeout(300_000)
  const ticket = await post('/tickets', {
    subject: 'Dokumen Writer tidak terbuka',
    text: 'Saya Rina Contoh, WA 0812-3456-7890. Dokumen Writer tidak terbuka sejak kemarin.',
    requester: { name: 'Rina Contoh', email: REQUESTER },
    region: '63.71',
    topic: 'perkantoran',
  })
  const follow = linkIn(await pandu.mails.waitFor((mail) => mail.to.includes(REQUESTER)), '/follow/')
  expect(await post(`/tickets/${ticket['number']}/referrals`, {})).toMatchObject({ state: 'offered' })

  const offer = await toContact('Tawaran')
  expect(offer.text).toContain('Dokumen Writer tidak terbuka sejak kemarin.')
  expect(offer.raw.toString()).not.toMatch(/Rina|0812/)

  // Whoever looks links over opens them, and decides nothing.
  const link = linkIn(offer, '/offers/')
  for (let times = 0; times < 2; times++) expect((await page.request.get(link)).status()).toBe(200)
  await page.setViewportSize({ width: 360, height: 740 })
  await page.goto(link)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Terima permintaan ini?')
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
  await shoot(page, 'offer')
  await page.getByRole('button', { name: 'Terima', exact: true }).first().click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sudah diterima')
  await expect(page.getByRole('button', { name: 'Batalkan jawaban' })).toBeVisible()
  await shoot(page, 'offer-accepted')

  const the_case = await toContact('SELESAI')
  expect(the_case.text).toContain('Rina Contoh')
  await answer(the_case, 'Perbarui LibreOffice, lalu buka lagi dokumennya.')
  await pandu.mails.waitFor((mail) => mail.to.includes(REQUESTER) && mail.text.includes('Perbarui LibreOffice'))
  await page.goto(follow)
  await expect(page.locator('.messages')).toContainText('Perbarui LibreOffice')
  await expect(page.locator('.pairs')).toContainText('Komunitas Linux Banua (contoh)')

  const code = /SELESAI ([2-9A-Z]{3,8})/.exec(the_case.text)![1]!
  await answer(the_case, `SELESAI ${code}`)
  await toContact('kami catat selesai')
  await page.goto(follow)
  await page.getByRole('button', { name: 'Sudah teratasi' }).click()
  await expect(page.getByRole('status')).toBeVisible()
  await page.goto(link)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/Sudah (?:diterima|selesai)/)
})

test('a case that was accepted is given back by one line, taken again, given back for good; the requester reads that another is looked for', async ({
  page,
}) => {
  test.setTimeout(300_000)
  const requester = 'sari@kantor.contoh.test'
  const ticket = await post('/tickets', {
    subject: 'Jaringan kantor putus',
    text: 'Jaringan di kantor putus setiap sore.',
    requester: { name: 'Sari Contoh', email: requester },
    region: '63.71',
    topic: 'perkantoran',
  })
  const follow = linkIn(await pandu.mails.waitFor((mail) => mail.to.includes(requester)), '/follow/')
  await post(`/tickets/${ticket['number']}/referrals`, {})
  const offer = await toContact('Tawaran', 'Jaringan di kantor putus')
  await page.goto(linkIn(offer, '/offers/'))
  await page.getByRole('button', { name: 'Terima', exact: true }).first().click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sudah diterima')
  const the_case = await toContact('SELESAI', 'Sari Contoh')
  const code = /SELESAI ([2-9A-Z]{3,8})/.exec(the_case.text)![1]!

  await answer(the_case, `KEMBALIKAN ${code} Kami kekurangan orang minggu ini`)
  const echo = await toContact(`Kasus ${code} Anda kembalikan`)
  expect(echo.text).toContain('BATAL')
  await answer(echo, 'BATAL')
  await toContact(`Kasus ${code} kembali Anda pegang`)
  await page.goto(follow)
  await expect(page.locator('.pairs')).toContainText('Komunitas Linux Banua (contoh)')

  await answer(the_case, `KEMBALIKAN ${code} Kami benar-benar kekurangan orang`)
  await expect(async () => {
    await page.goto(follow)
    await expect(page.locator('.pairs').first()).not.toContainText('Komunitas Linux Banua (contoh)', { timeout: 1_000 })
  }).toPass()
  await page.goto(linkIn(offer, '/offers/'))
  await expect(page.getByRole('button', { name: 'Terima', exact: true })).toHaveCount(0)
})

test('paid work: written down at the desk, agreed to by the requester, answered by a link, contacts after both, and what came of it', async ({
  page,
  browser,
}) => {
  test.setTimeout(300_000)
  const requester = 'tono@kantor.contoh.test'
  const ticket = await post('/tickets', {
    subject: 'Pasang jaringan dua lantai',
    text: 'Kami perlu orang yang memasang jaringan di dua lantai.',
    requester: { name: 'Tono Contoh', email: requester },
    region: '63.71',
    topic: 'perkantoran',
    kind: 'paid',
  })
  const follow = linkIn(await pandu.mails.waitFor((mail) => mail.to.includes(requester)), '/follow/')

  const desk = await browser.newContext({ ...noScript, baseURL: pandu.origin, locale: 'id-ID' })
  const office = await desk.newPage()
  await office.goto(await pandu.setup_link)
  await office.getByLabel('Nama lengkap').fill('Ani Contoh')
  await office.getByLabel('Alamat surel').fill('ani.berbayar@contoh.test')
  for (const field of await office.locator('input[type=password]').all())
    await field.fill('jembatan biru di atas sungai')
  await office.getByRole('button', { name: 'Buat akun dan masuk' }).click()
  await office.goto(`/desk/tickets/${ticket['number']}`)
  await office.getByText('Carikan pelaksana berbayar').click()
  await office.locator('textarea[name=scope]').fill('Pasang jaringan untuk dua puluh komputer di dua lantai.')
  await office.locator('input[name=work_place]').fill('Jalan Contoh 1, Banjarmasin')
  await office.locator('input[name=wanted_by]').fill(new Date(Date.now() + 40 * 86_400_000).toISOString().slice(0, 10))
  await office.locator('form[action="?/open_need"] button').click()
  await expect(office.locator('#done, [role=status]').first()).toBeVisible()

  await page.goto(follow)
  await page.getByLabel('Komunitas Linux Banua (contoh)').check()
  await page.locator('form[action="?/ask_providers"] button').first().click()
  const invitation = await toContact('dua puluh komputer')
  expect(invitation.raw.toString()).not.toMatch(/Tono|Jalan Contoh/)

  const invited = await browser.newContext({ ...noScript, locale: 'id-ID', viewport: { width: 360, height: 740 } })
  const theirs = await invited.newPage()
  const link = linkIn(invitation, '/paid/')
  await theirs.goto(link)
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Apakah lembaga Anda berminat?')
  expect(await theirs.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
  await theirs.locator('#no_party').check()
  await theirs.getByRole('button', { name: 'Kami berminat' }).click()
  await expect(theirs.locator('body')).not.toContainText(requester)

  await page.goto(follow)
  await page.locator('form[action="?/show_contacts"] button').click()
  await expect(page.locator('section', { has: page.locator('#paid') }).first()).toContainText(CONTACT)
  // Both sides are put together when the two have confirmed; the mail that says so is the sign for it.
  await expect(async () => {
    await theirs.goto(link)
    await expect(theirs.locator('#contacts + p')).toContainText(requester, { timeout: 1_000 })
  }).toPass()

  // The requester records what they agreed on; the provider, who has no account, confirms it by the link of its mail.
  await page.goto(follow)
  await page.getByText('Catat perjanjian', { exact: true }).click()
  await page.getByLabel('Jenis').selectOption('maintenance')
  await page.getByLabel('Mulai').fill('2099-01-01')
  await page.getByLabel('Sampai').fill('2098-01-01')
  await page.getByLabel('Ditanggapi dalam (menit kerja)').fill('120')
  await page.getByLabel('Diselesaikan dalam (menit kerja)').fill('960')
  await page.getByRole('button', { name: 'Catat dan minta dibenarkan' }).click()
  await expect(page.locator('#ends_on-fault')).toBeVisible()
  await page.getByLabel('Sampai').fill('2099-12-31')
  await page.getByRole('button', { name: 'Catat dan minta dibenarkan' }).click()
  const agreed = page.locator('section', { has: page.getByRole('heading', { name: /^Perjanjian dengan/ }) }).last()
  await expect(agreed).toContainText('Menunggu dibenarkan pihak lainnya')
  await shoot(page, 'follow-agreement-recorded')
  await theirs.goto(linkIn(await toContact('mencatat bahwa ada perjanjian'), '/agreements/'))
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Benarkah perjanjian ini ada?')
  expect(await theirs.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
  await shoot(theirs, 'agreement-asked')
  await theirs.getByRole('button', { name: 'Ya, ini benar' }).click()
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Dibenarkan')
  await page.goto(follow)
  await expect(agreed).toContainText('Komunitas Linux Banua (contoh) membenarkannya')
  await shoot(page, 'follow-agreement-confirmed')
  await page.getByRole('radio', { name: /Komunitas Linux Banua/ }).check()
  await page.locator('form[action="?/outcome"] button').click()
  await theirs.goto(link)
  await expect(theirs.getByRole('heading', { level: 1 })).toHaveText('Pemohon mencatat bahwa Anda sepakat')
  await Promise.all([desk.close(), invited.close()])
})
