/** Mails that a mailer cut for sending (message/partial): put together when all pieces are there, whoever sends what in which order. */
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import type { App } from '../platform/app.ts'
import { read, system, write, type StaffActor, type Writing } from '../platform/context.ts'
import { dnsOf } from '../platform/dns.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { intakeSummary, missingPieces, replyAddress, seeItem, type Item } from '../channels/index.ts'
import { prepare } from '../desks/index.ts'
import { aStaff } from '../desks/testing.ts'
import { listMessages } from '../tickets/index.ts'
import { retryItem } from './retry-item.ts'
import { takeIn } from './testing.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
let secretary: StaffActor
let app: App
beforeAll(async () => {
  app = {
    ...database.app(),
    dns: dnsOf({
      'TXT dinkes.contoh.test': [['v=spf1 ip4:203.0.113.5 -all']],
      'TXT _dmarc.dinkes.contoh.test': [['v=DMARC1; p=none']],
    }),
  }
  await prepare(app)
  secretary = await asSystem(async (ctx) => ({ ...(await aStaff(ctx)), sees_all: true }))
})

const FROM_THEM = 'Received: from mail.dinkes.contoh.test (unknown [203.0.113.5]) by mx.localhost'
const FROM_ELSEWHERE = 'Received: from mail.palsu.contoh.test (unknown [203.0.113.66]) by mx.localhost'

