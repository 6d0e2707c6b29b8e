import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { openLog } from '../../platform/log.ts'
import { openMailReader, type MailReader, type ReaderLimits } from './reader.ts'

const log = openLog({ PANDU_LOG: 'silent' })
let reader: MailReader | undefined
afterEach(() => reader?.stop())

const open = (limits: Partial<ReaderLimits> = {}, script?: URL) =>
  (reader = openMailReader({ log, threads: 2, limits, ...(script && { script }) }))
const mail = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'))
const plain = mail('From: Budi <budi@contoh.id>\nSubject: Printer\n\nHalo.\n')

/** A thread that does to itself what the mail says: the worst that a parser fault could do. */
const obedient = new URL(
  'data:text/javascript,' +
    encodeURIComponent(`import { parentPort as port } from 'node:worker_threads'
      port.on('message', (raws) => {
        const read = raws.map((raw) => {
          const words = Buffer.from(raw).toString()
          if (words === 'hang') for (;;);
          if (words === 'eat') for (const all = []; ; ) all.push(new Array(1e5).fill(all.length))
          if (words === 'exit') process.exit(3)
          if (words === 'throw') throw new Error('late')
          return { mail: { subject: words } }
        })
        port.postMessage({ read })
      })
      port.postMessage({ ready: true })`),
)

test('a mail comes back with its attachments as bytes of its own', async () => {
  const raw = mail(
    'From: Budi <budi@contoh.id>\nSubject: Foto\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nLihat foto.\n' +
      '--b\nContent-Type: image/png\nContent-Disposition: attachment; filename=foto.png\n' +
      'Content-Transfer-Encoding: base64\n\nAAEC\n--b--\n',
  )
  const before = Buffer.from(raw)
  const read = await open().read(raw)
  expect(read).toMatchObject({
    subject: 'Foto',
    text: 'Lihat foto.',
    from: { name: 'Budi', address: 'budi@contoh.id' },
  })
  expect(read.attachments).toEqual([
    { name: 'foto.png', type: 'image/png', size: 3, content: Uint8Array.of(0, 1, 2), inline: false, content_id: null },
  ])
  expect(raw).toEqual(before)
})

test('what outlasts, outgrows or breaks a thread is named, and its neighbours are read', async () => {
  const { read } = open({ time_ms: 2000, heap_mb: 64 }, obedient)
  const words = ['a', 'hang', 'b', 'eat', 'c', 'exit', 'd', 'throw', 'e', 'f']
  const read10 = await Promise.allSettled(words.map((word) => read(Buffer.from(word))))
  const outcome = read10.map((each) =>
    each.status === 'fulfilled' ? each.value.subject : (each.reason as { reason: string }).reason,
  )
  expect(outcome).toEqual(['a', 'time', 'b', 'memory', 'c', 'broken', 'd', 'broken', 'e', 'f'])
})

test('is ready when a thread is, and says so when none can be', async () => {
  await open().ready()
  const started = reader!.ready()
  await expect(started).resolves.toBeUndefined()
  await reader!.stop()
  await expect(reader!.ready()).rejects.toThrow('stopped')
  await expect(open({}, new URL('data:text/javascript,throw new Error()')).ready()).rejects.toThrow('did not start')
})

test('a mail above the limit is refused unread', async () => {
  await expect(open({ bytes_max: 10 }).read(plain)).rejects.toMatchObject({ reason: 'memory' })
})

test('a thread without work ends, and the next mail starts another', async () => {
  const { read } = open({ idle_ms: 1 })
  expect((await read(plain)).subject).toBe('Printer')
  expect((await read(plain)).subject).toBe('Printer')
})

test('stopping rejects what waits, as our fault and not the mail’s', async () => {
  const { read, stop } = open({}, obedient)
  const first = read(Buffer.from('hang'))
  const second = read(Buffer.from('hang'))
  const third = read(Buffer.from('hang'))
  const all = Promise.allSettled([first, second, third])
  await stop()
  for (const each of await all) {
    expect(each).toMatchObject({ status: 'rejected', reason: { message: 'the mail reader has stopped' } })
  }
  await expect(read(plain)).rejects.toThrow('stopped')
})

test('a thread that cannot start is our fault, and does not start again for ever', async () => {
  const { read } = open({}, new URL('data:text/javascript,throw new Error("no")'))
  await expect(read(plain)).rejects.toThrow('did not start')
})

const part = '--b\nContent-Type: text/plain\n\nx\n'
const multipart = 'From: a@contoh.id\nContent-Type: multipart/mixed; boundary=b\n\n'
const nested = (depth: number) => {
  const open = Array.from({ length: depth }, (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\n\n--b${at}\n`)
  return 'From: a@contoh.id\n' + open.join('') + 'Content-Type: text/plain\n\nin the middle\n'
}

describe('hostile mails, one after the other', () => {
  const reading = openMailReader({ log, threads: 2 })
  const patient = openMailReader({ log, threads: 2, limits: { time_ms: 60_000 } })
  afterAll(() => Promise.all([reading.stop(), patient.stop()]))

  test.each<[string, () => Buffer]>([
    ['1,100 parts', () => mail(multipart + part.repeat(1_100))],
    ['a million parts', () => mail(multipart + part.repeat(1_000_000).slice(0, 23_000_000))],
    ['parts nested 10 000 deep', () => mail(nested(10_000))],
    ['a header of 20 MB', () => mail('From: a@contoh.id\nX-Long: ' + 'a'.repeat(20_000_000) + '\n\nHalo\n')],
    ['a million header fields', () => mail('X: y\n'.repeat(1_000_000) + '\nHalo\n')],
  ])('%s is unreadable within the limits, and the next mail is read', async (_, hostile) => {
    await expect(reading.read(hostile())).rejects.toMatchObject({ name: 'Unreadable', reason: 'limits' })
    expect((await reading.read(plain)).subject).toBe('Printer')
  })

  test.each<[string, () => Buffer]>([
    ['parts nested 500 deep', () => mail(nested(500))],
    ['900 parts', () => mail(multipart + part.repeat(900))],
    ['25 MB of one line', () => mail('From: a@contoh.id\n\n' + 'a'.repeat(26_000_000))],
    ['25 MB of a log', () => mail('From: a@contoh.id\n\n' + `${'galat '.repeat(12)}\n`.repeat(350_000))],
    ['2 MB of quotation', () => mail('From: a@contoh.id\n\n' + '> x\n'.repeat(400_000))],
    [
      '100 000 unclosed brackets in every field',
      () => {
        const many = '<'.repeat(100_000)
        return mail(
          `From: ${many}\nTo: ${many}\nReferences: ${many}\nSubject: ${many}\nDate: ${'('.repeat(100_000)}\n\nx\n`,
        )
      },
    ],
    [
      'HTML nested 100 000 deep',
      () => mail('From: a@contoh.id\nContent-Type: text/html\n\n' + '<div>'.repeat(100_000) + 'x'),
    ],
    [
      '20 MB of HTML',
      () => mail('From: a@contoh.id\nContent-Type: text/html\n\n' + ('<p>halo</p>'.repeat(20) + '\n').repeat(90_000)),
    ],
    [
      'parameters without end',
      () => mail(`From: a@contoh.id\nContent-Type: text/plain${'; a*0*=x'.repeat(50_000)}\n\nx\n`),
    ],
  ])('%s is read within the limits', async (_, hostile) => {
    const read = await patient.read(hostile())
    expect(read.from?.address ?? 'a@contoh.id').toBe('a@contoh.id')
  })
})
