import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { openDns } from './dns.ts'

/** A name server that counts and never answers. */
async function aSilentServer() {
  const socket = createSocket('udp4')
  let asked = 0
  socket.on('message', () => asked++)
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { address: `127.0.0.1:${socket.address().port}`, asked: () => asked, close: () => socket.close() }
}

test('while name servers are silent everybody is told so at once, and asked again later', async () => {
  const server = await aSilentServer()
  const dns = openDns([server.address], { question_ms: 20, faults_max: 2, away_ms: 200 })
  const ask = (name: string) => dns.resolve(name, 'TXT').catch((error: NodeJS.ErrnoException) => error.code)
  expect(await ask('satu.test')).toBe('ETIMEOUT')
  expect(await ask('dua.test')).toBe('ETIMEOUT')
  const before = server.asked()
  expect(before).toBeGreaterThan(0)
  expect(await ask('tiga.test')).toBe('ETIMEOUT')
  expect(server.asked()).toBe(before)
  await expect.poll(async () => (await ask('empat.test'), server.asked())).toBeGreaterThan(before)
  server.close()
})
