/** Nobody can make another person's browser act: every form action and every writing address (issue 5, 4; ASVS 3.5.1 to 3.5.3). */
import { expect, test } from 'vitest'
import { actionAddress } from '../every-route.ts'
import { ask, tokenIn, type Browser } from './client.ts'
import { everythingWritten, ORIGIN, pathOf, type House } from './house.ts'
import { everyOperation, operationPath } from './operations.ts'

const FOREIGN = 'https://jahat.example'
/** Origins that look like ours. */
const NEARLY = [
  `${ORIGIN}.jahat.example`,
  ORIGIN.replace('https', 'http'),
  `${ORIGIN}:8443`,
  'https://contoh.test',
  'http://localhost',
]

export function forgery(house: () => House): void {
  /** Every address to which a form is posted, whoever may. */
  const actions = () =>
    house().routes.flatMap(({ pattern, actions: names }) =>
      names.map((name) => actionAddress(pathOf(house(), pattern), name)),
    )
  /** Waits until what follows from earlier tests (mails, indexes) has been written. */
  const settled = async () => {
    let last = await everythingWritten(house())
    await expect
      .poll(
        async () => {
          const now = await everythingWritten(house())
          const same = JSON.stringify(now) === JSON.stringify(last)
          last = now
          return same
        },
        { interval: 1_500, timeout: 60_000 },
      )
      .toBe(true)
    return last
  }

  test('every form action refuses what did not come from our own page, and writes nothing', async () => {
    const { staff } = house()
    const stranger = house().visitor()
    const strangers_token = tokenIn(await stranger.get('/ask'))
    const before = await settled()
    const taken: string[] = []
    const refused = async (browser: Browser, path: string, headers: Record<string, string>, body = 'name=x') => {
      const type = { 'content-type': 'application/x-www-form-urlencoded' }
      const { status } = await browser.ask(path, { method: 'POST', headers: { ...type, ...headers }, body })
      if (status !== 403) taken.push(`${path} ${JSON.stringify(headers)} ${body}: ${status}`)
    }
    for (const path of actions()) {
      await refused(staff, path, { origin: FOREIGN })
      await refused(staff, path, {})
      await refused(staff, path, { 'sec-fetch-site': 'cross-site' }, `form_token=${strangers_token}`)
      await refused(staff, path, { origin: 'null' }, `form_token=${strangers_token}&form_token=`)
    }
    const own = await staff.get('/desk/settings/operator')
    const token = tokenIn(own)
    for (const origin of NEARLY) await refused(staff, '/desk/settings/operator', { origin }, `form_token=${token}`)
    // A token of another page, of a page that is not there, cut, with something behind it, in capitals.
    for (const wrong of [tokenIn(await staff.get('/follow')), '', token.slice(1), `${token}A`, token.toUpperCase()])
      await refused(staff, '/desk/organisations', {}, `name=x&form_token=${encodeURIComponent(wrong)}`)
    expect(actions().length).toBeGreaterThan(80)
    expect(taken).toEqual([])
    expect(await settled()).toEqual(before)
  })

  test('asking for the address of an action by GET or HEAD does nothing', async () => {
    const { staff } = house()
    const changes = ({ ...tables }: Record<string, string>) => {
      // Reading personal data is recorded: that is the only thing that a page may write.
      for (const name of Object.keys(tables))
        if (/facts|journal|drafts|presence|sessions/.test(name)) delete tables[name]
      return tables
    }
    const before = changes(await settled())
    // HEAD is GET without its bytes, whichever action the address names: once for each page.
    const heads = new Set<string>()
    for (const path of actions()) {
      const page = path.replace(/\?.*/, '')
      for (const method of heads.has(page) ? ['GET'] : ['GET', 'HEAD']) {
        const { status } = await staff.ask(`${path}${path.includes('?') ? '&' : '?'}name=x&text=x&form_id=x`, {
          method,
        })
        expect(status, `${method} ${path}`).toBeLessThan(500)
      }
      heads.add(page)
    }
    // Nobody was signed out by a picture in a mail.
    expect((await staff.get('/desk')).status).toBe(200)
    expect(changes(await settled())).toEqual(before)
  })

  test('what the scripts of our pages post is refused from elsewhere, and as any type that needs no permission', async () => {
    const { staff, routes } = house()
    const endpoints = routes
      .filter(({ methods }) => methods.includes('POST'))
      .map(({ pattern }) => pathOf(house(), pattern))
    const before = await settled()
    const taken: string[] = []
    for (const path of endpoints)
      for (const type of [
        'application/json',
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
      ])
        for (const headers of [{ origin: FOREIGN }, { 'sec-fetch-site': 'cross-site' }, {}]) {
          const { status } = await staff.ask(path, {
            method: 'POST',
            headers: { 'content-type': type, ...headers },
            body: '{}',
          })
          if (status !== 403 && status !== 400) taken.push(`${path} ${type} ${JSON.stringify(headers)}: ${status}`)
        }
    expect(endpoints.length).toBeGreaterThan(1)
    expect(taken).toEqual([])
    expect(await settled()).toEqual(before)
  })

  test('the API knows no cookies, whatever they open elsewhere', async () => {
    const { pandu, staff } = house()
    const cookie = [...staff.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const before = await settled()
    const taken: string[] = []
    const writes = (await everyOperation(house())).filter(({ method }) => method !== 'GET')
    for (const { method, path } of writes)
      for (const more of [{}, { origin: ORIGIN }, { origin: FOREIGN }]) {
        const headers = { cookie, 'content-type': 'application/json', ...more }
        const { status } = await ask(pandu.port, operationPath(house(), path), {
          method,
          headers,
          body: '{"text":"x"}',
        })
        if (status !== 401) taken.push(`${method} ${path}: ${status}`)
      }
    expect(writes.length).toBeGreaterThan(3)
    expect(taken).toEqual([])
    expect(await settled()).toEqual(before)
  })

  test('the same form, sent from our page, is done: the walks above did not pass for want of a way in', async () => {
    const { staff } = house()
    const before = await settled()
    // As a text browser: no Origin, but the page's own token.
    const page = await staff.get('/desk/organisations')
    const body = new URLSearchParams({
      name: 'Dinas Contoh Bahaya',
      kind: 'company',
      form_token: tokenIn(page),
    }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const made = await staff.ask('/desk/organisations', { method: 'POST', headers, body })
    expect([
      made.status,
      (await staff.post('/desk/organisations', { name: 'Dinas Contoh Lain', kind: 'company' })).status,
    ]).toEqual([303, 303])
    expect((await everythingWritten(house()))['public.organisations']).not.toBe(before['public.organisations'])
  })
}
