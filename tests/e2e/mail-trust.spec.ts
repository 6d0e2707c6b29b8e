/**
 * Who may enter a ticket by mail, and what a mail may do in an agent's browser: real bytes to the real SMTP port, looked at by the API and
 * in a browser. One Pandu for all; the mails are sent first and looked at together, because a browser is slow.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import { POLICY } from '../../src/edge/mail-policy.ts'
import { harmlessHtml } from '../../src/server/channels/email/harmless-html.ts'
import { vectors } from '../../src/server/channels/email/harmless-html.testing.ts'
import { startNameServer, type NameServer } from './dns.ts'
import { sendMail, type SunkMail } from './mail.ts'
import { expect, MAIL_DOMAIN, startPandu, test, type RunningPandu } from './pandu.ts'

const PASSWORD = 'jembatan biru di atas sungai'
const HELPDESK = `helpdesk@${MAIL_DOMAIN}`
const AGENT = 'petugas.palsu@kantor.contoh.test'
/** What our own mail server in front writes about where a mail came from. */
const PROVED = 'Received: from mail.kantor.contoh.test (unknown [203.0.113.5]) by mx.pandu.test'
const FORGED = 'Received: from mail.palsu.contoh.test (unknown [203.0.113.66]) by mx.pandu.test'

let pandu: RunningPandu
let names: NameServer
let page: Page
let token: string
/** What a picture in a mail would call, if anything called it. */
const canary = { hits: 0, port: 0, server: createServer((_, response) => (canary.hits++, response.end())) }

test.describe.configure({ mode: 'serial' })
test.beforeAll(async ({ browser }) => {
  test.setTimeout(240_000)
  names = await startNameServer({
    'TXT kantor.contoh.test': 'v=spf1 ip4:203.0.113.5 -all',
    'TXT _dmarc.kantor.contoh.test': 'v=DMARC1; p=none',
  })
  await new Promise<void>((listening) => canary.server.listen(0, '127.0.0.1', listening))
  canary.port = (canary.server.address() as AddressInfo).port
  pandu = await startPandu({ env: { PANDU_DNS: names.address } })
  page = await (await browser.newContext({ locale: 'id-ID' })).newPage()
  await page.goto(await pandu.setup_link)
  await page.getByLabel('Nama lengkap').fill('Petugas Contoh')
  await page.getByLabel('Alamat surel').fill(AGENT)
  await page.getByLabel('Kata sandi baru').fill(PASSWORD)
  await page.getByLabel('Ketik sekali lagi').fill(PASSWORD)
  await page.getByRole('button', { name: 'Buat akun dan masuk' }).click()
  await expect(page).toHaveURL(/\/desk/)
  const house = resolve(import.meta.dirname, '../..')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['src/cli.ts', 'token', 'create', '--scopes', 'tickets:read,intake:read,outbox:read', '--json'],
    { cwd: house, env: { ...process.env, PANDU_DATA: pandu.data, PANDU_LOG: 'silent' } },
  )
  token = (JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as { token: string }).token
})
test.afterAll(async () => {
  await page.context().close()
  await pandu.stop()
  names.close()
  canary.server.close()
})

interface Item {
  id: string
  outcome: string | null
  reason: string | null
  ticket: { number: string } | null
  possible_ticket: { number: string } | null
  message_id: string | null
}

let count = 0
/** Sends bytes and answers what the ledger says became of them. */
async function become(given: {
  from: string
  to?: string
  subject?: string
  text?: string
  headers?: string[]
  type?: string
}): Promise<Item> {
  const message_id = `uji-${++count}-${process.pid}@contoh.test`
  const address = /<(.*)>/.exec(given.from)?.[1] ?? given.from
  const raw = [
    ...(given.headers ?? []),
    `From: ${given.from}`,
    `To: ${given.to ?? HELPDESK}`,
    `Subject: ${given.subject ?? 'Pencetak mati'}`,
    `Message-ID: <${message_id}>`,
    'MIME-Version: 1.0',
    `Content-Type: ${given.type ?? 'text/plain; charset=utf-8'}`,
    '',
    given.text ?? 'Pencetak kami mati.',
    '',
  ].join('\r\n')
  await sendMail(pandu.smtp_port, { raw, from: address, to: given.to ?? HELPDESK })
  let item: Item | undefined
  await expect(async () => {
    const { items } = await api<{ items: Item[] }>('/api/v1/intake?limit=200')
    item = items.find((one) => one.message_id === message_id)
    expect(item?.outcome).toBeTruthy()
  }).toPass({ timeout: 60_000 })
  return item!
}

