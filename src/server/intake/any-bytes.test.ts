/** Whatever is sent as DATA ends in exactly one outcome of the ledger, and the sums always add up. */
import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { App } from '../platform/app.ts'
import { read, system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { hasFalseEnd, intakeSummary } from '../channels/index.ts'
import { prepare } from '../desks/index.ts'
import { startMailListener, type MailListener } from './mail-listener.ts'
import { settleWaiting } from './testing.ts'

const MAILS = 120
const LINE_END = Buffer.from('\r\n')
// Another seed each run; the one that failed is in the name of the failure.
const SEED = Number(process.env['PANDU_TEST_SEED'] ?? Date.now() % 1_000_000)

const database = useDatabase({ PANDU_SMTP_PORT: '0' })
let app: App
let listener: MailListener
beforeAll(async () => {
  app = database.app()
  await prepare(app)
  listener = await startMailListener(app)
})
afterAll(() => listener.stop())

test('any bytes as DATA: one item each, one outcome each, and the sums add up at every moment', async () => {
  const random = generator(SEED)
  const mails = Array.from({ length: MAILS }, () => anyBytes(random))
  // Some come again, as a host does that lost our answer.
  for (let count = 0; count < 10; count++) mails.push(mails[random(mails.length)]!)
  const peer = await greet()
  const refusals = mails.filter((mail) => hasFalseEnd(Buffer.concat([mail, LINE_END]))).length
  let refused = 0
  for (const mail of mails) {
    const answer = await peer.send(mail)
    expect(answer, `seed ${SEED}`).toMatch(/^(250|550 5\.6\.0) /)
    if (answer.startsWith('550')) refused++
  }
  peer.end()
  expect(refused, `seed ${SEED}`).toBe(refusals)
  const waiting = await sums()
  expect(waiting, `seed ${SEED}`).toMatchObject({ received: mails.length })
  expect(waiting.received).toBe(waiting.all)

  await settleWaiting(app)
  const { rows } = await app.worker_pool.query<{ outcome: string | null; items: number }>(
    'select outcome, count(*)::int as items from intake_items group by 1',
  )
  const settled = await sums()
  expect(settled, `seed ${SEED}`).toMatchObject({ received: mails.length, waiting: 0, all: mails.length })
  expect(rows.every(({ outcome }) => outcome !== null)).toBe(true)
  for (const { outcome, items } of rows) expect([outcome, settled.by[outcome!]]).toEqual([outcome, items])
})

async function sums() {
  const { received, by_channel, ...by } = await read(app, system, intakeSummary)
  const all = Object.values(by).reduce((sum, count) => sum + count, 0)
  expect(by_channel.email?.received).toBe(received)
  return { received, waiting: by.waiting, all, by: by as Record<string, number> }
}

/** One connection; each mail is dot-stuffed as RFC 5321 4.5.2 says, and otherwise sent as it is. */
async function greet() {
  const socket = connect(listener.port, '127.0.0.1')
  let heard = ''
  socket.on('data', (chunk) => (heard += chunk.toString('latin1')))
  const line = async () => {
    let match: RegExpExecArray | null
    while (!(match = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(heard))) await once(socket, 'data')
    heard = heard.slice(match[0].length)
    return match[0]
  }
  const say = (text: string) => (socket.write(text, 'latin1'), line())
  await line()
  await say('EHLO klien.contoh.id\r\n')
  return {
    async send(mail: Buffer): Promise<string> {
      await say('MAIL FROM:<budi@contoh.id>\r\n')
      await say('RCPT TO:<helpdesk@localhost>\r\n')
      await say('DATA\r\n')
      const stuffed = mail.toString('latin1').replace(/(^|\n)\./g, '$1..')
      return say(`${stuffed}\r\n.\r\n`)
    },
    end: () => socket.end('QUIT\r\n'),
  }
}

/** The same numbers for the same seed (mulberry32). */
function generator(seed: number) {
  let state = seed >>> 0
  return (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const PIECES = [
  'From: sari@contoh.id\r\n',
  'From: "Sari, Contoh" <sari@contoh.id>, <budi@contoh.id>\r\n',
  'From:\r\n',
  'From: <>\r\n',
  'To: helpdesk@localhost\r\nSubject: =?utf-8?b?UGVuY2V0YWs=?= =?xx?q?_?=\r\n',
  'Message-ID: <sama@contoh.id>\r\nReferences: <a@b> <c@d>\r\n',
  'Auto-Submitted: auto-replied\r\nX-Pandu-Ticket: 100014\r\n',
  'Content-Type: multipart/mixed; boundary=b\r\n',
  'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\n',
  'Content-Type: text/html; charset=windows-1252\r\n',
  'Content-Type: message/rfc822\r\n\r\n',
  'Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n',
  'Content-Disposition: attachment; filename*0*=utf-8\'\'%e2; filename*1=".exe"\r\n',
  'Content-Transfer-Encoding: base64\r\n',
  'Content-Transfer-Encoding: quoted-printable\r\n',
  'begin 644 berkas.txt\r\n',
  '--b\r\n',
  '--b--\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  '\0',
  '.',
  '..\r\n',
  '> kutipan\r\nPada Senin, Sari menulis:\r\n',
  '<p onclick=x>Halo<script>1</script></p>',
  'SGFsbw==\r\n',
  '=E2=80=\r\n',
  ' lanjutan\r\n',
  '\xff\xfe\x80',
]

function anyBytes(random: (below: number) => number): Buffer {
  const parts: Buffer[] = []
  for (let left = 1 + random(24); left > 0; left--) {
    const kind = random(10)
    if (kind < 7) parts.push(Buffer.from(PIECES[random(PIECES.length)]!, 'latin1'))
    else if (kind < 9) parts.push(Buffer.from(Array.from({ length: random(60) }, () => random(256))))
    else parts.push(Buffer.alloc(random(5_000), 32 + random(90)))
  }
  return Buffer.concat(parts)
}
