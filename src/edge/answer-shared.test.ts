import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { sharePage, sharingTurn, type Hole } from '#server/platform/shared-pages.ts'
import { useDatabase } from '#server/platform/testing.ts'
import { answerShared } from './answer-shared.ts'
import { formTokenOf } from './form-token.ts'

const database = useDatabase()
const own = new Map<string, Hole>([
  ['the first one’s token', { token_for: '/ask' }],
  ['the first one’s id', 'random_id'],
])
const headers = [['content-security-policy', "script-src 'none'"]] as const
const html = `<p>Beranda</p><b>the first one’s token</b><i>the first one’s id</i>${'kata '.repeat(200)}`

let server: Server | null = null
let origin = ''
beforeEach(async () => {
  const app = database.app()
  sharePage(app, 'id /', { route: '/(public)', headers, html, own }, sharingTurn(app))
  if (server) return
  server = createServer((request, response) => {
    if (!answerShared(app, true, request, response)) response.writeHead(404).end('made by SvelteKit')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server!.once('listening', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server?.close())
const ask = (path: string, given: Record<string, string> = {}, method = 'GET') =>
  fetch(origin + path, { method, headers: { 'accept-language': 'id', ...given } })

test('each visitor gets the page with tokens of their own, and a cookie the first time', async () => {
  const first = await ask('/')
  const text = await first.text()
  const nonce =
    /^__Host-form=([a-z2-7]{32}); Path=\/; HttpOnly; Secure; SameSite=Lax$/.exec(
      first.headers.get('set-cookie') ?? '',
    )?.[1] ?? ''
  expect(text).toContain(`<b>${formTokenOf(database.app(), nonce, '/ask')}</b>`)
  expect(text).not.toContain('the first one’s')
  expect(first.headers.get('content-security-policy')).toBe("script-src 'none'")
  expect(first.headers.get('content-encoding')).toBe('gzip')

  const again = await ask('/', { cookie: `__Host-language=id; __Host-form=${nonce}` })
  const text_again = await again.text()
  expect(again.headers.get('set-cookie')).toBeNull()
  expect(text_again).toContain(formTokenOf(database.app(), nonce, '/ask'))
  expect(/<i>(.*)<\/i>/.exec(text_again)?.[1]).not.toBe(/<i>(.*)<\/i>/.exec(text)?.[1])
})

test('everything else is left to SvelteKit', async () => {
  for (const [path, given, method] of [
    ['/?language=en', {}, 'GET'],
    ['/', { 'accept-language': 'en' }, 'GET'],
    ['/', { cookie: '__Host-language=en' }, 'GET'],
    ['/', { cookie: '__Host-form=%22a%22' }, 'GET'],
    ['/', {}, 'POST'],
    ['/follow/abc', {}, 'GET'],
  ] as const)
    expect([path, given, (await ask(path, given, method)).status]).toEqual([path, given, 404])
})

test('a cookie without the prefix, which a neighbouring host could have set, counts for nothing', async () => {
  const answer = await ask('/', { cookie: 'language=en; form=aaaa' })
  expect([answer.status, answer.headers.get('set-cookie')]).toEqual([200, expect.stringMatching(/^__Host-form=/)])
})
