/**
 * What becomes of mails as real mailers write them: quotation and signature folded on the desk and on the follow page without script,
 * invitations in words, sealed mail named as such; and one that the reader gives up on, put aside, tried again, made a ticket by hand.
 */
import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { linkIn, sendMail } from './mail.ts'
import { expect, MAIL_DOMAIN, signIn, test } from './pandu.ts'

const HELPDESK = `helpdesk@${MAIL_DOMAIN}`
/** Far more parts than any mailer makes. */
const HOSTILE = [
  'From: Pengirim Contoh <pengirim@desa.contoh.test>',
  `To: ${HELPDESK}`,
  'Subject: Sejuta bagian',
  'Message-ID: <sejuta@desa.contoh.test>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b\r\n\r\nx\r\n'.repeat(200_000) + '--b--',
  '',
].join('\r\n')

let desk: Page
test.beforeAll(async ({ browser, pandu, administrator }) => {
  const page = (desk = await (await browser.newContext({ locale: 'id-ID', timezoneId: 'Asia/Jakarta' })).newPage())
  await signIn(page, pandu, administrator)
})
test.afterAll(() => desk?.context().close())

test('quotation and signature are folded, and unfold without script', async ({ browser, pandu }) => {
  const from = 'sari@dinas.contoh.test'
  const text =
    'Masih bergaris hasilnya.\n\n-- \nSari Contoh\nSubbagian Umum\n\nPada Sen, 23 Nov 2026 07.58, Meja Bantuan Contoh menulis:\n> Coba bersihkan kepalanya.\n'
  await sendMail(pandu.smtp_port, { from: `Sari Contoh <${from}>`, to: HELPDESK, subject: 'Pencetak bergaris', text })
  const acknowledgement = await pandu.mails.waitFor((mail) => mail.to.includes(from), 60_000)
  await desk.goto(`${pandu.origin}/desk/tickets/${/#(\d+)/.exec(acknowledgement.subject)![1]}`)
  const context = await browser.newContext({ locale: 'id-ID', javaScriptEnabled: false })
  const follow = await context.newPage()
  await follow.goto(linkIn(acknowledgement, '/follow/'))
  for (const page of [desk, follow]) {
    await expect(page.getByText('Masih bergaris hasilnya.').first()).toBeVisible()
    await expect(page.getByText('Subbagian Umum')).toBeHidden()
    await expect(page.getByText('Coba bersihkan kepalanya.')).toBeHidden()
    await page.locator('summary', { hasText: 'Tanda tangan' }).click()
    await expect(page.getByText('Subbagian Umum')).toBeVisible()
    await page.locator('summary', { hasText: 'Kutipan pesan sebelumnya' }).click()
    await expect(page.getByText('Coba bersihkan kepalanya.')).toBeVisible()
  }
  await context.close()
})

test('an invitation is told in words, and a sealed mail says that it is sealed', async ({ pandu }) => {
  const calendar =
    'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Pelatihan LibreOffice\r\nLOCATION:Aula Contoh\r\nDTSTART:20261201T020000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'
  await sendMail(pandu.smtp_port, {
    from: 'undangan@dinas.contoh.test',
    to: HELPDESK,
    subject: 'Undangan',
    text: 'Mohon hadir.',
    icalEvent: { method: 'REQUEST', content: calendar },
  })
  await sendMail(pandu.smtp_port, {
    raw: `From: rahasia@dinas.contoh.test\r\nTo: ${HELPDESK}\r\nSubject: Rahasia\r\nMessage-ID: <rahasia@contoh.test>\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAGCSqG\r\n`,
    from: 'rahasia@dinas.contoh.test',
    to: HELPDESK,
  })
  for (const [sender, words, file] of [
    ['undangan@dinas.contoh.test', 'Waktu: Sel 1 Des 2026 09.00 WIB', 'invite.ics'],
    ['rahasia@dinas.contoh.test', 'Surel ini terenkripsi S/MIME', 'smime.p7m'],
  ] as const) {
    const { subject } = await pandu.mails.waitFor((mail) => mail.to.includes(sender), 60_000)
    await desk.goto(`${pandu.origin}/desk/tickets/${/#(\d+)/.exec(subject)![1]}`)
    await expect(desk.getByText(words).first()).toBeVisible()
    await expect(desk.getByRole('link', { name: file })).toBeVisible()
  }
})

test('a hostile mail is put aside where the desk sees it; its neighbour is answered', async ({ pandu }) => {
  const page = desk
  await sendMail(pandu.smtp_port, { raw: HOSTILE, from: 'pengirim@desa.contoh.test', to: HELPDESK })
  await sendMail(pandu.smtp_port, { from: 'tetangga@desa.contoh.test', to: HELPDESK, subject: 'Biasa', text: 'Halo.' })
  await pandu.mails.waitFor((mail) => mail.to.includes('tetangga@desa.contoh.test'), 60_000)
  const held = `${pandu.origin}/desk/intake?outcome=quarantined`
  await expect(async () => {
    await page.goto(held)
    await expect(page.getByText('lebih dari 1.000 bagian')).toBeVisible({ timeout: 1_000 })
  }).toPass({ timeout: 60_000 })
  await page.getByRole('link', { name: 'Sejuta bagian' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sejuta bagian')
  await expect(page.getByText('pengirim@desa.contoh.test').first()).toBeVisible()
  const item = page.url()

  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Unduh seperti diterima' }).click()
  const bytes = await readFile((await (await download).path())!, 'utf8')
  expect(bytes.endsWith(HOSTILE.slice(-1000))).toBe(true)
  expect(bytes).toContain('Message-ID: <sejuta@desa.contoh.test>')

  // It is as bad as before, and is put aside again.
  await page.getByRole('button', { name: 'Coba baca lagi' }).click()
  await expect(page.getByText('Kiriman ini akan dibaca lagi')).toBeVisible()
  await expect(async () => {
    await page.goto(item)
    await expect(page.getByText('lebih dari 1.000 bagian')).toBeVisible({ timeout: 1_000 })
  }).toPass({ timeout: 60_000 })

  await page.getByText('Jadikan tiket').click()
  await expect(page.getByLabel('Surel')).toHaveValue('pengirim@desa.contoh.test')
  await page.getByLabel('Isi permintaan').fill('Surel rusak; isinya minta bantuan pencetak.')
  await page.getByRole('button', { name: 'Buat tiket' }).click()
  await expect(page).toHaveURL(/\/desk\/tickets\/\d+/)
  await expect(page.getByText('Surel rusak; isinya minta bantuan pencetak.')).toBeVisible()
  await expect(page.getByRole('link', { name: 'asli.eml' })).toBeVisible()
})
