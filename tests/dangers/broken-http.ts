/** Requests that no well-behaved program sends: two lengths, two names, polluted fields, headers without end (ASVS 4.2, 13.4.4, 15.3.6, 15.3.7). */
import { expect, test } from 'vitest'
import { ask, speak } from './client.ts'
import { aRequest, everythingWritten, type House } from './house.ts'

const HOST = 'host: bantuan.contoh.test\r\n'
/** What would be asked for by whoever slipped a second request behind the first. */
const SMUGGLED = `GET /desk/selundupan HTTP/1.1\r\n${HOST}\r\n`

export function brokenHttp(house: () => House): void {
  const statuses = (heard: string) => [...heard.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status))

  // prettier-ignore
  test.each<[string, string]>([
    ['both lengths', `POST / HTTP/1.1\r\n${HOST}content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['two lengths', `POST / HTTP/1.1\r\n${HOST}content-length: 0\r\ncontent-length: 60\r\n\r\n${SMUGGLED}`],
    ['a list of lengths', `POST / HTTP/1.1\r\n${HOST}content-length: 0, 60\r\n\r\n${SMUGGLED}`],
    ['a length with a sign', `POST / HTTP/1.1\r\n${HOST}content-length: +0\r\n\r\n${SMUGGLED}`],
    ['an unknown coding', `POST / HTTP/1.1\r\n${HOST}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['coding with a blank before the colon', `POST / HTTP/1.1\r\n${HOST}transfer-encoding : chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['chunked and something behind it', `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['a chunk whose size is nonsense', `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n${SMUGGLED}`],
    ['a folded header', `POST / HTTP/1.1\r\n${HOST}x-a: b\r\n transfer-encoding: chunked\r\n\r\n${SMUGGLED}`],
    ['lines without CR', `GET / HTTP/1.1\nhost: bantuan.contoh.test\n\n${SMUGGLED}`],
    ['NUL in a header', `GET / HTTP/1.1\r\n${HOST}x-a: b\0c\r\n\r\n`],
    ['no host at all', `GET / HTTP/1.1\r\n\r\n`],
    ['HTTP/0.9', `GET /\r\n\r\n`],
    ['an unknown method', `JALAN / HTTP/1.1\r\n${HOST}\r\n`],
  ])('%s: one answer at most, and it is a refusal', async (_, bytes) => {
    const heard = await speak(house().pandu.port, bytes)
    const told = statuses(heard)
    expect(told.filter((status) => status < 400)).toEqual([])
    expect(told.length).toBeLessThanOrEqual(1)
    expect(heard).not.toMatch(/selundupan|Parse Error|HPE_|node/i)
  })

  test('a header, a path and a row of headers that do not end are refused, and the next person is served', async () => {
    const { pandu } = house()
    for (const bytes of [
      `GET / HTTP/1.1\r\n${HOST}x-a: ${'a'.repeat(70_000)}\r\n\r\n`,
      `GET /${'a'.repeat(70_000)} HTTP/1.1\r\n${HOST}\r\n`,
      `GET / HTTP/1.1\r\n${HOST}${Array.from({ length: 5_000 }, (_, number) => `x-${number}: aaaaaaaa\r\n`).join('')}\r\n`,
      `GET / HTTP/1.1\r\n${HOST}cookie: ${'a=b; '.repeat(14_000)}\r\n\r\n`,
    ])
      expect(statuses(await speak(pandu.port, bytes))).toEqual([431])
    expect((await house().visitor().get('/')).status).toBe(200)
  })

  test('TRACE, CONNECT and an upgrade get nothing', async () => {
    const { pandu } = house()
    const heard = await Promise.all(
      [
        `TRACE / HTTP/1.1\r\n${HOST}x-rahasia: kenari\r\ncookie: a=kenari\r\nconnection: close\r\n\r\n`,
        `CONNECT jahat.example:443 HTTP/1.1\r\nhost: jahat.example\r\n\r\n`,
        `GET /desk/live HTTP/1.1\r\n${HOST}connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n\r\n`,
        `GET / HTTP/1.1\r\n${HOST}connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAAA\r\n\r\n`,
      ].map((bytes) => speak(pandu.port, bytes)),
    )
    expect(heard.join('')).not.toMatch(/kenari|^HTTP\/1\.1 101/m)
    expect(statuses(heard[0]!)).toEqual([405])
    expect(statuses(heard[1]!).filter((status) => status < 400)).toEqual([])
  })

  test('a field given twice counts once, the first; fields that name an object’s inside are refused like any that nobody knows', async () => {
    const visitor = house().visitor()
    const twice = await visitor.post('/ask?/next', { text: ['Yang pertama.', 'Yang kedua.'], province: ['none', '63'] })
    expect(twice.text).toContain('Yang pertama.')
    expect(twice.text).not.toContain('Yang kedua.')
    const before = (await everythingWritten(house()))['public.accounts']
    for (const name of [
      '__proto__[sees_all]',
      '__proto__.administrator',
      'constructor[prototype][administrator]',
      'text[$ne]',
      'text[]',
    ])
      expect((await visitor.post('/ask?/next', { [name]: 'yes', text: 'Tolong.', province: 'none' })).status).toBe(422)
    const { staff } = house()
    for (const query of [
      'view=mine&view=all',
      'view[]=all',
      'query[$ne]=x',
      '__proto__[view]=all',
      'cursor=x&cursor=y',
      'view=%00',
    ])
      expect((await staff.get(`/desk?${query}`)).status, query).toBeLessThan(500)
    // Nobody got anything of it: a stranger is still one.
    expect((await visitor.get('/desk')).status).toBe(303)
    expect((await everythingWritten(house()))['public.accounts']).toBe(before)
  })

  test('the API refuses fields that it does not know, whatever they are called, and nested nonsense', async () => {
    const { pandu, token } = house()
    const post = (body: string) =>
      ask(pandu.port, '/api/v1/tickets', { method: 'POST', headers: { authorization: `Bearer ${token}` }, body })
    const good = '"text":"Tolong.","requester":{"name":"Sari Contoh"}'
    for (const body of [
      `{${good},"__proto__":{"scopes":["all"]}}`,
      `{${good},"constructor":{"prototype":{"administrator":true}}}`,
      `{${good},"id":"01900000-0000-7000-8000-000000000000"}`,
      `{${good},"role":"administrator","verified":true,"created_at":"2020-01-01T00:00:00Z"}`,
      `{"text":{"$ne":""},"requester":{"name":"x"}}`,
      `{"text":["a","b"],"requester":{"name":"x"}}`,
      `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
      '"text"',
      'null',
    ])
      expect((await post(body)).status, body.slice(0, 80)).toBe(422)
    for (const query of [
      'limit=1&limit=200',
      'limit[]=1',
      '__proto__=x',
      'limit=1e9',
      'limit=-1',
      'cursor=%27%20or%201=1',
    ]) {
      const { status } = await ask(pandu.port, `/api/v1/tickets?${query}`, {
        headers: { authorization: `Bearer ${token}` },
      })
      expect(status, query).toBe(422)
    }
    expect((await ask(pandu.port, '/api/v1/tickets', { headers: { authorization: 'Bearer x' } })).status).toBe(401)
  })

  test('what a stranger may write has an end, at every address without a sign-in', async () => {
    const writes: [string, Record<string, string>][] = [
      ['/ask?/send', aRequest({ email: 'banjir.bahaya@contoh.test' })],
      ['/follow', { address: 'banjir.bahaya@contoh.test' }],
      ['/reset', { email: 'banjir.bahaya@contoh.test' }],
      ['/sign-in', { email: 'banjir.bahaya@contoh.test', password: 'bukan kata sandinya' }],
      [`/reset/${'a'.repeat(32)}`, { password: 'jembatan lain di sungai', password_again: 'jembatan lain di sungai' }],
    ]
    const { database } = house()
    for (const [path, fields] of writes) {
      // As if it had been going on for an hour: every count that one request touches is filled, and the next one hears it.
      const before = Date.now()
      const first = await house().visitor().post(path, fields)
      expect(first.status, path).not.toBe(429)
      const { rowCount } = await database.query('update limit_hits set hits = hits + 100000')
      const second = await house().visitor().post(path, fields)
      await database.query('delete from limit_hits')
      expect([path, rowCount! > 0, second.status, Date.now() - before < 60_000]).toEqual([path, true, 429, true])
    }
  })
}
