import { connect } from 'node:net'
import { createTransport } from 'nodemailer'
import { afterEach, expect, test } from 'vitest'
import { Deferred, OutcomeUnknown } from './smtp-replies.ts'
import { closing, dial, endAll, listening } from './listen.testing.ts'

afterEach(endAll)

test('a mail is taken with its envelope, and what is announced is what is allowed', async () => {
  const { port, taken } = await listening()
  const { say, greeting } = await dial(port)
  expect(greeting).toBe('220 contoh.go.id ESMTP\r\n')
  const hello = await say('EHLO klien.contoh.id\r\n')
  expect(hello.replaceAll('\r\n', '\n')).toBe(
    '250-contoh.go.id\n250-PIPELINING\n250-8BITMIME\n250-SMTPUTF8\n250 SIZE 26214400\n',
  )
  await say('MAIL FROM:<> BODY=8BITMIME SMTPUTF8\r\n')
  await say('RCPT TO:<helpdesk@contoh.go.id>\r\n')
  await say('RCPT TO:<desk1@contoh.go.id>\r\n')
  expect(await say('DATA\r\n')).toMatch(/^354/)
  const body = Buffer.concat([Buffer.from('Subject: x\r\n\r\n..titik\r\n'), Buffer.from([0, 0xff, 0x80, 10, 13, 10])])
  expect(await say(Buffer.concat([body, Buffer.from('.\r\n')]))).toBe('250 2.0.0 OK\r\n')
  expect(taken).toEqual([
    {
      raw: Buffer.concat([Buffer.from('Subject: x\r\n\r\n.titik\r\n'), Buffer.from([0, 0xff, 0x80, 10, 13, 10])]),
      envelope_from: null,
      recipients: ['helpdesk@contoh.go.id', 'desk1@contoh.go.id'],
      remote: '127.0.0.1',
      greeting: 'klien.contoh.id',
    },
  ])
  expect(await say('QUIT\r\n')).toMatch(/^221/)
})

test('a real client sends through it, with letters of RFC 6532', async () => {
  const { port, taken } = await listening()
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true })
  await transport.sendMail({ from: 'андрей@почта.example', to: 'helpdesk@contoh.go.id', subject: 'Halo', text: 'Isi' })
  expect(taken[0]).toMatchObject({ envelope_from: 'андрей@почта.example', recipients: ['helpdesk@contoh.go.id'] })
  expect(taken[0]!.raw.toString()).toContain('Isi')
})

test('only our addresses are accepted, and a reply address tells nothing', async () => {
  const { port } = await listening()
  const { say } = await dial(port)
  await say('EHLO klien.contoh.id\r\n')
  await say('MAIL FROM:<budi@contoh.id>\r\n')
  expect(await say('RCPT TO:<orang@lain.example>\r\n')).toMatch(/^550 5\.7\.1 /)
  expect(await say('RCPT TO:<tidakada@contoh.go.id>\r\n')).toMatch(/^550 5\.1\.1 /)
  expect(await say('RCPT TO:<postmaster>\r\n')).toMatch(/^250/)
  const answers = new Set<string>()
  for (const local of ['100057-benar', 'salah', '%', '100057-' + 'a'.repeat(52)])
    answers.add(await say(`RCPT TO:<${local}@balas.contoh.go.id>\r\n`))
  expect([...answers]).toEqual(['250 Accepted\r\n'])
  for (const command of ['AUTH PLAIN AGEAYg==', 'STARTTLS', 'WIZ x', 'SHELL ls', 'XCLIENT ADDR=1.2.3.4'])
    expect(await say(`${command}\r\n`), command).toMatch(/^500/)
})

test('the hundred and first recipient is asked to come later', async () => {
  const { port, taken } = await listening()
  const { say } = await dial(port)
  await say('EHLO klien.contoh.id\r\n')
  await say('MAIL FROM:<budi@contoh.id>\r\n')
  for (let at = 0; at < 100; at++) expect(await say(`RCPT TO:<desk${at}@contoh.go.id>\r\n`)).toMatch(/^250/)
  expect(await say('RCPT TO:<desk100@contoh.go.id>\r\n')).toMatch(/^452/)
  expect(await say('RCPT TO:<DESK5@contoh.go.id>\r\n')).toMatch(/^250/)
  await say('DATA\r\n')
  expect(await say('x\r\n.\r\n')).toMatch(/^250/)
  expect(taken[0]!.recipients).toHaveLength(100)
})

