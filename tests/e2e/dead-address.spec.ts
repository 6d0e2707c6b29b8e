/** An address where nobody lives: the desk sees it in the list, on the ticket, above the reply and on the person's page, and can end it. */
import { checkPage } from './axe.ts'
import { sendMail } from './mail.ts'
import { expect, MAIL_DOMAIN, signIn, test } from './pandu.ts'

const SUBJECT = 'Pencetak di gudang mati'
const ADDRESS = 'mati@dinkes.contoh.test'

test('a dead address is told wherever somebody would write to it, and a click ends it', async ({
  browser,
  pandu,
  administrator,
}) => {
  const page = await (await browser.newContext({ locale: 'id-ID', viewport: { width: 360, height: 800 } })).newPage()
  await signIn(page, pandu, administrator)

  pandu.mails.refusal = { code: 550, text: '5.1.1 no such user', to: ADDRESS }
  await sendMail(pandu.smtp_port, {
    from: `Ibu Mati Contoh <${ADDRESS}>`,
    to: `helpdesk@${MAIL_DOMAIN}`,
    subject: SUBJECT,
    text: 'Pencetak kami mati sejak kemarin.',
  })
  await expect
    .poll(async () => (await page.goto(`${pandu.origin}/desk`), page.getByText('Pesan tidak sampai').count()), {
      timeout: 60_000,
    })
    .toBe(1)
  pandu.mails.refusal = null

  await page.getByRole('link', { name: SUBJECT }).click()
  await expect(page.getByText(/mungkin tidak sampai, kepada seorang penerimanya/)).toBeVisible()
  const warning = page.getByText(new RegExp(`alamat ${ADDRESS} diredam sampai .*5\\.1\\.1`))
  await expect(warning).toBeVisible()
  await checkPage(page, { label: 'ticket with a muted address' })
  await warning.getByRole('link').click()
  await expect(page.getByText(/Diredam sampai/)).toBeVisible()
  await checkPage(page, { label: 'person with a muted address' })
  await page.getByRole('button', { name: 'Kirim lagi ke alamat ini' }).click()
  await expect(page.getByText(/Diredam sampai/)).toHaveCount(0)

  await page.getByRole('link', { name: SUBJECT }).click()
  await expect(warning).toHaveCount(0)
  await page.getByLabel('Balasan kepada pemohon').fill('Coba lepas kabelnya sepuluh detik.')
  await page.getByRole('button', { name: 'Kirim dan tunggu pemohon' }).click()
  const answer = await pandu.mails.waitFor(
    (mail) => mail.to.includes(ADDRESS) && mail.text.includes('Coba lepas kabelnya'),
  )
  expect(answer.to).toEqual([ADDRESS])
  await expect
    .poll(
      async () => (await page.reload(), page.getByText(/mungkin tidak sampai, kepada seorang penerimanya/).count()),
      {
        timeout: 30_000,
      },
    )
    .toBe(0)
  await page.context().close()
})
