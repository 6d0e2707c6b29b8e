/** Whoever looks at somebody's request leaves a trace, also when Pandu is stopped the moment after; the administrator reads it, and takes it along. */
import { readFileSync } from 'node:fs'
import { checkPage } from './axe.ts'
import { sendMail } from './mail.ts'
import { expect, MAIL_DOMAIN, signIn, test } from './pandu.ts'
import { shoot } from './screenshots.ts'

test('who saw and did what', async ({ browser, pandu, administrator }) => {
  test.setTimeout(300_000)
  const context = await browser.newContext({ locale: 'id-ID', timezoneId: 'Asia/Jakarta' })
  const page = await context.newPage()
  await signIn(page, pandu, administrator)
  await sendMail(pandu.smtp_port, {
    from: 'Ibu Contoh <pemohon.jurnal@contoh.test>',
    to: `helpdesk@${MAIL_DOMAIN}`,
    subject: 'Pencetak mati',
    text: 'Pencetak kami mati sejak kemarin.',
  })
  const received = await pandu.mails.waitFor((mail) => mail.to.includes('pemohon.jurnal@contoh.test'))
  const number = /#(\d+)/.exec(received.subject)![1]!
  // Somebody else's request, as far as this page knows: nobody is told whether there is one.
  expect((await page.goto(`${pandu.origin}/desk/people/0192f0c0-0000-7000-8000-000000000001`))!.status()).toBe(404)
  await page.goto(`${pandu.origin}/desk/tickets/${number}`)
  await page.goto(`${pandu.origin}/desk/tickets/${number}`)
  await pandu.restart()

  await page.goto(`${pandu.origin}/desk/settings/journal?ticket=${number}&topic=reading`)
  const rows = page.locator('table tbody tr')
  await expect(rows).toHaveCount(1)
  // What was done, by what the reader was let in, and to which ticket.
  await expect(rows).toContainText(
    new RegExp(`Petugas Contoh membuka tiket ini\\s+permintaan meja sendiri\\s+#${number}`),
  )
  await expect(rows).toContainText('127.0.0.1')
  await page.goto(`${pandu.origin}/desk/settings/journal?topic=refusals`)
  await expect(rows.filter({ hasText: 'meminta sesuatu yang tidak ada' }).first()).toBeVisible()

  await page.goto(`${pandu.origin}/desk/settings/journal`)
  await checkPage(page, { label: 'journal' })
  await shoot(page, 'journal')
  await page.getByLabel('Sampai tanggal').fill('2001-01-01')
  await page.getByRole('button', { name: 'Tampilkan' }).click()
  await expect(page.getByText('Tidak ada catatan yang cocok')).toBeVisible()
  await shoot(page, 'journal-empty')
  await page.getByRole('link', { name: 'Hapus saringan' }).click()
  await expect(rows.first()).toBeVisible()
  await page.getByLabel('Untuk apa jurnal ini diunduh?').fill('contoh: pemeriksaan tahunan')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Unduh sebagai CSV' }).click(),
  ])
  expect(readFileSync((await download.path())!, 'utf8')).toContain('"ticket.seen"')
  // Written after the answer, so a page of the same moment may not have it yet.
  await expect(async () => {
    await page.goto(`${pandu.origin}/desk/settings/journal?topic=reading`)
    await expect(page.getByText('Petugas Contoh mengunduh isi jurnal')).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await context.close()
})
