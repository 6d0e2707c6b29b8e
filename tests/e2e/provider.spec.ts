/**
 * A request goes to a member who works by mail: the offer comes by mail, is accepted from the mail's link in a browser without scripts, answered by
 * mail, read on the follow page, finished by one line, and confirmed by the requester.
 */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { newId } from '../../src/server/platform/ids.ts'
import { reachRunningPostgres } from '../../src/server/platform/postgres/reach-running.ts'
import { putProvider } from './a-provider.ts'
import { linkIn, sendMail, type SunkMail } from './mail.ts'
import { expect, noScript, startPandu, test } from './pandu.ts'
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

test('a member gets an offer by mail, accepts it from the mail, answers by mail, and the requester confirms', async ({
  page,
}) => {
  test.setTimeout(300_000)
  const pandu = await startPandu()
  try {
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
    const { token } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { token: string }
    const post = async (path: string, body: object) => {
      const response = await fetch(`${pandu.origin}/api/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect(response.status, await response.clone().text()).toBe(201)
      return (await response.json()) as Record<string, string>
    }
    const ticket = await post('/tickets', {
      subject: 'Dokumen Writer tidak terbuka',
      text: 'Saya Rina Contoh, WA 0812-3456-7890. Dokumen Writer tidak terbuka sejak kemarin.',
      requester: { name: 'Rina Contoh', email: REQUESTER },
      region: '63.71',
      topic: 'perkantoran',
    })
    const follow = linkIn(await pandu.mails.waitFor((mail) => mail.to.includes(REQUESTER)), '/follow/')
    expect(await post(`/tickets/${ticket['number']}/referrals`, {})).toMatchObject({ state: 'offered' })

    const toContact = (part: string) =>
      pandu.mails.waitFor((mail) => mail.to.includes(CONTACT) && (mail.subject + mail.text).includes(part))
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
    const answer = (mail: SunkMail, text: string) =>
      sendMail(pandu.smtp_port, {
        from: `Bayu Contoh <${CONTACT}>`,
        to: mail.parsed.replyTo?.value[0]?.address ?? '',
        subject: `Re: ${mail.subject}`,
        inReplyTo: mail.parsed.messageId ?? '',
        text,
      })
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
  } finally {
    await pandu.stop()
  }
})