/** A mail with a file, cut into three anywhere, even inside a line. */
function cut(given: { from?: string; id?: string; to?: string; text?: string; inner?: string[] } = {}) {
  const from = given.from ?? `Sari <sari-${newId()}@dinkes.contoh.test>`
  const id = given.id ?? newId()
  const whole = `Subject: Laporan yang panjang
Message-ID: <utuh-${id}@dinkes.contoh.test>
${(given.inner ?? []).map((field) => `${field}\n`).join('')}MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b

${given.text ?? 'Laporannya terlampir.'}
--b
Content-Type: text/csv; name=laporan.csv

a;b
1;2
--b--
`.replaceAll('\n', '\r\n')
  const third = Math.ceil(whole.length / 3)
  const piece = (number: number, more: { total?: number | null; received?: string; body?: string } = {}) => {
    const total = more.total === undefined ? 3 : more.total
    const head = [
      more.received ?? FROM_THEM,
      `From: ${from}`,
      `To: ${given.to ?? 'helpdesk@localhost'}`,
      `Subject: Laporan yang panjang (${number}/3)`,
      `Message-ID: <${newId()}@dinkes.contoh.test>`,
      `Content-Type: message/partial; id="${id}"; number=${number}${total === null ? '' : `; total=${total}`}`,
    ]
    const body = more.body ?? whole.slice((number - 1) * third, number * third)
    return { from, to: given.to ?? 'helpdesk@localhost', raw: Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`) }
  }
  return { piece, from }
}
const itemOf = (id: string) => asSystem((ctx) => seeItem(ctx, id))
const become = async (mail: Parameters<typeof takeIn>[1]): Promise<Item> => itemOf((await takeIn(app, mail))[0]!)
const missingOf = async (id: string) => (await read(app, secretary, (ctx) => missingPieces(ctx, [id])))[id]

test('pieces in any order, one of them twice, become one ticket with words and file; until then each is held and seen', async () => {
  const { piece } = cut()
  const third = await become(piece(3))
  expect(third).toMatchObject({ outcome: 'quarantined', reason: 'partial', subject: 'Laporan yang panjang (3/3)' })
  const first = await become(piece(1, { total: null }))
  const again = await become(piece(1, { total: null }))
  expect(again).toMatchObject({ outcome: 'duplicate', duplicate_of: first.id })
  expect(await missingOf(first.id)).toEqual({ found: [1, 3], missing: [2], total: 3 })

  const whole = await become(piece(2))
  expect(whole).toMatchObject({
    outcome: 'ticket',
    subject: 'Laporan yang panjang',
    text: 'Laporannya terlampir.',
    attachments: [{ name: 'laporan.csv' }],
  })
  for (const { id } of [first, third])
    expect(await itemOf(id)).toMatchObject({ outcome: 'duplicate', reason: 'piece', duplicate_of: whole.id })
  const { received, ...sums } = (await read(app, secretary, intakeSummary)) as unknown as Record<string, number>
  const outcomes = ['waiting', 'ticket', 'message', 'command', 'report', 'duplicate', 'quarantined', 'refused'] as const
  expect(outcomes.reduce((sum, one) => sum + sums[one]!, 0)).toBe(received)
})

test('all pieces in one batch are one ticket', async () => {
  const { piece } = cut()
  const ids = await takeIn(app, piece(2), piece(3), piece(1))
  const items = await Promise.all(ids.map(itemOf))
  expect(items.map(({ outcome }) => outcome).sort()).toEqual(['duplicate', 'duplicate', 'ticket'])
})

test('nobody puts a piece of theirs into another’s mail: not under another address, not in a place that is taken, not in a forged name', async () => {
  const { piece, from } = cut({ id: 'dikenal' })
  const [one, two] = await takeIn(app, piece(1), piece(2))
  const stranger = cut({ id: 'dikenal', from: 'Orang <orang@lain.contoh.test>' })
  expect(await become(stranger.piece(3, { body: 'Ganti semuanya.', received: FROM_ELSEWHERE }))).toMatchObject({
    reason: 'partial',
  })
  expect(await become(piece(2, { body: 'Ganti semuanya.' }))).toMatchObject({
    outcome: 'quarantined',
    reason: 'partial_other',
  })
  for (const id of [one!, two!]) expect(await itemOf(id)).toMatchObject({ reason: 'partial' })

  // Forged in their name, it completes the mail: the whole is as doubtful as that piece, so it is flagged, and enters nothing.
  const ticket = await become(
    cut({ from }).piece(1, { total: 1, body: 'Subject: Laporan\r\n\r\nLaporannya terlampir.\r\n' }),
  )
  expect(ticket).toMatchObject({ outcome: 'ticket', reason: null })
  const { requester_id } = await app.worker
    .selectFrom('tickets')
    .select('requester_id')
    .where('id', '=', ticket.ticket!.id)
    .executeTakeFirstOrThrow()
  const to = replyAddress(app.secrets, app.settings.PANDU_REPLY_DOMAIN, {
    ticket_number: ticket.ticket!.number,
    participant_id: requester_id,
  })
  const answer = cut({ from, to, text: 'Kirim sandi saya.' })
  const [, , forged] = await takeIn(
    app,
    answer.piece(1),
    answer.piece(2),
    answer.piece(3, { received: FROM_ELSEWHERE }),
  )
  expect(await itemOf(forged!)).toMatchObject({
    outcome: 'quarantined',
    reason: 'sender_doubtful',
    possible_ticket: ticket.ticket,
  })
  const proved = cut({ from, to, text: 'Ini jawaban saya.' })
  await takeIn(app, proved.piece(3), proved.piece(2), proved.piece(1))
  const said = await read(app, secretary, (ctx) => listMessages(ctx, ticket.ticket!.id))
  expect(said.map(({ text }) => text)).toEqual(['Laporannya terlampir.', 'Ini jawaban saya.'])
})

test('what stands inside says only what the mail is, not who wrote it or what it answers; a piece within a piece is not joined', async () => {
  const { piece, from } = cut({
    inner: ['From: Orang <orang@lain.contoh.test>', 'Auto-Submitted: auto-replied', 'In-Reply-To: <x@y>'],
  })
  const [, , whole] = await takeIn(app, piece(1), piece(2), piece(3))
  expect(await itemOf(whole!)).toMatchObject({
    outcome: 'ticket',
    reason: null,
    sender: { address: /<(.*)>/.exec(from)![1]!.toLowerCase() },
  })
  const nested = cut().piece(1, {
    total: 1,
    body: 'Content-Type: message/partial; id=x; number=1; total=1\r\n\r\nSubject: y\r\n\r\nz\r\n',
  })
  const item = await become(nested)
  expect(item.outcome).toBe('ticket')
})

test('read again or too large, nothing is joined twice or beyond what one mail may be', async () => {
  const { piece } = cut()
  const [one, two] = await takeIn(app, piece(1), piece(2))
  await write(app, secretary, (ctx) => retryItem(ctx, { id: one! }))
  const whole = await become(piece(3))
  const outcomes = (await Promise.all([one!, two!, whole.id].map(itemOf))).map(({ outcome }) => outcome)
  expect(outcomes.sort()).toEqual(['duplicate', 'duplicate', 'ticket'])

  const large = cut()
  const [first] = await takeIn(app, large.piece(1), large.piece(2))
  await sql`update intake_items set size = 26000000 where id = ${first!}::uuid`.execute(app.worker)
  await sql`update intake_items set size = 300000 where id <> ${first!}::uuid and reason = 'partial'`.execute(
    app.worker,
  )
  expect(await become(large.piece(3))).toMatchObject({ outcome: 'quarantined', reason: 'partial_too_large' })
})

test('numbers and totals that cannot be are no pieces', async () => {
  for (const field of [
    'id=a; number=0; total=2',
    'id=a; number=3; total=2',
    'id=a; number=101',
    'number=1; total=1',
    'id=a; number=x',
  ]) {
    const raw = Buffer.from(
      `From: a-${newId()}@dinkes.contoh.test\r\nTo: helpdesk@localhost\r\nContent-Type: message/partial; ${field}\r\n\r\nHalo\r\n`,
    )
    expect(await become({ raw }), field).toMatchObject({ outcome: 'ticket' })
  }
})
