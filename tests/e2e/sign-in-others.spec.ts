/** The other ways in, in a real browser: a passkey (Chromium’s virtual authenticator), and a real OpenID provider with its own pages. */
import type { CDPSession, Page } from '@playwright/test'
import { checkEveryForm } from './axe.ts'
import { CLIENT_ID, CLIENT_SECRET, startProvider, type TestProvider } from '../../src/server/people/testing-provider.ts'
import { linkIn } from './mail.ts'
import { expect, startPandu, test, type RunningPandu } from './pandu.ts'

test.describe.configure({ mode: 'serial' })

const EMAIL = 'administrator@contoh.test'
const PASSWORD = 'jembatan biru di atas sungai'
const WAYS = '/desk/settings/own-account/other-ways'

let pandu: RunningPandu
let provider: TestProvider
let page: Page
let authenticator: CDPSession
let redirect_address = ''

test.beforeAll(async ({ browser }) => {
  test.setTimeout(240_000)
  pandu = await startPandu()
  provider = await startProvider(() => (redirect_address ? [redirect_address] : []))
  page = await (await browser.newContext()).newPage()
  authenticator = await page.context().newCDPSession(page)
  await authenticator.send('WebAuthn.enable')
  await authenticator.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await page.goto(await pandu.setup_link)
  await page.getByLabel('Nama lengkap').fill('Administrator Contoh')
  await page.getByLabel('Alamat surel').fill(EMAIL)
  await page.getByLabel('Kata sandi baru').fill(PASSWORD)
  await page.getByLabel('Ketik sekali lagi').fill(PASSWORD)
  await page.getByRole('button', { name: 'Buat akun dan masuk' }).click()
  await expect(page).toHaveURL(/\/desk/)
})
test.afterAll(async () => {
  await page.context().close()
  await provider.stop()
  await pandu.stop()
})

const leave = async () => {
  await page.goto(`${pandu.origin}/sign-out`)
  await page.getByRole('button', { name: 'Keluar' }).click()
  await expect(page.getByRole('status')).toHaveText('Anda sudah keluar.')
}

test('a passkey is made, signs in by one press, and is removed; the page of the password has no script', async () => {
  await page.goto(pandu.origin + WAYS)
  await page.getByLabel('Nama kunci ini').fill('Laptop kantor')
  await page.getByRole('button', { name: 'Tambah kunci sandi' }).click()
  await expect(page.getByRole('status')).toHaveText('Sudah ditambahkan.')
  await expect(page.getByText('Laptop kantor', { exact: true })).toBeVisible()
  // The same device once more: the browser itself says that it has one.
  await page.getByLabel('Nama kunci ini').fill('Sekali lagi')
  await page.getByRole('button', { name: 'Tambah kunci sandi' }).click()
  await expect(page.getByText('sudah mempunyai kunci sandi')).toBeVisible()

  await leave()
  const way_in = await page.goto(`${pandu.origin}/sign-in?next=${encodeURIComponent(WAYS)}`)
  expect(way_in?.headers()['content-security-policy']).toContain("script-src 'none'")
  await page.getByRole('link', { name: 'Masuk dengan kunci sandi' }).click()
  await checkEveryForm(page, page.url(), { label: 'the page of the passkey' })
  await page.goto(`${pandu.origin}/sign-in/passkey?language=id&next=${encodeURIComponent(WAYS)}`)
  await page.getByRole('button', { name: 'Pakai kunci sandi' }).click()
  await expect(page).toHaveURL(pandu.origin + WAYS)
  await expect(page.getByText('belum pernah')).toHaveCount(0)

  await page.getByText('Ubah “Laptop kantor”').click()
  await page.getByRole('button', { name: 'Hapus kunci sandi ini' }).click()
  await expect(page.getByRole('status')).toHaveText('Sudah dihapus dari daftar.')
  await leave()
  await page.goto(`${pandu.origin}/sign-in/passkey`)
  await page.getByRole('button', { name: 'Pakai kunci sandi' }).click()
  await expect(page.getByRole('alert').filter({ visible: true })).toContainText('tidak dikenal')
})

