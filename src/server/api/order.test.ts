import { describe, expect, test } from 'vitest'
import { newId } from '../platform/ids.ts'
import { useApi } from './testing.ts'

const { ask, cliToken, anAgent, app, port } = useApi()

const request = { text: 'Tolong.', requester: { name: 'Sari Contoh' } }
const resolution = { problem: 'Mati.', steps: 'Nyalakan.' }

/** What there is for this table to be held against: one ticket and its row of the ledger, with everybody's tokens. */
async function aScene() {
  const all = await cliToken()
  const opened = await ask('/api/v1/tickets', { token: all, body: request })
  const items = await ask('/api/v1/intake', { token: all })
  return {
    all,
    number: String(opened.body['number']),
    item: String(items.items[0]?.['id']),
    other: (await anAgent()).token,
    without: await cliToken(['phone:write']),
  }
}
type Scene = Awaited<ReturnType<typeof aScene>>

interface Case {
  path: (scene: Scene) => string
  /** The same for something that does not exist. */
  unknown?: string
  body?: object
  ok: number
  /** Readable without a token. */
  is_public?: true
  /** A list answers nothing of what another desk holds; one thing answers 404. */
  other: 'empty' | 'not_found' | 'same'
}
const cases: Record<string, Case> = {
  'GET tickets': { path: () => '/api/v1/tickets', ok: 200, other: 'empty' },
  'POST tickets': { path: () => '/api/v1/tickets', body: request, ok: 201, other: 'same' },
  'GET ticket': {
    path: ({ number }) => `/api/v1/tickets/${number}`,
    unknown: '/api/v1/tickets/999999990',
    ok: 200,
    other: 'not_found',
  },
  'GET messages': {
    path: ({ number }) => `/api/v1/tickets/${number}/messages`,
    unknown: '/api/v1/tickets/999999990/messages',
    ok: 200,
    other: 'not_found',
  },
  'POST messages': {
    path: ({ number }) => `/api/v1/tickets/${number}/messages`,
    unknown: '/api/v1/tickets/100001/messages',
    body: { text: 'Sudah dicoba?' },
    ok: 201,
    other: 'not_found',
  },
  'POST resolution': {
    path: ({ number }) => `/api/v1/tickets/${number}/resolution`,
    unknown: '/api/v1/tickets/x/resolution',
    body: resolution,
    ok: 201,
    other: 'not_found',
  },
  'POST reopen': {
    path: ({ number }) => `/api/v1/tickets/${number}/reopen`,
    unknown: '/api/v1/tickets/%00/reopen',
    body: {},
    ok: 200,
    other: 'not_found',
  },
  'GET intake': { path: () => '/api/v1/intake', ok: 200, other: 'empty' },
  'GET intake summary': { path: () => '/api/v1/intake/summary', ok: 200, other: 'same' },
  'GET intake item': {
    path: ({ item }) => `/api/v1/intake/${item}`,
    unknown: `/api/v1/intake/${newId()}`,
    ok: 200,
    other: 'not_found',
  },
  'GET intake raw': {
    path: ({ item }) => `/api/v1/intake/${item}/raw`,
    unknown: `/api/v1/intake/x/raw`,
    ok: 200,
    other: 'not_found',
  },
  'GET outbox': { path: () => '/api/v1/outbox', ok: 200, other: 'empty' },
  'GET desks': { path: () => '/api/v1/desks', ok: 200, is_public: true, other: 'same' },
  'GET organisations': { path: () => '/api/v1/organisations', ok: 200, is_public: true, other: 'same' },
  'GET regions': { path: () => '/api/v1/regions', ok: 200, is_public: true, other: 'same' },
  'GET topics': { path: () => '/api/v1/topics', ok: 200, is_public: true, other: 'same' },
  'GET openapi.json': { path: () => '/api/v1/openapi.json', ok: 200, is_public: true, other: 'same' },
}
const TOO_LARGE = 'x'.repeat(1024 * 1024 + 1)

