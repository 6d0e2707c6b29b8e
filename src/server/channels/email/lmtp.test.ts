import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Deferred } from './smtp-replies.ts'
import { closing, dial, endAll, listening } from './listen.testing.ts'

afterEach(endAll)
const answers = async (reply: () => Promise<string>, count: number) => {
  const all: string[] = []
  for (let at = 0; at < count; at++) all.push((await reply()).slice(0, 9))
  return all
}

test('LMTP answers each recipient once, also one that was named twice, and is one mail', async () => {
  const { port, taken } = await listening({ protocol: 'lmtp' })
  const { say, reply, socket, greeting } = await dial(port)
  expect(greeting).toMatch(/^220 .* LMTP/)
  expect(await say('EHLO klien.contoh.id\r\n')).toMatch(/^500/)
  expect(await say('LHLO klien.contoh.id\r\n')).toMatch(/250.SIZE 26214400/)
  await say('MAIL FROM:<budi@contoh.id>\r\n')
  expect(await say('RCPT TO:<helpdesk@contoh.go.id>\r\n')).toMatch(/^250/)
  expect(await say('RCPT TO:<tidakada@contoh.go.id>\r\n')).toMatch(/^550/)
  expect(await say('RCPT TO:<desk1@contoh.go.id>\r\n')).toMatch(/^250/)
  expect(await say('RCPT TO:<Helpdesk@contoh.go.id>\r\n')).toMatch(/^250/)
  await say('DATA\r\n')
  socket.write('Subject: x\r\n\r\nisi\r\n.\r\nNOOP\r\n')
  expect(await answers(reply, 4)).toEqual(['250 2.0.0', '250 2.0.0', '250 2.0.0', '250 OK\r\n'])
  expect(taken.map(({ recipients }) => recipients.map((one) => one.toLowerCase()).toSorted())).toEqual([
    ['desk1@contoh.go.id', 'helpdesk@contoh.go.id'],
  ])
})

test('what cannot be taken is answered for each recipient too', async () => {
  const { port } = await listening({
    protocol: 'lmtp',
    limits: { size_max: 1_000 },
    take: async () => Promise.reject(new Deferred('later')),
  })
  const { say, reply, socket } = await dial(port)
  const send = async (text: string) => {
    await say('MAIL FROM:<budi@contoh.id>\r\n')
    await say('RCPT TO:<helpdesk@contoh.go.id>\r\n')
    await say('RCPT TO:<desk1@contoh.go.id>\r\n')
    await say('DATA\r\n')
    socket.write(`${text}\r\n.\r\nNOOP\r\n`)
    return answers(reply, 3)
  }
  await say('LHLO klien.contoh.id\r\n')
  expect(await send('x')).toEqual(['451 4.3.0', '451 4.3.0', '250 OK\r\n'])
  expect(await send('x'.repeat(1_500))).toEqual(['552 5.3.4', '552 5.3.4', '250 OK\r\n'])
})

test('a socket in the file system serves too, also where a killed process left one behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pandu-lmtp-'))
  closing.push(() => rm(folder, { recursive: true }))
  const path = join(folder, 'lmtp')
  const first = await listening({ protocol: 'lmtp', port: path })
  // Somebody listens: it is not taken away.
  await expect(listening({ protocol: 'lmtp', port: path })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  const { begin, say } = await dial(path, 'LHLO')
  await begin()
  expect(await say('x\r\n.\r\n')).toMatch(/^250/)
  expect(first.taken).toMatchObject([{ remote: '127.0.0.1' }])
  await first.stop()

  const left = createServer().listen(path)
  await new Promise((resolve) => left.once('listening', resolve))
  left.unref()
  // What a kill leaves: the file without anybody behind it.
  const orphan = join(folder, 'yatim')
  await writeFile(orphan, '')
  await expect(listening({ protocol: 'lmtp', port: orphan })).resolves.toBeTruthy()
  left.close()
})
