import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { fetchOutside, type OutsideRequest } from './fetch-outside.ts'
import { isOwnNetworkAddress, isPublicAddress } from './public-address.ts'

const servers: ReturnType<typeof createServer>[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
const small: OutsideRequest = { size_max: 1_000, time_ms: 5_000 }
/** This machine stands for one public server, and for nothing else. */
const outside = (port: number, more: Partial<OutsideRequest> = {}): OutsideRequest => ({
  ...small,
  ports: [port],
  lookup: async () => ['127.0.0.1'],
  isAllowed: () => true,
  ...more,
})
const faultOf = (address: string, asked: OutsideRequest = small) =>
  fetchOutside(address, asked).then(
    () => 'fetched',
    (error: { fault: string }) => error.fault,
  )

// prettier-ignore
test.each([
  '127.0.0.1', '10.0.0.1', '100.64.0.1', '169.254.169.254', '172.31.255.255', '192.168.1.1', '0.0.0.0', '224.0.0.1', '255.255.255.255',
  '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '64:ff9b::7f00:1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', '2002:7f00:1::1',
  '2001:db8::1', 'ff02::1', 'contoh.id', '',
])('%s is no public address', (address) => expect(isPublicAddress(address)).toBe(false))
test.each(['8.8.8.8', '172.32.0.1', '2606:4700:4700::1111'])('%s is one', (address) =>
  expect(isPublicAddress(address)).toBe(true),
)

test.each(['10.1.2.3', '172.16.0.1', '192.168.1.1', '100.64.0.1', '127.0.0.1', '::1', 'fd12::1'])(
  '%s can be a server of an own network',
  (address) => expect(isOwnNetworkAddress(address)).toBe(true),
)
test.each([
  '169.254.169.254',
  '0.0.0.0',
  '8.8.8.8',
  '172.32.0.1',
  'fe80::1',
  'fd00:ec2::254',
  '::ffff:10.0.0.1',
  '::',
  'contoh',
])('%s can not', (address) => expect(isOwnNetworkAddress(address)).toBe(false))

// prettier-ignore
test.each([
  'http://127.0.0.1/', 'http://localhost/', 'http://2130706433/', 'http://0x7f.1/', 'http://017700000001/', 'http://127.1/', 'http://[::1]/',
  'http://[::ffff:7f00:1]/', 'http://169.254.169.254/latest/meta-data', 'http://0/', 'file:///etc/passwd', 'ftp://contoh.id/', 'gopher://x/',
  'http://user:pass@8.8.8.8/', 'http://8.8.8.8:22/', 'data:text/plain,x', 'tidak benar',
])('%s is not even asked', async (address) => expect(await faultOf(address)).toBe('address'))

test('a name with one private address among public ones is refused', async () => {
  expect(await faultOf('http://contoh.test/', { ...small, lookup: async () => ['8.8.8.8', '10.0.0.1'] })).toBe(
    'address',
  )
})

test('the connection goes to the address that was checked, and carries the name', async () => {
  let host: string | undefined
  let cookie: string | undefined
  const port = await serve((request, response) => {
    ;({ host, cookie } = request.headers)
    response.setHeader('content-type', 'image/png; x=y').end('gambar')
  })
  let asked = 0
  const lookup = async () => (asked++ === 0 ? ['127.0.0.1'] : ['10.0.0.1'])
  const answer = await fetchOutside(`http://gambar.contoh.test:${port}/a.png`, outside(port, { lookup }))
  expect({ ...answer, bytes: answer.bytes.toString() }).toMatchObject({
    status: 200,
    type: 'image/png',
    bytes: 'gambar',
  })
  expect([asked, host, cookie]).toEqual([1, `gambar.contoh.test:${port}`, undefined])
})

test('a redirect is checked like the first address', async () => {
  const hits: string[] = []
  const port = await serve((request, response) => {
    hits.push(request.url ?? '')
    const to =
      request.url === '/dalam' ? 'http://169.254.169.254/latest' : request.url === '/putar' ? '/putar' : '/dalam'
    response.writeHead(302, { location: to }).end()
  })
  const isAllowed = (address: string) => address === '127.0.0.1'
  expect(await faultOf(`http://contoh.test:${port}/`, outside(port, { isAllowed, ports: [port, 80] }))).toBe('address')
  expect(hits).toEqual(['/', '/dalam'])
  expect(await faultOf(`http://contoh.test:${port}/putar`, outside(port))).toBe('redirects')
})

test('too large, too slow, of another type, compressed, or no answer at all', async () => {
  const port = await serve((request, response) => {
    if (request.url === '/besar') return response.writeHead(200, { 'content-length': 5_000 }).end('x'.repeat(5_000))
    if (request.url === '/mengalir') {
      const more = setInterval(() => response.write('x'.repeat(400)), 5)
      return request.on('close', () => clearInterval(more))
    }
    if (request.url === '/html') return response.writeHead(200, { 'content-type': 'text/html' }).end('<script>')
    if (request.url === '/gz') return response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')
    if (request.url === '/tiada') return response.writeHead(404).end()
    if (request.url === '/putus') return request.socket.destroy()
    return undefined
  })
  const fault = (path: string, more: Partial<OutsideRequest> = {}) =>
    faultOf(`http://contoh.test:${port}${path}`, outside(port, more))
  expect(await fault('/besar')).toBe('size')
  expect(await fault('/mengalir')).toBe('size')
  expect(await fault('/html', { types: ['image/png'] })).toBe('type')
  expect(await fault('/gz')).toBe('type')
  expect(await fault('/tiada')).toBe('status')
  expect(await fault('/tiada', { any_status: true })).toBe('fetched')
  expect(await fault('/putus')).toBe('unreachable')
  expect(await fault('/diam', { time_ms: 100 })).toBe('time')
})
