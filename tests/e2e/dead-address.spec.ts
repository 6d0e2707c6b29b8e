/** An address where nobody lives: the desk sees it in the list, on the ticket, above the reply and on the person's page, and can end it. */
import { checkPage } from './axe.ts'
import { sendMail } from './mail.ts'
import { expect, MAIL_DOMAIN, startPandu, test, type RunningPandu } from './pandu.ts'

const PASSWORD = 'jembatan biru di atas sungai'
const ADDRESS = 'mati@dinkes.contoh.test'

let pandu: RunningPandu
test.beforeAll(async () => {
  test.setTimeout(180_000)
  pandu = await startPandu()
})
test.afterAll(() => pandu?.stop())

test('a dead address is told wherever somebody would write to it, and a click ends it', async ({ browser }) => {
  const page = await (await browser.newContext({ locale: 'id-ID', viewport: { width: 360, height: 800 } })).newPage()
  await page.goto(await pandu.setup_link)
  await page.getByLabel('Nama lengkap').fill('Petugas Alamat Contoh')
  await page.getByLabel('Alamat surel').fill('petugas.alamat@contoh.test')
  await page.getByLabel('Kata sandi baru').fill(PASSWORD)
  await page.getByLabel('Ketik sekali lagi').fill(PASSWORD)
  await page.getByRole('button', { name: 'Buat akun dan masuk' }).click()
  await expect(page).toHaveURL(/\/desk/)

  pandu.mails.refusal = { code: 550, text: '5.1.1 no such user' }
  await sendMail(pandu.smtp_port, {
    from: `Ibu Mati Contoh <${ADDRESS}>`,
    to: `helpdesk@${MAIL_DOMAIN}`,
    subject: 'Pencetak mati',
    text: 'Pencetak kami mati sejak kemarin.',
  })
  await expect
    .poll(async () => (await page.goto(`${pandu.origin}/desk`), page.getByText('Pesan tidak sampai').count()), {
      timeout: 60_000,
    })
    .toBe(1)
  pandu.mails.refusal = null

  await page.getByRole('link', { name: 'Pencetak mati' }).click()
  await expect(page.getByText(/mungkin tidak sampai, kepada seorang penerimanya/)).toBeVisible()
  const warning = page.getByText(new RegExp(`alamat ${ADDRESS} diredam sampai .*5\\.1\\.1`))
  await expect(warning).toBeVisible()
  await checkPage(page, { label: 'ticket with a muted address' })
  await warning.getByRole('link').click()
  await expect(page.getByText(/Diredam sampai/)).toBeVisible()
  await checkPage(page, { label: 'person with a muted address' })
  await page.getByRole('button', { name: 'Kirim lagi ke alamat ini' }).click()
  await expect(page.getByText(/Diredam sampai/)).toHaveCount(0)

  await page.getByRole('link', { name: 'Pencetak mati' }).click()
  await expect(warning).toHaveCount(0)
  await page.getByLabel('Balasan kepada pemohon').fill('Coba lepas kabelnya sepuluh detik.')
  await page.getByRole('button', { name: 'Kirim dan tunggu pemohon' }).click()
  const answer = await pandu.mails.waitFor((mail) => mail.text.includes('Coba lepas kabelnya'), 60_000)
  expect(answer.to).toEqual([ADDRESS])
  await expect
    .poll(
      async () => (await page.reload(), page.getByText(/mungkin tidak sampai, kepada seorang penerimanya/).count()),
      {
        timeout: 30_000,
      },
    )
    .toBe(0)
})