test('without script the page of the passkey says so, and the other ways are there', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const bare = await context.newPage()
  await bare.goto(`${pandu.origin}/sign-in/passkey`)
  await expect(bare.getByText('memerlukan JavaScript')).toBeVisible()
  await expect(bare.getByRole('button', { name: 'Pakai kunci sandi' })).toBeHidden()
  await bare.getByRole('link', { name: 'Masuk dengan cara lain' }).click()
  await expect(bare.getByLabel('Kata sandi')).toBeVisible()
  await context.close()
})

test('an administrator sets a provider up, links their account, and signs in by it; a stranger there stays outside', async () => {
  await page.context().clearCookies()
  await page.goto(`${pandu.origin}/sign-in`)
  await page.getByLabel('Alamat surel').fill(EMAIL)
  await page.getByLabel('Kata sandi').fill(PASSWORD)
  await page.getByRole('button', { name: 'Masuk', exact: true }).click()
  await expect(page).toHaveURL(/\/desk/)

  await page.goto(`${pandu.origin}/desk/settings/sign-in-providers`)
  await page.getByLabel('Nama', { exact: true }).fill('Masuk Contoh')
  await page.getByLabel('Alamat penyedia').fill(provider.issuer)
  await page.getByRole('button', { name: 'Tambah penyedia' }).click()
  redirect_address = (await page.locator('dd code').first().textContent()) ?? ''
  expect(redirect_address).toContain(`${pandu.origin}/sign-in/with/`)
  await provider.stop()
  await provider.restart()
  const tryIt = () => page.getByRole('button', { name: 'Coba sekarang' }).click()
  await tryIt()
  await expect(page.getByRole('alert')).toContainText('jaringan Anda sendiri')
  await page.getByLabel('ID klien').fill(CLIENT_ID)
  await page.getByLabel('Rahasia klien').fill(CLIENT_SECRET)
  await page.getByLabel('Penyedia ini berada di jaringan kami sendiri').check()
  await page.getByRole('button', { name: 'Simpan' }).click()
  await expect(page.getByLabel('Rahasia klien')).toHaveValue('')
  await tryIt()
  await expect(page.getByRole('status')).toContainText('Pandu dikenal di sana')
  await page.getByRole('button', { name: 'Pakai penyedia ini' }).click()
  await expect(page.getByRole('status')).toHaveText('Tersimpan.')

  await page.goto(pandu.origin + WAYS)
  await page.getByRole('link', { name: 'Kaitkan akun di Masuk Contoh' }).click()
  await passPages('ani')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Apakah ini akun Anda?')
  await expect(page.getByText('ani@korban.contoh.test')).toBeVisible()
  await page.getByRole('button', { name: 'Ya, kaitkan' }).click()
  await expect(page).toHaveURL(`${pandu.origin}${WAYS}?done=saved`)

  await leave()
  await page.goto(`${pandu.origin}/sign-in?next=${encodeURIComponent('/desk/settings')}`)
  await page.getByRole('link', { name: 'Masuk lewat Masuk Contoh' }).click()
  // The provider still knows who sits here.
  await expect(page).toHaveURL(`${pandu.origin}/desk/settings`)
  await page.goto(redirect_address + '?code=curian&state=curian')
  await expect(page.getByRole('alert')).toContainText('dimulai di peramban lain')

  await page.context().clearCookies()
  await page.goto(`${pandu.origin}/sign-in`)
  await page.getByRole('link', { name: 'Masuk lewat Masuk Contoh' }).click()
  await passPages('orang-asing')
  await expect(page.getByRole('alert')).toContainText('belum dikaitkan')
  await page.goto(`${pandu.origin}/desk`)
  await expect(page).toHaveURL(/\/sign-in/)
})

