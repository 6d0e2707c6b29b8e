/** The headers of every answer (issue 5, 4; ASVS 3.3, 3.4, 13.4, 14.3, 16.5). */
import { expect, test } from 'vitest'
import { ask, tokenIn, type Answer } from './client.ts'
import { openingsOf, toldInside, type Kind } from './expect-closed.ts'
import { everyOperation, operationPath } from './operations.ts'
import { pathOf, type House } from './house.ts'

export function headers(house: () => House): void {
  test('every page and endpoint, for somebody and for nobody, for GET and HEAD, is closed', async () => {
    const { routes, staff } = house()
    const faults: string[] = []
    let html = 0
    for (const { id, pattern, page, methods } of routes) {
      const path = pathOf(house(), pattern)
      const open = id.startsWith('/(public)')
      for (const [who, browser] of [
        ['nobody', house().visitor()],
        ['staff', staff],
      ] as const) {
        if (pattern === '/sign-out' && who === 'staff') continue
        const answer = await browser.get(path)
        if (answer.headers['content-type']?.startsWith('text/html')) html++
        const kind: Kind = {
          public_page: page && open,
          administrators: who === 'staff' && pattern === '/desk/settings/installation',
          personal: pattern.startsWith('/desk') || /\[token\]/.test(pattern),
        }
        faults.push(...openingsOf(`GET ${path} as ${who}`, answer, kind))
        if (page || methods.includes('GET')) {
          const head = await browser.ask(path, { method: 'HEAD' })
          faults.push(...openingsOf(`HEAD ${path} as ${who}`, head, { personal: kind.personal! }))
        }
      }
    }
    expect(html).toBeGreaterThan(50)
    expect(faults).toEqual([])
  })

  test('every operation of the API, with and without a token, is closed', async () => {
    const { pandu, token } = house()
    const faults: string[] = []
    const operations = await everyOperation(house())
    for (const { method, path } of operations) {
      const here = operationPath(house(), path)
      for (const [how, headers, body] of [
        ['without a token', {}, undefined],
        ['with a token', { authorization: `Bearer ${token}` }, undefined],
        ['with a wrong token', { authorization: 'Bearer salah' }, undefined],
        ['with a field too many', { authorization: `Bearer ${token}` }, '{"surplus":1}'],
        ['with nonsense', { authorization: `Bearer ${token}` }, '{'],
        ['with too much', { authorization: `Bearer ${token}` }, 'x'.repeat(1_100_000)],
      ] as const) {
        if (method === 'GET' && body !== undefined) continue
        const answer = await ask(pandu.port, here, { method, headers, ...(body ? { body } : {}) })
        faults.push(...openingsOf(`${method} ${here} ${how}`, answer, { personal: !isOpen(answer) }))
      }
    }
    expect(operations.length).toBeGreaterThan(15)
    expect(faults).toEqual([])
  })

  test('what is refused, not there, too large, of another method, or a file of ours, is closed', async () => {
    const { pandu, staff, ticket, paths } = house()
    const visitor = house().visitor()
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const page = await staff.get('/desk')
    const style = /\/_app\/[^"]+\.css/.exec((await visitor.get('/')).text)?.[0]
    const script = /\/_app\/[^"]+\.js/.exec(page.text)?.[0]
    const file = (await staff.get(paths.get('/desk/tickets/[number]/files/[id]')!)).headers.location
    const huge = Buffer.alloc(23 * 1024 * 1024, 'x')
    const stale = await visitor.get('/ask')
    const asked: [what: string, status: number, answer: Promise<Answer>][] = [
      ['a page that there is not', 404, visitor.get('/tidak/ada')],
      ['a desk page that there is not', 404, staff.get('/desk/tidak/ada')],
      ['a ticket that there is not', 404, staff.get('/desk/tickets/999999990')],
      ['an action that there is not', 404, visitor.post('/ask?/tidak_ada', { form_token: tokenIn(stale) })],
      ['a page without actions', 405, visitor.post('/pages/privasi', {})],
      ['a form of another site', 403, visitor.post('/ask?/next', {}, { origin: 'https://jahat.example' })],
      [
        'a form too old',
        403,
        visitor.ask('/ask?/next', { method: 'POST', headers: form, body: 'text=a&form_token=b' }),
      ],
      [
        'what is no form',
        400,
        visitor.ask('/ask?/next', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' }),
      ],
      ['too much', 413, visitor.ask('/ask?/next', { method: 'POST', headers: form, body: huge })],
      ['a form with faults', 422, visitor.post('/ask?/send', {})],
      ['a form of the desk without a session', 401, visitor.post('/desk/new', { text: 'x' })],
      ['the desk without a session', 303, visitor.get('/desk')],
      ['a file', 200, visitor.get(file ?? '')],
      ['a file that there is not', 404, visitor.get('/files/x.y')],
      ['a style', 200, visitor.get(style ?? '')],
      ['a script', 200, visitor.get(script ?? '')],
      ['a script that there is not', 404, visitor.get('/_app/immutable/tidak-ada.js')],
      ['the icon of old browsers', 404, visitor.get('/favicon.ico')],
      ['the same page again', 200, visitor.get('/')],
      ['health', 200, visitor.get('/healthz')],
      ['readiness', 200, visitor.get('/readyz')],
      ['figures', 200, visitor.get('/metrics')],
      ['figures from elsewhere', 401, visitor.get('/metrics', { 'x-forwarded-for': '192.0.2.1' })],
      ['another language', 200, visitor.get(`${ticket.follow}?language=en`)],
      ['an address of the API that there is not', 401, visitor.get('/api/v1/tidak-ada')],
      ['a channel that there is not', 404, visitor.get('/channels/carrier-pigeon')],
      ...(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'] as const).flatMap((method) =>
        ['/', '/desk', '/_app/version.json'].map((path): [string, number, Promise<Answer>] => [
          `${method} ${path}`,
          405,
          ask(pandu.port, path, { method }),
        ]),
      ),
      [
        'TRACE to the API',
        405,
        ask(pandu.port, '/api/v1/topics', { method: 'TRACE', headers: { 'x-rahasia': 'canary' } }),
      ],
    ]
    const faults: string[] = []
    for (const [what, status, answering] of asked) {
      const answer = await answering
      if (answer.status !== status) faults.push(`${what}: ${answer.status}, not ${status}`)
      faults.push(...openingsOf(what, answer))
      if (answer.text.includes('canary')) faults.push(`${what}: echoes`)
    }
    expect(faults).toEqual([])
  })

  test('an open page that reads itself again keeps nobody signed in; going on to another does', async () => {
    const { staff, database } = house()
    const soon = async () => {
      await database.query(`update auth.sessions set expires_at = now() + interval '1 hour'`)
      return async () => {
        const { rows } = await database.query<{ soon: boolean }>(
          `select bool_and(expires_at < now() + interval '2 hours') as soon from auth.sessions`,
        )
        return rows[0]!.soon
      }
    }
    const data = '/desk/__data.json?view=all&x-sveltekit-invalidated=001'
    const { origin } = new URL(staff.origin)
    const stillSoon = await soon()
    expect((await staff.get(data, { referer: `${origin}/desk?view=all` })).status).toBe(200)
    const json = { 'content-type': 'application/json', origin }
    expect((await staff.ask('/desk/calls/now', { method: 'POST', headers: json, body: '{}' })).status).toBe(200)
    expect(await stillSoon()).toBe(true)
    expect((await staff.get(data, { referer: `${origin}/desk/people` })).status).toBe(200)
    expect(await stillSoon()).toBe(false)
  })

  test('what nobody foresaw shows nothing of itself, on a page and in the API', async () => {
    const { pandu, staff, database, token, ticket } = house()
    // A fault in the middle of a command and of a page, as a bug of ours would be: a table that the code names is gone.
    await database.query(
      'alter table urgencies rename to urgencies_gone; alter table participants rename to participants_gone',
    )
    try {
      const authorization = `Bearer ${token}`
      const visitor = house().visitor()
      const answers: [string, Answer][] = [
        ['a page of the desk', await staff.get(`/desk/tickets/${ticket.number}`)],
        ['data of the desk', await staff.get(`/desk/tickets/${ticket.number}/__data.json`)],
        [
          'a form of the desk',
          await staff.post('/desk/settings/urgencies?/change', { code: 'x', name_id: 'a', name_en: 'b' }),
        ],
        ['the API', await ask(pandu.port, `/api/v1/tickets/${ticket.number}`, { headers: { authorization } })],
        ['a form of everybody', await visitor.post(`${ticket.follow}?/answer`, { answer: 'x' })],
      ]
      const faults = answers.flatMap(([what, answer]) => [
        ...openingsOf(what, answer, { personal: true }),
        ...toldInside(what, answer),
        ...(/urgencies|participants|_gone/.test(answer.text) ? [`${what} names a table`] : []),
      ])
      expect(answers.map(([what, { status }]) => `${what} ${status}`)).toContain('a page of the desk 500')
      expect(faults).toEqual([])
      // The log has it, with the id that the answer carries.
      const [, page] = answers[0]!
      await expect.poll(() => pandu.log).toContain(`"request_id":"${String(page.headers['x-request-id'])}"`)
    } finally {
      await database.query(
        'alter table urgencies_gone rename to urgencies; alter table participants_gone rename to participants',
      )
    }
  })
}

/** Lists that anybody may read are kept for a minute. */
const isOpen = ({ headers }: Answer) => /public/.test(headers['cache-control'] ?? '')
