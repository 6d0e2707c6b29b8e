import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { system, write } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { openMailRelay, type MailRelay, type RelayTimes } from './email/send.ts'
import { queueMessages } from './queue-messages.ts'
import { openSender, type Sender } from './sender.ts'

const database = useDatabase()
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  await database.app().worker.updateTable('outbox').set({ state: 'cancelled', next_attempt_at: null }).execute()
  // Whom a test found dead lives again in the next.
  await database
    .app()
    .worker.updateTable('muted_addresses')
    .set({ until: new Date(0) })
    .execute()
})

/** What it does to mails for a domain, after RCPT or after the final dot. */
const manners: Record<string, (socket: Socket, line: string) => boolean> = {
  'diam.example': (_, line) => line.startsWith('RCPT'),
  'diam-setelah-titik.example': (_, line) => line === '.',
  'menetes.example': (socket, line) => line.startsWith('RCPT') && drip(socket),
  'sampah.example': (socket, line) => line.startsWith('RCPT') && say(socket, '\u0001\u0002\u0003 bukan jawaban'),
  'raksasa.example': (socket, line) => line.startsWith('RCPT') && flood(socket),
  'nanti.example': (socket, line) => line.startsWith('RCPT') && say(socket, '450 4.2.0 nanti'),
  'tidak.example': (socket, line) => line.startsWith('RCPT') && say(socket, '550 5.1.1 no such user'),
  'putus.example': (socket, line) => line === '.' && (socket.destroy(), true),
}
const say = (socket: Socket, line: string) => (socket.write(`${line}\r\n`), true)
/** One letter now and then for ever: never silent, never an answer. */
function drip(socket: Socket): boolean {
  const timer = setInterval(() => socket.destroyed || socket.write('2'), 50)
  socket.on('close', () => clearInterval(timer))
  return true
}
function flood(socket: Socket): boolean {
  const part = 'x'.repeat(65_536)
  const pour = () => {
    while (!socket.destroyed && socket.write(part));
  }
  socket.on('drain', pour)
  pour()
  return true
}