async function api<T>(path: string): Promise<T> {
  const answer = await fetch(pandu.origin + path, { headers: { authorization: `Bearer ${token}` } })
  expect(answer.status).toBe(200)
  return (await answer.json()) as T
}
const textsOf = async (number: string) =>
  (await api<{ items: { text: string }[] }>(`/api/v1/tickets/${number}/messages`)).items.map(({ text }) => text)
const numberOf = (mail: SunkMail) => /#(\d+)/.exec(mail.subject)?.[1] ?? ''
const replyTo = (mail: SunkMail) => mail.parsed.replyTo?.value[0]?.address ?? ''
const oneBitWrong = (address: string) => address.replace(/(.)@/, (_, last: string) => (last === 'a' ? 'b@' : 'a@'))

test('only who takes part enters; everything else is a ticket of its own, or held', async () => {
  const rahmi = 'Rahmi Contoh <rahmi@kantor.contoh.test>'
  const first = await become({ from: rahmi, headers: [PROVED] })
  expect(first).toMatchObject({ outcome: 'ticket', reason: null })
  const number = first.ticket!.number
  const acknowledgement = await pandu.mails.waitFor(
    (mail) => mail.to.includes('rahmi@kantor.contoh.test') && numberOf(mail) === number,
  )
  const to = replyTo(acknowledgement)
  const subject = `Re: ${acknowledgement.subject}`
  const thread = [`In-Reply-To: ${acknowledgement.parsed.messageId}`]
  const budi = 'Budi <budi@sepi.contoh.test>'
  const possible = { outcome: 'ticket', possible_ticket: { number } }

  // By each sign alone: address, header, what is quoted, number.
  expect(await become({ from: rahmi, headers: [PROVED], to, subject: 'a', text: 'Alamat.' })).toMatchObject({
    outcome: 'message',
    ticket: { number },
  })
  expect(await become({ from: rahmi, headers: [PROVED, ...thread], subject: 'b', text: 'Kepala.' })).toMatchObject({
    outcome: 'message',
  })
  const quoted = acknowledgement.text.replace(/^/gm, '> ')
  expect(
    await become({
      from: rahmi,
      headers: [PROVED],
      subject: 'c',
      text: `Kutipan.\r\n\r\n${quoted.replace(/\r?\n/g, '\r\n')}`,
    }),
  ).toMatchObject({ outcome: 'message' })
  expect(await become({ from: rahmi, headers: [PROVED], subject, text: 'Nomor.' })).toMatchObject({
    outcome: 'message',
  })
  expect(await textsOf(number)).toEqual(expect.arrayContaining(['Alamat.', 'Kepala.', 'Kutipan.', 'Nomor.']))

  // Everything right, but nobody who takes part: only possible. One bit wrong: nothing at all.
  const copied = await become({
    from: budi,
    to,
    subject,
    headers: [...thread, 'Cc: orang@lain.contoh.test'],
    text: 'Saya orang lain.',
  })
  expect(copied).toMatchObject(possible)
  expect(
    await become({
      from: 'no-reply@layanan.contoh.test',
      to,
      subject: 'Kode Anda: 123456',
      text: 'Kode masuk Anda 123456.',
    }),
  ).toMatchObject(possible)
  expect(
    await become({ from: rahmi, headers: [PROVED], to: oneBitWrong(to), subject: 'x', text: 'Satu bit.' }),
  ).toMatchObject({ outcome: 'ticket', possible_ticket: null })
  const forged_id = `<100014.${'a'.repeat(26)}.${'b'.repeat(26)}@${MAIL_DOMAIN}>`
  expect(
    await become({
      from: AGENT,
      headers: [PROVED, `In-Reply-To: ${forged_id}`, 'X-Pandu-Author: admin', 'X-Pandu-Urgency: emergency'],
      text: 'Dari petugas?',
    }),
  ).toMatchObject({ outcome: 'ticket', possible_ticket: null })

  // The requester's name on somebody else's mail: held, with its Cc; a new request is not.
  const held = await become({
    from: rahmi,
    headers: [FORGED, 'Cc: jahat@lain.contoh.test'],
    to,
    subject,
    text: 'Kirim semua riwayat.',
  })
  expect(held).toMatchObject({ outcome: 'quarantined', reason: 'sender_doubtful', possible_ticket: { number } })
  const other = await become({ from: rahmi, headers: [FORGED], to, subject, text: 'Kirim sandi saya.' })
  expect(other).toMatchObject({ outcome: 'quarantined', possible_ticket: { number } })
  const misaligned = await become({
    from: 'Dinas <dinas@kantor.contoh.test>',
    headers: [FORGED],
    subject: 'Kantor salah atur',
    text: 'Tolong.',
  })
  expect(misaligned).toMatchObject({ outcome: 'ticket', reason: 'sender_doubtful' })
  // Markers of programs: a person who says "no" is answered, a program is not.
  expect(
    await become({ from: 'Tini <tini@sepi.contoh.test>', headers: ['Auto-Submitted: no'], subject: 'Manusia' }),
  ).toMatchObject({ outcome: 'ticket', reason: null })
  await pandu.mails.waitFor((mail) => mail.to.includes('tini@sepi.contoh.test'))
  const sums = await api<Record<string, number>>('/api/v1/intake/summary')
  expect(sums['received']).toBe(
    ['waiting', 'ticket', 'message', 'command', 'report', 'duplicate', 'quarantined', 'refused'].reduce(
      (sum, name) => sum + sums[name]!,
      0,
    ),
  )
  for (const nobody of ['jahat@lain.contoh.test', 'orang@lain.contoh.test', 'dinas@kantor.contoh.test'])
    expect(pandu.mails.to(nobody)).toEqual([])

  // In the browser: what is held says why; one click keeps it out, another lets it in.
  await page.goto(`${pandu.origin}/desk/tickets/${number}`)
  await expect(page.getByText('2 surel tertahan')).toBeVisible()
  await expect(page.getByText('Pengirim terbukti').first()).toBeVisible()
  await expect(page.getByText('Pengirim meragukan').first()).toBeVisible()
  await page.getByRole('button', { name: 'Tolak, bukan dari orang itu' }).last().click()
  await expect(page.getByText('1 surel tertahan')).toBeVisible()
  await expect(page.getByText('Kirim sandi saya.')).toHaveCount(0)
  expect(await api<Item>(`/api/v1/intake/${other.id}`)).toMatchObject({ outcome: 'refused', reason: 'rejected' })
  await expect(page.getByText('jahat@lain.contoh.test')).toHaveCount(0)
  await page.getByRole('button', { name: 'Terima, masukkan ke tiket' }).click()
  await expect.poll(() => textsOf(number)).toContain('Kirim semua riwayat.')

  // A possible follow-up: merged by one click, and the merge undone.
  await page.goto(`${pandu.origin}/desk/tickets/${copied.ticket!.number}`)
  await expect(page.getByText('orang@lain.contoh.test')).toBeVisible()
  await page.getByRole('button', { name: 'Ya, gabungkan ke tiket itu' }).click()
  await expect(page.getByText('Isi tiket ini sudah digabungkan ke')).toBeVisible()
  expect(await textsOf(number)).toContain('Saya orang lain.')
  await page.getByRole('button', { name: 'Batalkan penggabungan' }).click()
  await expect(page.getByRole('button', { name: 'Ya, gabungkan ke tiket itu' })).toBeVisible()
  expect(await textsOf(number)).not.toContain('Saya orang lain.')
  // A Cc takes part when somebody says so.
  await page.getByRole('button', { name: 'Ikutkan: orang@lain.contoh.test' }).click()
  await expect(page.getByText('Orang itu sekarang menjadi peserta tiket.')).toBeVisible()
})