test('250 comes after the commit, and never when it failed', async () => {
  let settle: { commit(): void; fail(error: Error): void } = { commit() {}, fail() {} }
  let begun = () => {}
  const { port } = await listening({
    take: () => new Promise<void>((commit, fail) => ((settle = { commit, fail }), begun())),
  })
  const { say, begin, reply, socket, closed, heard } = await dial(port)
  const send = async () => {
    await begin()
    const started = new Promise<void>((resolve) => (begun = resolve))
    socket.write('x\r\n.\r\n')
    await started
  }
  await send()
  expect(heard()).toBe('')
  settle.commit()
  expect(await reply()).toBe('250 2.0.0 OK\r\n')
  for (const fault of [new Deferred('later'), new Error('connection to the database lost')]) {
    await send()
    settle.fail(fault)
    expect(await reply()).toBe('451 4.3.0 Not now, please try again later\r\n')
  }
  await send()
  settle.fail(new OutcomeUnknown('no answer to the commit'))
  await closed
  expect(heard()).toBe('')
  expect(await say('NOOP\r\n')).toBe('(closed)')
})

test('while nothing can be stored the sender is asked to come later', async () => {
  let there = false
  const { port } = await listening({
    available: () => there,
    isOurs: async (address) => {
      if (address.startsWith('desk1@')) throw new Error('no database')
      return 'ours'
    },
  })
  const { say } = await dial(port)
  await say('EHLO klien.contoh.id\r\n')
  expect(await say('MAIL FROM:<budi@contoh.id>\r\n')).toMatch(/^451 4\.3\.0/)
  there = true
  expect(await say('MAIL FROM:<budi@contoh.id>\r\n')).toMatch(/^250/)
  expect(await say('RCPT TO:<desk1@contoh.go.id>\r\n')).toMatch(/^451 4\.3\.0/)
})

test('the size is enforced where it is declared and where it is counted, to the byte', async () => {
  const { port, taken } = await listening({ limits: { size_max: 10_000 } })
  const { say, begin } = await dial(port)
  await say('EHLO klien.contoh.id\r\n')
  expect(await say('MAIL FROM:<budi@contoh.id> SIZE=10001\r\n')).toMatch(/^552/)
  expect(await say('MAIL FROM:<budi@contoh.id> SIZE=10000\r\n')).toMatch(/^250/)
  await begin()
  expect(await say('a'.repeat(9_998) + '\r\n.\r\n')).toMatch(/^250/)
  await begin()
  expect(await say('a'.repeat(9_999) + '\r\n.\r\n')).toMatch(/^552 5\.3\.4/)
  await begin()
  expect(await say('..\r\n'.repeat(3_333) + '\r\n.\r\n')).toMatch(/^552/)
  expect(taken.map(({ raw }) => raw.length)).toEqual([10_000])
})

test('a sender that goes far beyond is cut off, and memory stays flat', async () => {
  const { port, taken } = await listening()
  const { begin, socket, reply, closed } = await dial(port)
  await begin()
  const before = process.memoryUsage().rss
  const chunk = Buffer.alloc(1 << 20, 'a')
  let sent = 0
  let most = 0
  while (!socket.destroyed && sent < 1000) {
    sent++
    if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed])
    most = Math.max(most, process.memoryUsage().rss - before)
  }
  expect(await reply()).toMatch(/^552|closed/)
  await closed
  expect(sent).toBeLessThan(200)
  expect(most).toBeLessThan(200 * 1024 * 1024)
  expect(taken).toEqual([])
})

test('when too much is under way at once a mail is asked to come later, and room comes back', async () => {
  const { port } = await listening({ limits: { buffered_max: 300_000 } })
  const [first, second, third] = [await dial(port), await dial(port), await dial(port)]
  for (const each of [first, second]) await each.begin()
  first.socket.write('a'.repeat(150_000))
  // Heard in turn: when a later connection has been greeted, what came before has been read.
  await dial(port)
  expect(await second.say('b'.repeat(150_000) + '\r\n.\r\n')).toMatch(/^452 4\.3\.1/)
  expect(await first.say('\r\n.\r\n')).toMatch(/^250/)
  await second.begin()
  second.socket.write('b'.repeat(150_000))
  await dial(port)
  await first.begin()
  expect(await first.say('a'.repeat(150_000) + '\r\n.\r\n')).toMatch(/^452/)
  second.socket.destroy()
  await second.closed
  await third.begin()
  expect(await third.say('c'.repeat(150_000) + '\r\n.\r\n')).toMatch(/^250/)
})

const smuggled =
  'MAIL FROM:<penipu@contoh.id>\r\nRCPT TO:<helpdesk@contoh.go.id>\r\nDATA\r\nSubject: selundupan\r\n\r\nx'