/** A relay that treats each destination in its own way; answers whose mails it took, in order. */
async function aHostileRelay(
  times: Partial<RelayTimes>,
): Promise<{ relay: MailRelay; taken: string[]; raws: string[]; tried: string[] }> {
  const sockets = new Set<Socket>()
  const [taken, raws, tried] = [[], [], []] as [string[], string[], string[]]
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let [rest, to, body, inData] = ['', '', '', false]
    say(socket, '220 relay.contoh.id')
    socket.on('data', (chunk) => {
      rest += chunk.toString()
      for (let at = rest.indexOf('\r\n'); at >= 0; at = rest.indexOf('\r\n')) {
        const line = rest.slice(0, at)
        rest = rest.slice(at + 2)
        if (line.startsWith('RCPT')) tried.push((to = /<(.*)>/.exec(line)![1]!))
        if (inData && line !== '.') {
          body += `${line}\r\n`
          continue
        }
        if (line === '.') raws.push(body)
        if (manners[to.split('@')[1] ?? '']?.(socket, line)) continue
        if (line === '.') taken.push(to)
        inData = line === 'DATA'
        if (line === '.' || line === 'RSET' || line === 'DATA') body = ''
        if (line === '.' || line === 'RSET') to = ''
        say(socket, inData ? '354 ya' : line === 'QUIT' ? '221 ya' : '250 ya')
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const relay = openMailRelay(`smtp://127.0.0.1:${port}`, database.app().log, { finish_ms: 100, ...times })
  ends.push(
    () => relay.stop(),
    () => sockets.forEach((socket) => socket.destroy()),
    () => server.close(),
  )
  return { relay, taken, raws, tried }
}

/** Goes on by itself as in the running house. */
function running(relay: MailRelay): Sender {
  const work = async () => {
    while (await sender.sendDue());
  }
  const sender: Sender = openSender(database.app(), relay, () => void work().catch(() => undefined))
  const polling = setInterval(() => void work().catch(() => undefined), 200)
  ends.unshift(
    () => clearInterval(polling),
    () => sender.stop(),
  )
  void work()
  return sender
}

const mailsTo = (domain: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    channel: 'email' as const,
    kind: 'reply' as const,
    recipient: `orang${index}@${domain}`,
    subject: 'Jawaban',
    text: 'Coba matikan lalu nyalakan lagi.',
    language: 'id' as const,
    automatic: false,
  }))
const queue = (messages: ReturnType<typeof mailsTo>) =>
  write(database.app(), system, (ctx) => queueMessages(ctx, messages))
async function statesOf(domain: string) {
  const rows = await database
    .app()
    .worker.selectFrom('outbox')
    .select(['state', 'last_error', 'attempts', 'next_attempt_at'])
    .where('destination', '=', domain)
    .where('state', '<>', 'cancelled')
    .orderBy('id')
    .execute()
  return rows
}

test('destinations that hang, drip, flood, talk garbage or put off for ever hold up no other', async () => {
  const { relay, taken, tried } = await aHostileRelay({ socket_ms: 60_000, mail_ms: 60_000 })
  const bad = Object.keys(manners)
  // The bad ones are older and many.
  for (const domain of bad) await queue(mailsTo(domain, 20))
  const good = ['satu.example', 'dua.example', 'tiga.example']
  for (const domain of good) await queue(mailsTo(domain, 40))
  running(relay)
  // Long before the first of those that hang comes to its deadline.
  await expect.poll(() => taken.filter((to) => good.includes(to.split('@')[1]!)).length, { timeout: 30_000 }).toBe(120)
  const hanging = ['diam.example', 'menetes.example']
  for (const domain of hanging) expect(tried.filter((to) => to.endsWith(`@${domain}`))).toHaveLength(1)
})

test('each ends with what can be said of it, and what hangs is tried again later all together', async () => {
  const { relay, raws } = await aHostileRelay({ socket_ms: 400, mail_ms: 800 })
  for (const domain of Object.keys(manners)) await queue(mailsTo(domain, 3))
  const sender = running(relay)
  const all = () => Promise.all(Object.keys(manners).map(statesOf))
  const isDone = (row: { state: string; attempts: number }) =>
    row.state === 'failed' || (row.state === 'waiting' && row.attempts > 0)
  await expect.poll(async () => (await all()).flat().every(isDone), { timeout: 30_000 }).toBe(true)
  await sender.idle()
  for (const domain of ['diam.example', 'diam-setelah-titik.example', 'menetes.example']) {
    const rows = await statesOf(domain)
    for (const row of rows) expect(row).toMatchObject({ state: 'waiting', attempts: 1 })
    expect(rows[0]!.last_error).toContain('ETIMEDOUT')
  }
  for (const row of await statesOf('nanti.example'))
    expect(row).toMatchObject({ state: 'waiting', last_error: expect.stringContaining('4.2.0') })
  for (const row of await statesOf('tidak.example'))
    expect(row).toMatchObject({ state: 'failed', next_attempt_at: null })
  for (const row of await statesOf('sampah.example'))
    expect(row).toMatchObject({ state: 'failed', last_error: expect.stringContaining('bukan jawaban') })
  for (const domain of ['raksasa.example', 'putus.example'])
    for (const row of await statesOf(domain)) expect(row).toMatchObject({ state: 'waiting', attempts: 1 })

  // Cut after the final dot: sent once more, by a second attempt, with the same Message-ID.
  const idsOf = () =>
    raws.filter((raw) => raw.includes('@putus.example')).map((raw) => /^Message-ID:\s*(<.*>)/im.exec(raw)![1])
  const before = idsOf()
  expect(new Set(before).size).toBe(3)
  await database
    .app()
    .worker.updateTable('outbox')
    .set({ next_attempt_at: new Date(0) })
    .where('destination', '=', 'putus.example')
    .execute()
  await sender.sendDue()
  await expect.poll(() => idsOf().length, { timeout: 20_000 }).toBe(6)
  expect(new Set(idsOf())).toEqual(new Set(before))
  await sender.idle()
})

test('while the relay is away nothing is lost and nothing is hurried, and all leaves when it is back', async () => {
  const away = openMailRelay('smtp://127.0.0.1:1', database.app().log, { finish_ms: 100 })
  ends.push(() => away.stop())
  await queue(mailsTo('satu.example', 30))
  const sender = running(away)
  await expect.poll(async () => (await statesOf('satu.example')).some(({ attempts }) => attempts > 0)).toBe(true)
  await sender.idle()
  sender.stop()
  const tried = (await statesOf('satu.example')).filter(({ attempts }) => attempts > 0)
  // One destination that nobody knows yet: a single mail found out for all.
  expect(tried).toHaveLength(1)
  expect(tried[0]).toMatchObject({ state: 'waiting', last_error: expect.stringContaining('ESOCKET') })
  const { relay, taken } = await aHostileRelay({})
  await database
    .app()
    .worker.updateTable('outbox')
    .set({ next_attempt_at: new Date(0) })
    .where('destination', '=', 'satu.example')
    .execute()
  running(relay)
  await expect.poll(() => taken.length, { timeout: 20_000 }).toBe(30)
})
