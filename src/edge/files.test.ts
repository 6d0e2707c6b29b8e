import { createServer, request as ask } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, expect, test, vi } from 'vitest'
import { useDatabase } from '../server/platform/testing.ts'
import type { App } from '../server/platform/app.ts'
import { fileAddress, openFilesEdge } from './files.ts'

const database = useDatabase()
const servers: ReturnType<typeof createServer>[] = []
afterAll(() => servers.forEach((server) => server.close()))

/** What a browser gets that asks for `path` under the name `host`. */
async function get(app: App, path: string, host = 'localhost') {
  const edge = openFilesEdge(app)
  const server = createServer((request, response) => {
    if (!edge.answer(request.url ?? '', request, response)) response.writeHead(418).end()
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const sent = ask({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', path, headers: { host } }).end()
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage]
  return { status: response.statusCode, headers: response.headers, text: (await buffer(response)).toString() }
}
async function aFile(app: App, content = '<script>alert(1)</script>') {
  return { ...(await app.files.keep(Buffer.from(content))), name: 'jahat.html' }
}

test('whoever was given the link saves the file; changed, forged and old links get the same answer', async () => {
  const app = database.app()
  const file = await aFile(app)
  const address = fileAddress(app, file)
  expect(address).toMatch(/^\/files\//)
  const answer = await get(app, address)
  expect(answer).toMatchObject({ status: 200, text: '<script>alert(1)</script>' })
  expect(answer.headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="jahat.html"; filename*=UTF-8''jahat.html`,
    'content-security-policy': "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  })
  const other = fileAddress(app, { ...file, sha256: 'a'.repeat(64) })
  const mixed = `${other.split('.')[0]}.${address.split('.')[1]}`
  const old = vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 200_000)
  const late = fileAddress(app, file)
  old.mockRestore()
  for (const wrong of [
    '/files/',
    '/files/x',
    '/files/x.y',
    address + 'a',
    mixed,
    late,
    other,
    '/files/%',
    '/files/../secret',
  ])
    expect(await get(app, wrong)).toMatchObject({ status: 404, text: '404\n' })
})

test('with an address of its own, files are served there and nothing else is', async () => {
  const app = {
    ...database.app(),
    settings: { ...database.app().settings, PANDU_FILES_ORIGIN: 'https://berkas.contoh.test' },
  }
  const address = fileAddress(app, await aFile(app))
  expect(address).toMatch(/^https:\/\/berkas\.contoh\.test\/files\//)
  const { pathname } = new URL(address)
  expect(await get(app, pathname, 'berkas.contoh.test')).toMatchObject({ status: 200 })
  expect(await get(app, pathname, 'pandu.contoh.test')).toMatchObject({ status: 404 })
  expect(await get(app, '/desk', 'berkas.contoh.test')).toMatchObject({ status: 404 })
  expect(await get(app, '/desk', 'pandu.contoh.test')).toMatchObject({ status: 418 })
})