test.each([
  ['LF.LF', '\n.\n'],
  ['LF.CRLF', '\n.\r\n'],
  ['CRLF.LF', '\r\n.\n'],
  ['CR.CR', '\r.\r'],
  ['CR.CRLF', '\r.\r\n'],
  ['CRLF.CR', '\r\n.\r'],
  ['LF.CRCRLF', '\n.\r\r\n'],
  ['CRLF.NUL CRLF', '\r\n.\0\r\n'],
])('%s does not end a mail, in one piece or byte by byte', async (_, end) => {
  const { port, taken } = await listening()
  for (const size of [Infinity, 1]) {
    const { begin, say, socket } = await dial(port)
    await begin()
    const bytes = Buffer.from(`Subject: asli\r\n\r\nx${end}${smuggled}`)
    for (let at = 0; at < bytes.length; at += size) {
      socket.write(bytes.subarray(at, at + size))
      if (size === 1) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await say('\r\n.\r\n')).toMatch(/^250/)
    expect(await say('NOOP\r\n')).toMatch(/^250/)
  }
  expect(taken).toHaveLength(2)
  for (const { raw, envelope_from } of taken) {
    expect(envelope_from).toBe('budi@contoh.id')
    expect(raw.toString()).toContain('selundupan')
  }
})

test('a mail of nothing but dots costs neither memory nor bytes', async () => {
  const { port, taken } = await listening()
  const { begin, say } = await dial(port)
  await begin()
  expect(await say('..\r\n'.repeat(200_000) + '.\r\n')).toMatch(/^250/)
  expect(taken[0]!.raw.equals(Buffer.from('.\r\n'.repeat(200_000)))).toBe(true)
})

test('pipelined commands are answered in order', async () => {
  const { port, taken } = await listening()
  const { say, reply } = await dial(port)
  await say('EHLO klien.contoh.id\r\n')
  const transaction = 'MAIL FROM:<a@contoh.id>\r\nRCPT TO:<helpdesk@contoh.go.id>\r\nDATA\r\n'
  expect(await say(transaction)).toMatch(/^250/)
  expect([await reply(), await reply()].map((line) => line.slice(0, 3))).toEqual(['250', '354'])
  expect(await say(`satu\r\n.\r\n${transaction}`)).toMatch(/^250 2\.0\.0/)
  expect([await reply(), await reply(), await reply()].map((line) => line.slice(0, 3))).toEqual(['250', '250', '354'])
  expect(await say('dua\r\n.\r\n')).toMatch(/^250/)
  expect(taken.map(({ raw }) => raw.toString())).toEqual(['satu\r\n', 'dua\r\n'])
})

test('connections are limited in total and for one address', async () => {
  const { port } = await listening({ limits: { connections_per_address_max: 2 } })
  const first = await dial(port)
  await dial(port)
  expect((await dial(port)).greeting).toMatch(/^421 4\.3\.2/)
  first.socket.end()
  await first.closed
  await expect.poll(async () => (await dial(port)).greeting).toMatch(/^220/)

  const small = await listening({ limits: { connections_max: 1 } })
  await dial(small.port)
  expect((await dial(small.port)).greeting).toMatch(/^421 4\.3\.2/)
})

test('whoever drips is cut off by a deadline, at the commands and inside DATA', async () => {
  const { port, taken } = await listening({ limits: { connection_ms: 400 } })
  const slow = await dial(port)
  const dripping = setInterval(() => slow.socket.write('N'), 20)
  closing.push(() => clearInterval(dripping))
  expect(await slow.reply()).toMatch(/^421 4\.4\.2/)
  await slow.closed

  const other = await listening({ limits: { data_ms: 300 } })
  const { begin, socket, reply, closed } = await dial(other.port)
  await begin()
  const drops = setInterval(() => socket.write('x\r\n'), 20)
  closing.push(() => clearInterval(drops))
  expect(await reply()).toMatch(/^421 4\.4\.2/)
  await closed
  expect([...taken, ...other.taken]).toEqual([])
})

test('a peer that goes away in the middle leaves nothing behind', async () => {
  const { port, taken } = await listening()
  const { begin, socket, closed } = await dial(port)
  await begin()
  socket.write('Subject: setengah\r\n\r\nx\r\n.')
  socket.end()
  await closed
  const { say } = await dial(port)
  expect(await say('NOOP\r\n')).toMatch(/^250/)
  expect(taken).toEqual([])
})

test('stopping: idle peers are told, a DATA under way is finished and answered, then the port is closed', async () => {
  const { port, stop, taken } = await listening()
  const idle = await dial(port)
  const busy = await dial(port)
  await busy.begin()
  busy.socket.write('x\r\n')
  const stopped = stop()
  expect(await idle.reply()).toMatch(/^421 4\.3\.2/)
  expect(await busy.say('y\r\n.\r\n')).toMatch(/^250/)
  expect(await busy.reply()).toMatch(/^421/)
  await stopped
  expect(taken.map(({ raw }) => raw.toString())).toEqual(['x\r\ny\r\n'])
  await expect(
    new Promise((resolve, reject) => connect(port, '127.0.0.1').once('connect', resolve).once('error', reject)),
  ).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('stopping does not wait for a DATA without end', async () => {
  const { port, stop } = await listening({ limits: { drain_ms: 200 } })
  const { begin, closed } = await dial(port)
  await begin()
  await stop()
  await closed
})

test('a taken port is said at the start', async () => {
  const { port } = await listening()
  await expect(listening({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
