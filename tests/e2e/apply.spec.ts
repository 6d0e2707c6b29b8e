/** A community applies without an account and without script, is asked and answers, is approved, and its coordinator comes in. */
import { linkIn } from './mail.ts'
import { expect, noScript, signIn, test } from './pandu.ts'
import { shoot } from './screenshots.ts'

const APPLICANT = 'rahmat@komunitas.contoh.test'
const PASSWORD = 'jembatan biru di atas sungai'

test('apply, question back, answer, approval, and the invited coordinator signs in', async ({
  browser,
  pandu,
  administrator,
}) => {
  test.setTimeout(240_000)
  const applicant = await (await browser.newContext({ ...noScript, viewport: { width: 360, height: 740 } })).newPage()
  const secretary = await (await browser.newContext()).newPage()

  await applicant.goto(`${pandu.origin}/apply`)
  await applicant.getByRole('link', { name: 'Daftar sebagai mitra' }).click()
  await applicant.getByLabel('Nama lembaga').fill('Komunitas Linux Contoh')
  await applicant.getByRole('button', { name: 'Lanjut' }).last().click()
  // What is missing is said, and what was written is there.
  await expect(applicant.getByRole('alert')).toContainText('Mitra diterima untuk provinsi tertentu')
  await expect(applicant.getByLabel('Nama lembaga')).toHaveValue('Komunitas Linux Contoh')
  await applicant.getByLabel('Jenis lembaga').selectOption('community')
  await applicant.getByLabel('Provinsi tempat lembaga berada').selectOption('63')
  await applicant.getByLabel('Nama', { exact: true }).fill('Rahmat Contoh')
  await applicant.getByLabel('Surel', { exact: true }).fill(APPLICANT)
  await applicant.locator('#represents').getByLabel('Kalimantan Selatan').check()
  await applicant.getByRole('button', { name: 'Lanjut' }).last().click()

  const first = (label: string) => applicant.locator('fieldset.line').first().getByLabel(label, { exact: true })
  await first('Kompetensi').selectOption('libreoffice')
  await first('Bukti').fill('Sertifikat contoh')
  await first('Berlaku sampai').fill('2099-12-31')
  const contact = applicant.locator('fieldset.line', { hasText: 'Kontak 1' })
  await contact.getByLabel('Nama').fill('Rahmat Contoh')
  await contact.getByLabel('Alamat surel atau nomor').fill(APPLICANT)
  await applicant.getByLabel('Lembaga kami menerima syarat ini.').check()
  await applicant.getByLabel(/Saya setuju data ini diproses/).check()
  await applicant.getByRole('button', { name: 'Kirim pendaftaran' }).last().click()
  await expect(applicant.getByRole('heading', { level: 1 })).toHaveText('Sedang diperiksa sekretariat')
  const received = await pandu.mails.waitFor((mail) => mail.to.includes(APPLICANT))
  const own = linkIn(received, '/apply/')

  await signIn(secretary, pandu, administrator)
  await secretary.goto(`${pandu.origin}/desk/settings/applications`)
  await secretary.getByRole('link', { name: 'Komunitas Linux Contoh' }).click()
  await secretary.getByLabel(/Pertanyaan, dikirim ke/).fill('Siapa yang dapat ditanya?')
  await secretary.getByRole('button', { name: 'Kirim pertanyaan' }).click()
  await expect(secretary.getByText('Siapa yang dapat ditanya?')).toBeVisible()

  await pandu.mails.waitFor((mail) => mail.to.includes(APPLICANT) && mail.text.includes('Siapa yang dapat ditanya?'))
  await applicant.goto(own)
  await expect(applicant.getByRole('heading', { level: 1 })).toHaveText('Sekretariat bertanya')
  await applicant.getByLabel('Jawaban Anda').fill('Dinas Contoh, bagian umum.')
  await applicant.getByRole('button', { name: 'Kirim', exact: true }).click()
  await expect(applicant.getByText('Dinas Contoh, bagian umum.')).toBeVisible()

  await secretary.reload()
  await expect(secretary.getByText('Dinas Contoh, bagian umum.')).toBeVisible()
  await secretary.getByRole('button', { name: 'Setujui' }).click()
  await expect(secretary.getByRole('heading', { name: 'Keputusan' })).toBeVisible()

  const invitation = await pandu.mails.waitFor((mail) => mail.to.includes(APPLICANT) && mail.text.includes('/invite/'))
  await applicant.goto(linkIn(invitation, '/invite/'))
  await applicant.getByLabel('Kata sandi baru').fill(PASSWORD)
  await applicant.getByLabel('Ketik sekali lagi').fill(PASSWORD)
  await applicant.locator('main form button').last().click()
  await expect(applicant).toHaveURL(/\/desk/)

  // Its coordinator names one more to ask, who agrees by the link; opening it alone proves nothing.
  await applicant.goto(`${pandu.origin}/desk/provider`)
  await applicant.getByRole('link', { name: 'Profil, kontak jaga, dan petugas' }).click()
  await applicant.getByText('Tambahkan kontak jaga').first().click()
  await applicant.getByLabel('Nama', { exact: true }).fill('Siti Jaga Contoh')
  await applicant.getByLabel('Alamat surel atau nomor telepon').fill('siti.jaga@komunitas.contoh.test')
  await applicant.getByRole('button', { name: 'Tambahkan kontak jaga' }).click()
  await expect(applicant.locator('.duty')).toContainText('menunggu jawaban')
  await shoot(applicant, 'provider-profile')
  const question = await pandu.mails.waitFor((mail) => mail.to.includes('siti.jaga@komunitas.contoh.test'))
  const stranger = await (await browser.newContext({ ...noScript, viewport: { width: 360, height: 740 } })).newPage()
  await stranger.goto(linkIn(question, '/duty/'))
  await applicant.reload()
  await expect(applicant.locator('.duty')).toContainText('menunggu jawaban')
  await shoot(stranger, 'duty')
  await stranger.getByRole('button', { name: /saya bersedia/ }).click()
  await expect(stranger.getByRole('heading', { level: 1 })).toContainText('sudah terbukti')
  await applicant.reload()
  await expect(applicant.locator('.duty')).not.toContainText('menunggu jawaban')
  await applicant.goto(own)
  await expect(applicant.getByRole('heading', { level: 1 })).toHaveText('Disetujui')
  await Promise.all([applicant, secretary, stranger].map((page) => page.context().close()))
})