describe('the order of checks: 401, 403, 404, 413, 422', () => {
  test.each(Object.keys(cases))('%s', async (name) => {
    const { path, unknown, body, ok, is_public, other } = cases[name]!
    const scene = await aScene()
    const here = path(scene)
    const posting = body === undefined ? {} : { body }
    const status = async (where: string, given: Parameters<typeof ask>[1]) => (await ask(where, given)).status

    // 401 before everything else
    expect(await status(here, posting)).toBe(is_public ? ok : 401)
    const wrong = await ask(here, { ...posting, token: `pandu_${'a'.repeat(32)}` })
    expect(wrong.status).toBe(401)
    expect(wrong.headers.get('www-authenticate')).toContain('Bearer')
    expect(await status(here, { ...posting, token: 'x' })).toBe(401)
    expect(
      await status(here, { ...posting, headers: { cookie: `pandu_session=${scene.all}; token=${scene.all}` } }),
    ).toBe(is_public ? ok : 401)
    if (body) for (const bad of ['{', TOO_LARGE]) expect(await status(here, { body: bad })).toBe(401)
    if (unknown) expect(await status(unknown, posting)).toBe(401)

    // 403 before what exists is told
    if (!is_public) {
      const refused = await ask(here, { ...posting, token: scene.without })
      expect(refused.status).toBe(403)
      expect(refused.body['title']).toMatch(/does not have the scope (tickets|intake|outbox):/)
      if (unknown) expect(await status(unknown, { ...posting, token: scene.without })).toBe(403)
      if (body) expect(await status(here, { body: TOO_LARGE, token: scene.without })).toBe(403)
    }

    // 404 for what is not there and for what another desk has, alike, before the body is read
    for (const [where, token] of [
      ...(unknown ? [[unknown, scene.all] as const] : []),
      ...(other === 'not_found' ? [[here, scene.other] as const] : []),
    ]) {
      const missing = await ask(where, { ...posting, token })
      expect(missing.status).toBe(404)
      expect(missing.paths).toEqual([])
      if (body) {
        expect(await status(where, { body: TOO_LARGE, token })).toBe(404)
        expect(await status(where, { body: { surplus: 1 }, token })).toBe(404)
      } else expect(await status(`${where}?surplus=1`, { token })).toBe(404)
    }
    if (other === 'empty') expect((await ask(here, { token: scene.other })).items).toEqual([])

    if (body) {
      expect(await status(here, { body: TOO_LARGE, token: scene.all })).toBe(413)
      const surplus = await ask(here, { body: { ...body, surplus: 1, ticket_id: newId() }, token: scene.all })
      expect(surplus.status).toBe(422)
      expect(surplus.paths).toEqual(['surplus', 'ticket_id'])
      expect(await status(`${here}?surplus=1`, { ...posting, token: scene.all })).toBe(422)
    } else {
      const surplus = await ask(`${here}?surplus=1`, { token: scene.all })
      expect(surplus.status).toBe(422)
      expect(surplus.body).toEqual({
        type: 'urn:pandu:problem:invalid',
        title: expect.any(String) as unknown,
        status: 422,
        errors: [{ path: 'surplus', message: 'This field is not known here.' }],
      })
      expect(surplus.headers.get('content-type')).toBe('application/problem+json')
    }

    if (name === 'POST reopen') await ask(here.replace('reopen', 'resolution'), { body: resolution, token: scene.all })
    expect(await status(here, { ...posting, token: scene.all })).toBe(ok)
  })
})

describe('what is not there', () => {
  test.each([
    '/api/v1/referrals',
    `/api/v1/referrals/${newId()}`,
    '/api/v1/tickets/100057/referrals',
    '/api/v1/agreements',
    '/api',
    '/api/',
    '/api/v2/tickets',
    '/api/v1/tickets/',
  ])('%s: 401 without a token, 404 with one', async (path) => {
    expect((await ask(path)).status).toBe(401)
    expect((await ask(path, { token: await cliToken() })).status).toBe(404)
  })
  test.each(['/api/v1/articles?query=libreoffice', '/api/hsds/programs'])('%s: 404', async (path) => {
    expect((await ask(path)).status).toBe(404)
  })
  test('another method is refused with those that there are', async () => {
    const token = await cliToken()
    for (const [path, method, allow] of [
      ['/api/v1/tickets', 'DELETE', 'GET, HEAD, POST, OPTIONS'],
      ['/api/v1/tickets/100057', 'PATCH', 'GET, HEAD, OPTIONS'],
      ['/api/v1/desks', 'POST', 'GET, HEAD, OPTIONS'],
      ['/api/v1/tickets/100057/reopen', 'GET', 'POST, OPTIONS'],
    ] as const) {
      expect((await ask(path, { method })).status).toBe(401)
      const refused = await ask(path, { method, token })
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, allow])
      const options = await ask(path, { method: 'OPTIONS' })
      expect([options.status, options.headers.get('allow'), options.text]).toEqual([204, allow, ''])
    }
  })
  test('HEAD answers as GET does, without a body', async () => {
    const { all, item, number } = await aScene()
    for (const path of [`/api/v1/tickets/${number}`, `/api/v1/intake/${item}/raw`, '/api/v1/desks']) {
      const [get, head] = [await ask(path, { token: all }), await ask(path, { token: all, method: 'HEAD' })]
      expect([head.status, head.text]).toEqual([200, ''])
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
    }
    expect((await ask('/api/v1/tickets', { method: 'HEAD' })).status).toBe(401)
  })
  test('no other origin is let in, and nothing is cached', async () => {
    const token = await cliToken()
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await ask('/api/v1/tickets', {
        token,
        method,
        headers: { origin: 'https://jahat.example', 'access-control-request-method': 'GET' },
      })
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
      expect(answer.headers.get('set-cookie')).toBeNull()
    }
  })
  test('any Host header is answered', async () => {
    const { request } = await import('node:http')
    const status = await new Promise((resolve, reject) => {
      request({ port: port(), path: '/api/v1/topics', headers: { host: 'jahat.example@x y' } }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(200)
  })
  test('while the database is away: 503 and when to come again', async () => {
    const available = app().available
    app().available = () => false
    try {
      const answer = await ask('/api/v1/tickets', { token: 'x' })
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    } finally {
      app().available = available
    }
  })
  test('a bug shows nothing of itself but the number under which the log has it', async () => {
    const token = await cliToken()
    const { web_pool } = app()
    app().web_pool = {
      connect: () => {
        throw new Error('rahasia')
      },
    } as never
    try {
      const answer = await ask('/api/v1/tickets', { token })
      expect([answer.status, answer.body['type']]).toEqual([500, 'urn:pandu:problem:bug'])
      expect(answer.text).toContain(answer.headers.get('x-request-id'))
      expect(answer.text).not.toContain('rahasia')
    } finally {
      app().web_pool = web_pool
    }
  })
})
