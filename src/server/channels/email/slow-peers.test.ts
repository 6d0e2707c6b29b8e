import { afterEach, expect, test } from 'vitest'
import { closing, dial, endAll, listening } from './listen.testing.ts'

afterEach(endAll)

test('when all places are taken, whoever does not get on makes room for who does', async () => {
  const { port, taken } = await listening({
    limits: { connections_max: 30, connections_per_address_max: 3, patience_ms: 300 },
  })
  const slow = [await dial(port), await dial(port), await dial(port)]
  await slow[2]!.begin()
  const dripping = setInterval(() => slow[2]!.socket.write('x'), 20)
  closing.push(() => clearInterval(dripping))
  for (let count = 0; count < 3; count++) {
    let one = await dial(port)
    while (!one.greeting.startsWith('220')) one = await dial(port)
    await one.begin()
    expect(await one.say(`surel ${count}\r\n.\r\n`)).toMatch(/^250/)
  }
  expect(taken).toHaveLength(3)
  const last = await Promise.all(slow.map(({ reply }) => reply()))
  expect(last.filter((line) => line.startsWith('421 4.3.2')).length).toBeGreaterThan(0)
})

test('an envelope without end and a DATA that hardly moves are ended by deadlines of their own', async () => {
  const { port, taken } = await listening({
    limits: { envelope_ms: 400, data_grace_ms: 300, bytes_per_second_min: 1_000 },
  })
  const envelope = await dial(port)
  await envelope.say('EHLO klien.contoh.id\r\n')
  const asking = setInterval(() => envelope.socket.write('NOOP\r\n'), 50)
  closing.push(() => clearInterval(asking))
  let line = ''
  while (!/^421|closed/.test(line)) line = await envelope.reply()
  expect(line).toMatch(/^421 4\.4\.2 No mail/)

  const body = await dial(port)
  await body.begin()
  const dripping = setInterval(() => body.socket.write('x\r\n'), 50)
  closing.push(() => clearInterval(dripping))
  expect(await body.reply()).toMatch(/^421 4\.4\.2 DATA/)
  expect(taken).toEqual([])
})

test('ten thousand recipients: a hundred are taken, the rest is asked to come again; guessing names ends', async () => {
  const { port, taken } = await listening({ limits: { refused_max: 200 } })
  const { say, reply, socket } = await dial(port)
  await say('EHLO klien.contoh.id\r\n')
  await say('MAIL FROM:<budi@contoh.id>\r\n')
  socket.write(Array.from({ length: 10_000 }, (_, at) => `RCPT TO:<desk${at}@contoh.go.id>\r\n`).join(''))
  const codes = new Map<string, number>()
  for (let at = 0; at < 10_000; at++) {
    const code = (await reply()).slice(0, 3)
    codes.set(code, (codes.get(code) ?? 0) + 1)
  }
  expect(Object.fromEntries(codes)).toEqual({ '250': 100, '452': 9_900 })
  await say('DATA\r\n')
  expect(await say('x\r\n.\r\n')).toMatch(/^250/)
  expect(taken[0]!.recipients).toHaveLength(100)

  await say('MAIL FROM:<budi@contoh.id>\r\n')
  let refused = 0
  while ((await say(`RCPT TO:<orang${refused}@contoh.go.id>\r\n`)).startsWith('550')) refused++
  expect(refused).toBe(200)
})

test('very long lines, NULs and lines that are no commands harm nothing', async () => {
  const { port, taken } = await listening()
  const { begin, say } = await dial(port)
  await begin()
  const bytes = Buffer.concat([Buffer.alloc(2_000_000, 'x'), Buffer.from('\r\n\0\0\0\r\n'), Buffer.alloc(1_000, 0xff)])
  expect(await say(Buffer.concat([bytes, Buffer.from('\r\n.\r\n')]))).toMatch(/^250/)
  expect(taken[0]!.raw.equals(Buffer.concat([bytes, Buffer.from('\r\n')]))).toBe(true)

  const noise = await dial(port)
  expect(await noise.say(Buffer.alloc(100_000, 'y'))).toMatch(/^421/)
  const words = await dial(port)
  await words.say('EHLO klien.contoh.id\r\n')
  expect(await words.say('MAIL FROM:<a@contoh.id\0> \r\n')).toMatch(/^501/)
  expect(await words.say('GET / HTTP/1.1\r\n')).toMatch(/^421/)
})