test('an HTML mail shows what it says, runs nothing, fetches nothing, and says where links lead', async () => {
  const outside = `http://127.0.0.1:${canary.port}`
  const html = `<p style="background:url(${outside}/css)">Halo <b>Pandu</b></p><style>@import "${outside}/style"; body{background:url(${outside}/body)}</style>
<img src="${outside}/p.gif" srcset="${outside}/s 2x" alt="logo"><img src="cid:foto@x" alt="foto"><script>top.location='${outside}/script'</script>
<img src=x onerror="fetch('${outside}/onerror')"><svg onload="fetch('${outside}/svg')"></svg><iframe src="${outside}/frame"></iframe>
<link rel=stylesheet href="${outside}/link"><meta http-equiv=refresh content="0;url=${outside}/meta"><video poster="${outside}/v" autoplay></video>
<form action="${outside}/form"><input name=a></form><a href="${outside}/tautan">https://bank.contoh.test</a>`
  const boundary = 'batas'
  const body = [
    `--${boundary}`,
    'Content-Type: text/html; charset=utf-8',
    '',
    html,
    `--${boundary}`,
    'Content-Type: image/png',
    'Content-ID: <foto@x>',
    'Content-Disposition: inline; filename=foto.png',
    'Content-Transfer-Encoding: base64',
    '',
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    `--${boundary}`,
    'Content-Type: text/html; name="jahat.html"',
    'Content-Disposition: attachment; filename="jahat.html"',
    '',
    '<script>alert(1)</script>',
    `--${boundary}`,
    'Content-Type: image/svg+xml',
    'Content-Disposition: attachment; filename="gambar.svg"',
    '',
    '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    `--${boundary}--`,
  ].join('\r\n')
  const item = await become({
    from: 'Tamu <tamu@sepi.contoh.test>',
    subject: 'HTML',
    type: `multipart/mixed; boundary=${boundary}`,
    text: body,
  })
  const dialogs: string[] = []
  page.on('dialog', (dialog) => (dialogs.push(dialog.message()), void dialog.dismiss()))
  await page.goto(`${pandu.origin}/desk/tickets/${item.ticket!.number}`)
  await page.getByText('Tampilan asli surel').click()
  const frame = page.frameLocator('iframe')
  await expect(frame.getByText('Pandu')).toBeVisible()
  const link = frame.getByRole('link')
  await expect(link).toHaveAttribute('data-host', `127.0.0.1:${canary.port}`)
  await expect(link).toHaveAttribute('rel', /noopener/)
  await expect(frame.locator('img')).toHaveCount(1)
  await expect(frame.locator('img')).toHaveAttribute('src', /^data:image\/png;base64,/)
  // Asked for, they are fetched by the server, which never speaks to an address inside.
  await page.getByRole('button', { name: 'Tampilkan 1 gambar dari luar' }).click()
  await expect(frame.getByText('logo')).toBeVisible()
  expect([canary.hits, dialogs]).toEqual([0, []])

  const form = await page.request.get(
    (await page.locator('iframe').evaluate((element) => (element as { src?: string }).src)) ?? '',
  )
  expect(form.headers()['content-security-policy']).toContain(
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'",
  )
  expect(form.headers()['x-frame-options']).toBe('SAMEORIGIN')
  // Strangers get neither the form nor the files.
  for (const name of ['jahat.html', 'gambar.svg']) {
    const address = (await page.getByRole('link', { name }).getAttribute('href')) ?? ''
    const file = await page.request.get(pandu.origin + address)
    expect(file.headers()).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-content-type-options': 'nosniff',
    })
    expect(file.headers()['content-disposition']).toMatch(/^attachment;/)
    expect(file.headers()['content-security-policy']).toMatch(/^sandbox/)
    expect((await fetch(pandu.origin + address, { redirect: 'manual' })).status).toBe(303)
    // Clicked on, it is saved, and the page stays where it is.
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()])
    expect(download.suggestedFilename()).toBe(name)
    expect(new URL(download.url()).pathname).toMatch(/^\/files\//)
    expect(await readFile(await download.path(), 'utf8')).toContain('alert(1)')
    expect(page.url()).toContain('/desk/tickets/')
  }
  expect([canary.hits, dialogs]).toEqual([0, []])
})

