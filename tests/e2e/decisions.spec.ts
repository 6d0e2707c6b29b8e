/** The secretary's one screen, by keyboard alone: what waits longest has the focus first, and Enter does what is proposed. */
import pg from 'pg'
import { newId } from '../../src/server/platform/ids.ts'
import { reachRunningPostgres } from '../../src/server/platform/postgres/reach-running.ts'
import { checkPage } from './axe.ts'
import { sendMail } from './mail.ts'
import { expect, MAIL_DOMAIN, noScript, startPandu, test, type RunningPandu } from './pandu.ts'

let pandu: RunningPandu
test.beforeAll(async () => {
  test.setTimeout(240_000)
  pandu = await startPandu()
})
test.afterAll(() => pandu?.stop())

test('two keys settle an objection; the next one waits; without script a button does', async ({ browser }) => {
  test.setTimeout(120_000)
  const context = await browser.newContext({
    baseURL: pandu.origin,
    locale: 'id-ID',
    viewport: { width: 360, height: 740 },
  })
  const page = await context.newPage()
  await page.goto(await pandu.setup_link)
  await page.getByLabel('Nama lengkap').fill('Ani Contoh')
  await page.getByLabel('Alamat surel').fill('ani.keputusan@contoh.test')
  for (const field of await page.locator('input[type=password]').all()) await field.fill('jembatan biru di atas sungai')
  await page.getByRole('button', { name: 'Buat akun dan masuk' }).click()
  await expect(page).toHaveURL(/\/desk/)
  await page.goto('/desk/decisions')
  await expect(page.getByText('Tidak ada yang menunggu keputusan Anda')).toBeVisible()

  await sendMail(pandu.smtp_port, {
    from: 'Budi Contoh <budi.keputusan@contoh.test>',
    to: `helpdesk@${MAIL_DOMAIN}`,
    subject: 'Pencetak mati',
    text: 'Pencetak kami mati.',
  })
  await pandu.mails.waitFor((mail) => mail.to.includes('budi.keputusan@contoh.test'))
  await putObjection()

  await page.goto('/desk/decisions')
  await expect(page.locator('body')).toHaveAttribute('data-keys', 'heard')
  await checkPage(page, { label: 'decisions at 360 px' })
  await page.keyboard.press('j')
  await expect(page.getByRole('button', { name: 'Sudah ditangani' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByText('Selesai. Inilah yang berikutnya.')).toBeVisible()
  await expect(page.getByText('Tidak ada yang menunggu keputusan Anda')).toBeVisible()

  await putObjection()
  const plain = await browser.newContext({
    ...noScript,
    baseURL: pandu.origin,
    storageState: await context.storageState(),
  })
  const other = await plain.newPage()
  await other.goto('/desk/decisions?kind=objection')
  await other.getByRole('button', { name: 'Sudah ditangani' }).click()
  await expect(other.getByText('Tidak ada yang menunggu dari jenis ini.')).toBeVisible()
  await Promise.all([context.close(), plain.close()])
})

/** The newest request was referred once, and its requester did not agree. */
async function putObjection() {
  const database = new pg.Client((await reachRunningPostgres(pandu.data)).connection('owner'))
  await database.connect()
  const id = newId()
  await database.query(
    `insert into referrals (id, ticket_id, kind, state, referring_desk_id, region_code, province_code, urgency, summary, ended_at)
      select $1, id, 'free', 'withdrawn', holder_desk_id, '63.71', '63', 'normal', 'Pencetak mati.', now() from tickets order by id desc limit 1`,
    [id],
  )
  await database.query(
    `insert into referral_objections (id, referral_id, ticket_id, words) select $1, id, ticket_id, 'Kami ingin yang lebih dekat.' from referrals where id = $2`,
    [newId(), id],
  )
  await database.end()
}
