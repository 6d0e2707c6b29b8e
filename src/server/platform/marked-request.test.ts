import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { leavePage, takePage } from './marked-request.ts'

test('a page that was left on its request goes out with the end of the answer; any other answer as it is', async () => {
  const server = createServer((request, response) => {
    if (request.url !== '/untaken') takePage(request, response)
    if (request.url === '/said') return response.writeHead(200).end('said')
    const is_taken = request.url !== '/nothing' && leavePage(request, Buffer.from('halaman'))
    response.writeHead(200, { 'x-taken': String(is_taken) }).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const ask = async (path: string, method = 'GET') => {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method })
    return [answer.headers.get('x-taken'), await answer.text()]
  }
  expect(await ask('/')).toEqual(['true', 'halaman'])
  expect(await ask('/', 'HEAD')).toEqual(['true', ''])
  expect(await ask('/said')).toEqual([null, 'said'])
  expect(await ask('/nothing')).toEqual(['false', ''])
  expect(await ask('/untaken')).toEqual(['false', ''])
  server.close()
})