test('what makes HTML harmless holds without the policy, and the policy without it', async ({ browser }) => {
  const control = '<img src=http://x.test/a onerror=alert(1)>'
  const sets = {
    '/nothing': { all: [control], policy: null },
    '/harmless': { all: vectors.map((vector) => harmlessHtml(vector).html), policy: null },
    '/guarded': { all: [...vectors, control], policy: POLICY },
  }
  // Every vector in a document of its own, without whatever the desk puts around it.
  const server = createServer((request, response) => {
    const [, set = '', at] = /^(\/[a-z]+)(?:\/(\d+))?$/.exec(request.url ?? '') ?? []
    const { all, policy } = sets[set as keyof typeof sets] ?? { all: [], policy: null }
    response.setHeader('content-type', 'text/html; charset=utf-8')
    if (at !== undefined && policy) response.setHeader('content-security-policy', policy)
    const frames = () => all.map((_, number) => `<iframe src="${set}/${number}"></iframe>`).join('')
    response.end(`<!doctype html><title>.</title><body>${at === undefined ? frames() : all[Number(at)]}</body>`)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const victim = await (await browser.newContext()).newPage()
  const done: string[] = []
  victim.on('dialog', (dialog) => (done.push(`ran: ${dialog.message()}`), void dialog.dismiss()))
  // What leaves, wherever to, is seen before any name is asked for, and reaches no network.
  await victim.route('**', (route) => {
    const url = route.request().url()
    if (
      url.startsWith(origin) &&
      Object.keys(sets).some((set) => new RegExp(`^${set}(/\\d+)?$`).test(url.slice(origin.length)))
    )
      return route.continue()
    done.push(url)
    return route.abort()
  })
  const open = async (set: keyof typeof sets) => {
    done.length = 0
    // Until half a second after the last of them asked for something: whatever begins by itself has begun.
    await victim.goto(origin + set, { waitUntil: 'networkidle' })
    expect(victim.frames().length).toBeGreaterThan(sets[set].all.length)
    return [...done]
  }
  expect(await open('/nothing')).toHaveLength(2)
  expect(await open('/harmless')).toEqual([])
  expect(await open('/guarded')).toEqual([])
  await victim.context().close()
  server.close()
})

test('an agent is told by mail of a ticket they hold, answers by mail as themselves, and turns the notices off', async ({
  browser,
}) => {
  const address = 'petugas.surel@kantor.contoh.test'
  const house = resolve(import.meta.dirname, '../..')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['src/cli.ts', 'user', 'add', address, 'Petugas Surel Contoh', '--administrator'],
    { cwd: house, env: { ...process.env, PANDU_DATA: pandu.data, PANDU_ORIGIN: pandu.origin, PANDU_LOG: 'silent' } },
  )
  const agent = await (await browser.newContext({ locale: 'id-ID' })).newPage()
  await agent.goto(stdout.trim().split('\n').at(-1)!)
  await agent.getByLabel('Kata sandi baru').fill(PASSWORD)
  await agent.getByLabel('Ketik sekali lagi').fill(PASSWORD)
  await agent.locator('main form button').click()
  await expect(agent).toHaveURL(/\/desk/)

  const sari = { from: 'Sari Contoh <sari.contoh@kantor.contoh.test>', headers: [PROVED] }
  const { ticket } = await become({ ...sari, subject: 'Proyektor' })
  const acknowledgement = await pandu.mails.waitFor((mail) => numberOf(mail) === ticket!.number)
  const thread = { ...sari, to: replyTo(acknowledgement), subject: `Re: ${acknowledgement.subject}` }
  await agent.goto(`${pandu.origin}/desk/tickets/${ticket!.number}`)
  await agent.getByRole('button', { name: 'Ambil tiket ini' }).first().click()
  await expect(agent.getByRole('button', { name: 'Ambil tiket ini' })).toHaveCount(0)
  await become({ ...thread, text: 'Lampunya berkedip.' })
  const notice = await pandu.mails.waitFor((mail) => mail.to.includes(address) && mail.text.includes('berkedip'))

  // Nothing but the quotation goes to nobody; the agent hears of it and answers that mail.
  const mine = { from: `Petugas <${address}>`, headers: [PROVED], subject: `Re: ${notice.subject}` }
  const quotation = `Pada 23 Nov 2026 08.00, Pandu menulis:\r\n${notice.text.trim().replace(/^/gm, '> ').replace(/\r?\n/g, '\r\n')}`
  expect(await become({ ...mine, to: replyTo(notice), text: quotation })).toMatchObject({
    outcome: 'refused',
    reason: 'agent_empty',
  })
  const told = await pandu.mails.waitFor((mail) => mail.to.includes(address) && mail.text.includes('TIDAK diteruskan'))
  expect(
    await become({ ...mine, to: replyTo(told), text: `Bersihkan saringannya.\r\n\r\n${quotation}` }),
  ).toMatchObject({ outcome: 'message', reason: 'agent_reply' })
  const answer = await pandu.mails.waitFor((mail) => mail.text.includes('Bersihkan saringannya.'))
  expect(answer.to).toEqual(['sari.contoh@kantor.contoh.test'])
  expect(answer.text).not.toContain('berkedip')
  await agent.goto(`${pandu.origin}/desk/tickets/${ticket!.number}`)
  await expect(agent.getByText('Bersihkan saringannya.').first()).toBeVisible()

  // Off, the next message brings no notice; on again, the one after it does, and none came between.
  const turn = async (name: string) => {
    await agent.goto(`${pandu.origin}/desk/notices`)
    await agent.getByRole('button', { name }).click()
    await expect(agent.getByText('Sudah disimpan.')).toBeVisible()
  }
  await turn('Matikan pemberitahuan')
  await become({ ...thread, text: 'Masih berkedip kedua.' })
  await expect(async () => {
    await agent.goto(`${pandu.origin}/desk/tickets/${ticket!.number}`)
    await expect(agent.getByText('Masih berkedip kedua.').first()).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await turn('Nyalakan pemberitahuan')
  await become({ ...thread, text: 'Masih berkedip ketiga.' })
  await pandu.mails.waitFor((mail) => mail.to.includes(address) && mail.text.includes('ketiga'))
  expect(pandu.mails.to(address).filter((mail) => mail.text.includes('kedua'))).toEqual([])
  await agent.context().close()
})
