/** A conversation by mail: a real client writes, the desk answers on its page, and every reply stays on the same ticket. */
import { sendMail, type SunkMail } from './mail.ts'
import { expect, MAIL_DOMAIN, signIn, test } from './pandu.ts'

const HELPDESK = `helpdesk@${MAIL_DOMAIN}`
const RAHMI = 'Ibu Rahmi Contoh <rahmi@dinkes.contoh.test>'

const replyTo = (mail: SunkMail) => mail.parsed.replyTo?.value[0]?.address ?? ''
const numberOf = (mail: SunkMail) => /#(\d+)/.exec(mail.subject)?.[1] ?? ''

test('mail, desk, answer, and two replies on the same ticket; a stranger’s reply opens another', async ({
  browser,
  pandu,
  administrator,
}) => {
  const page = await (await browser.newContext({ locale: 'id-ID' })).newPage()
  await signIn(page, pandu, administrator)
  await sendMail(pandu.smtp_port, {
    from: RAHMI,
    to: HELPDESK,
    subject: 'Pencetak mati',
    text: 'Pencetak kami mati sejak kemarin.',
  })
  const acknowledgement = await pandu.mails.waitFor((mail) => mail.to.includes('rahmi@dinkes.contoh.test'))
  const number = numberOf(acknowledgement)
  await page.goto(`${pandu.origin}/desk/tickets/${number}`)
  await expect(page.getByText('Pencetak kami mati sejak kemarin.')).toBeVisible()
  await page.getByLabel('Balasan kepada pemohon').fill('Coba lepas kabelnya sepuluh detik.')
  await page.getByRole('button', { name: 'Kirim dan tunggu pemohon' }).click()
  const answer = await pandu.mails.waitFor(
    (mail) => mail.to.includes('rahmi@dinkes.contoh.test') && mail.text.includes('Coba lepas kabelnya'),
    60_000,
  )
  expect(numberOf(answer)).toBe(number)
  expect(answer.parsed.references).toContain(acknowledgement.parsed.inReplyTo)

  const thread = { inReplyTo: answer.parsed.messageId ?? '', references: answer.parsed.messageId ?? '' }
  await sendMail(pandu.smtp_port, {
    from: RAHMI,
    to: replyTo(answer),
    subject: `Re: ${answer.subject}`,
    text: 'Sudah kami coba, masih mati.',
    ...thread,
  })
  await sendMail(pandu.smtp_port, {
    from: RAHMI,
    to: HELPDESK,
    subject: 'Re: tanpa nomor',
    text: 'Lampunya kini oranye.',
    ...thread,
  })
  await sendMail(pandu.smtp_port, {
    from: 'orang.lain@contoh.test',
    to: replyTo(answer),
    subject: `Re: ${answer.subject}`,
    text: 'Saya bukan siapa-siapa.',
    ...thread,
  })
  const other = await pandu.mails.waitFor((mail) => mail.to.includes('orang.lain@contoh.test'), 60_000)
  expect(numberOf(other)).not.toBe(number)

  await expect(async () => {
    await page.goto(`${pandu.origin}/desk/tickets/${number}`)
    await expect(page.getByText('Sudah kami coba, masih mati.')).toBeVisible({ timeout: 1_000 })
    await expect(page.getByText('Lampunya kini oranye.')).toBeVisible({ timeout: 1_000 })
  }).toPass({ timeout: 60_000 })
  await expect(page.getByText('Saya bukan siapa-siapa.')).toHaveCount(0)
  await page.context().close()
})