test('“once more” by a passkey; a role is given with its reason; an invitation is accepted by a provider; the second step by a passkey', async ({
  browser,
}) => {
  await page.context().clearCookies()
  await page.goto(`${pandu.origin}/sign-in?next=${encodeURIComponent(WAYS)}`)
  await page.getByLabel('Alamat surel').fill(EMAIL)
  await page.getByLabel('Kata sandi').fill(PASSWORD)
  await page.getByRole('button', { name: 'Masuk', exact: true }).click()
  await page.getByLabel('Nama kunci ini').fill('Kunci baru')
  await page.getByRole('button', { name: 'Tambah kunci sandi' }).click()
  await expect(page.getByRole('status')).toHaveText('Sudah ditambahkan.')
  await leave()

  // What a provider says on a session that stood open there is no fresh proof.
  await page.goto(`${pandu.origin}/sign-in`)
  await page.getByRole('link', { name: 'Masuk lewat Masuk Contoh' }).click()
  await passPages('ani')
  await expect(page).toHaveURL(/\/desk$/)
  await page.goto(pandu.origin + WAYS)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Masuk sekali lagi')
  await page.getByRole('link', { name: 'Masuk dengan kunci sandi' }).click()
  await page.getByRole('button', { name: 'Pakai kunci sandi' }).click()
  await expect(page).toHaveURL(pandu.origin + WAYS)

  await page.goto(`${pandu.origin}/desk/settings/people/invite`)
  await page.getByLabel('Nama', { exact: true }).fill('Budi Contoh')
  await page.getByLabel('Alamat surel').fill('budi@contoh.test')
  await page.getByRole('button', { name: 'Kirim undangan' }).click()
  await expect(page.getByRole('status')).toContainText('Undangan sudah dibuat')
  const mail = await pandu.mails.waitFor((one) => one.to.includes('budi@contoh.test'))
  await page.getByLabel('Ubah peran').selectOption({ label: 'Beri peran Pimpinan' })
  await page.getByRole('button', { name: 'Ubah peran' }).click()
  // Asked for by the browser already: a role without its reason is not sent.
  await expect(page.getByLabel('Alasan').first()).toBeFocused()
  await page.getByLabel('Alasan').first().fill('Memimpin program contoh')
  await page.getByRole('button', { name: 'Ubah peran' }).click()
  await expect(page.getByRole('status').first()).toHaveText('Tersimpan.')
  await expect(page.locator('.rows li', { hasText: 'Pimpinan' })).toBeVisible()
  await page.goto(`${pandu.origin}/desk/settings/journal`)
  await expect(page.locator('main')).toContainText('Memimpin program contoh')

  const theirs = await (await browser.newContext()).newPage()
  await theirs.goto(linkIn(mail, '/invite/'))
  await theirs.getByRole('link', { name: 'Terima undangan lewat Masuk Contoh' }).click()
  await passPages('budi', theirs)
  await expect(theirs.getByText('Budi Contoh')).toBeVisible()
  await theirs.locator('main form button').click()
  await expect(theirs).toHaveURL(/\/desk/)
  await theirs.context().close()

  await page.goto(`${pandu.origin}/desk/settings/second-factors`)
  await page.getByLabel('Administrator').check()
  await page.getByRole('button', { name: 'Simpan' }).click()
  await expect(page.getByRole('status')).toHaveText('Tersimpan.')
  await leave()
  await page.goto(`${pandu.origin}/sign-in`)
  await page.getByLabel('Alamat surel').fill(EMAIL)
  await page.getByLabel('Kata sandi').fill(PASSWORD)
  await page.getByRole('button', { name: 'Masuk', exact: true }).click()
  await expect(page).toHaveURL(/\/sign-in\/second/)
  await page.getByRole('link', { name: 'Pakai kunci sandi' }).click()
  await page.getByRole('button', { name: 'Pakai kunci sandi' }).click()
  await expect(page).toHaveURL(/\/desk$/)
})

/** The provider's own pages: a name, then consent. */
async function passPages(name: string, at = page) {
  await at.locator('input[name=login]').fill(name)
  await at.locator('input[name=password]').fill('apa saja')
  await at.locator('button[type=submit]').click()
  await expect(at.locator('input[name=prompt][value=consent]')).toBeAttached()
  await at.locator('button[type=submit]').click()
}
