/** The secretary's one screen, by keyboard alone: what waits longest has the focus first, and Enter does what is proposed. */
import type { BrowserContext } from '@playwright/test'
import pg from 'pg'
import { newId } from '../../src/server/platform/ids.ts'
import { reachRunningPostgres } from '../../src/server/platform/postgres/reach-running.ts'
import { checkPage } from './axe.ts'
import { sendMail } from './mail.ts'
import { expect, MAIL_DOMAIN, noScript, startPandu, test, type RunningPandu } from './pandu.ts'
import { shoot } from './screenshots.ts'

let pandu: RunningPandu
/** Who signed in for the first story goes on in the second. */
let signed_in: Awaited<ReturnType<BrowserContext['storageState']>>
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
  signed_in = await context.storageState()
  await Promise.all([context.close(), plain.close()])
})

test('each of the other buttons does what it says, without script', async ({ browser }) => {
  test.setTimeout(120_000)
  const made = await putOneOfEach()
  const context = await browser.newContext({
    ...noScript,
    baseURL: pandu.origin,
    locale: 'id-ID',
    storageState: signed_in,
  })
  const page = await context.newPage()
  await page.goto('/desk/decisions')
  await expect(page.getByRole('listitem').filter({ has: page.locator('.what') })).toHaveCount(6)
  await shoot(page, 'decisions')

  const press = async (kind: string, name: string) => {
    await page.goto(`/desk/decisions?kind=${kind}`)
    await page.getByRole('button', { name, exact: true }).first().click()
    await expect(page.getByText('Selesai. Inilah yang berikutnya.')).toBeVisible()
  }
  const none = page.getByText('Tidak ada yang menunggu dari jenis ini.')
  await press('held', 'Masukkan ke tiket')
  await press('held', 'Tolak')
  await expect(none).toBeVisible()
  await press('follow_up', 'Gabungkan')
  await press('follow_up', 'Bukan lanjutan')
  await expect(none).toBeVisible()
  await press('unmet', 'Rujukkan lagi')

  await page.goto('/desk/decisions?kind=incomplete')
  await page.getByText('Lengkapi', { exact: true }).click()
  await page.getByLabel('Langkah').fill('Kabel dipasang lagi.')
  await page.getByRole('button', { name: 'Simpan penyelesaian' }).click()
  await expect(page.getByText('Selesai. Inilah yang berikutnya.')).toBeVisible()
  await expect(none).toBeVisible()
  await context.close()

  expect(await became(made)).toEqual({
    // It names no ticket, so it opens one.
    accepted: 'ticket',
    rejected: 'refused',
    merged: true,
    apart: true,
    referred: 2,
    steps: 'Kabel dipasang lagi.',
  })
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

type Made = Record<'first' | 'accept' | 'reject' | 'merge' | 'apart' | 'unmet' | 'solved', string>

/** Beside the one request that came by mail: a request for each other button, as it would stand there; the held mails are that mail again. */
async function putOneOfEach(): Promise<Made> {
  const database = new pg.Client((await reachRunningPostgres(pandu.data)).connection('owner'))
  await database.connect()
  const { rows } = await database.query<{ id: string }>('select id from tickets order by id limit 1')
  const made: Made = {
    first: rows[0]!.id,
    accept: newId(),
    reject: newId(),
    merge: newId(),
    apart: newId(),
    unmet: newId(),
    solved: newId(),
  }
  for (const [index, held] of [made.accept, made.reject].entries())
    await database.query(
      `insert into intake_items select (jsonb_populate_record(i, jsonb_build_object('id', $1::text, 'fingerprint', $1::text, 'outcome', 'quarantined',
          'reason', 'sender_doubtful', 'ticket_id', null, 'ticket_message_id', null, 'possible_ticket_id', $2::text,
          'received_at', now() - make_interval(hours => $3::int)))).*
        from intake_items i where i.raw is not null order by i.id limit 1`,
      [held, made.first, 3 - index],
    )
  for (const [index, id] of [made.merge, made.apart, made.unmet, made.solved].entries()) {
    const number = `(9000 + ${index}) * 10 + damm_digit(9000 + ${index})`
    await database.query(
      `insert into tickets select (jsonb_populate_record(t, jsonb_build_object('id', $1::text, 'number', ${number}, 'region_code', '63.71', 'topic_code', 'perkantoran',
          'state', 'open', 'subject', 'Pencetak masih mati ' || ${index}, 'possible_ticket_id', $2::text))).* from tickets t where id = $3`,
      [id, index < 2 ? made.first : null, made.first],
    )
    await database.query(
      'insert into ticket_desks (ticket_id, desk_id, since) select id, holder_desk_id, now() from tickets where id = $1',
      [id],
    )
    await database.query(
      `insert into participants select (jsonb_populate_record(p, jsonb_build_object('ticket_id', $1::text))).* from participants p where ticket_id = $2`,
      [id, made.first],
    )
  }
  await database.query(
    `insert into referrals (id, ticket_id, kind, state, referring_desk_id, region_code, province_code, topic_code, urgency, summary, shown_at)
      select $1, id, 'free', 'unmet', holder_desk_id, '63.71', '63', 'perkantoran', 'normal', 'Pencetak mati.', now() from tickets where id = $2`,
    [newId(), made.unmet],
  )
  await database.query(`update tickets set state = 'referred', waiting_since = null where id = $1`, [made.unmet])
  await database.query(
    `insert into resolutions (ticket_id, id, problem, steps, to_complete_since) values ($1, $2, 'Pencetak mati', '-', now())`,
    [made.solved, newId()],
  )
  await database.query(`update tickets set state = 'resolved', waiting_since = null where id = $1`, [made.solved])
  await database.end()
  return made
}

async function became(made: Made) {
  const database = new pg.Client((await reachRunningPostgres(pandu.data)).connection('owner'))
  await database.connect()
  const { rows } = await database.query(
    `select (select outcome from intake_items where id = $1) as accepted, (select outcome from intake_items where id = $2) as rejected,
      (select state = 'closed' from tickets where id = $3) as merged,
      (select possible_ticket_id is null from tickets where id = $4) as apart,
      (select count(*)::int from referrals where ticket_id = $5) as referred,
      (select steps from resolutions where ticket_id = $6 and to_complete_since is null) as steps`,
    [made.accept, made.reject, made.merge, made.apart, made.unmet, made.solved],
  )
  await database.end()
  return rows[0] as unknown
}
