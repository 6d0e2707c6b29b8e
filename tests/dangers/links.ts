/** Links and redirects come from the configured origin, whatever a request says of itself (issue 5, 4; ASVS 3.7.2; CVE-2017-8295). */
import { expect, test } from 'vitest'
import { locationOf, aRequest, ADMINISTRATOR, ORIGIN, pathOf, PASSWORD, type House } from './house.ts'
import { speak } from './client.ts'

const EVIL = 'jahat.example'
/** Everything by which a proxy or a browser tells under which name it asked. */
const LIES: Record<string, string> = {
  host: EVIL,
  'x-forwarded-host': EVIL,
  'x-forwarded-proto': 'http',
  'x-forwarded-server': EVIL,
  'x-original-host': EVIL,
  'x-original-url': `https://${EVIL}/desk`,
  'x-rewrite-url': `https://${EVIL}/desk`,
  'x-host': EVIL,
  'x-pandu-host': EVIL,
  'x-pandu-proto': 'http',
  'x-sveltekit-pathname': '/desk',
  forwarded: `host=${EVIL};proto=http`,
  referer: `https://${EVIL}/`,
}

export function links(house: () => House): void {
  test('no page and no redirect takes a name from the request', async () => {
    const { routes, staff } = house()
    const faults: string[] = []
    for (const { pattern } of routes)
      for (const browser of [staff, house().visitor()]) {
        if (pattern === '/sign-out') continue
        const answer = await browser.get(pathOf(house(), pattern), LIES)
        const { location } = answer.headers
        if (answer.text.includes(EVIL) || location?.includes(EVIL)) faults.push(pattern)
        if (location !== undefined && !/^\/(?!\/)/.test(location) && !location.startsWith(`${ORIGIN}/`))
          faults.push(`${pattern} leads to ${location}`)
      }
    expect(faults).toEqual([])
  })

  test('every mail that carries a link has it from the settings', async () => {
    const { mails, staff, ticket, pandu } = house()
    const before = mails.mails.length
    const email = 'korban.bahaya@contoh.test'
    const visitor = house().visitor()
    await visitor.post('/reset', { email: ADMINISTRATOR }, LIES)
    await visitor.post('/ask?/send', aRequest({ email }), LIES)
    await visitor.post('/follow', { address: email }, LIES)
    await staff.post('/desk/settings/people/invite', { name: 'Tamu Contoh', email: 'tamu.bahaya@contoh.test' }, LIES)
    await staff.post(`/desk/tickets/${ticket.number}?/reply`, { text: 'Sudah dicoba?' }, LIES)
    // Two names at once, and a whole address where a path belongs.
    const form = new URLSearchParams({ email: ADMINISTRATOR }).toString()
    const head = `origin: ${ORIGIN}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${form.length}\r\nconnection: close\r\n\r\n${form}`
    for (const start of [
      `POST /reset HTTP/1.1\r\nhost: bantuan.contoh.test\r\nhost: ${EVIL}\r\n`,
      `POST http://${EVIL}/reset HTTP/1.1\r\nhost: ${EVIL}\r\n`,
    ])
      expect(await speak(pandu.port, start + head)).toMatch(/^HTTP\/1\.1 (200|303|400|404|405|421|429) /)
    for (const words of ['/reset/', '/follow/', '/invite/'])
      await mails.waitFor((mail) => mails.mails.indexOf(mail) >= before && mail.text.includes(words))
    const addresses = mails.mails.flatMap(({ parsed }) => [
      ...`${parsed.text ?? ''} ${parsed.html || ''}`.matchAll(/https?:\/\/[^\s<>"')\]]+/g),
    ])
    expect(addresses.length).toBeGreaterThan(4)
    expect(addresses.map(([address]) => address).filter((address) => !address.startsWith(`${ORIGIN}/`))).toEqual([])
    expect(mails.mails.filter(({ raw }) => raw.toString().includes(EVIL)).map(({ subject }) => subject)).toEqual([])
  })

  // prettier-ignore
  const ELSEWHERE = [`https://${EVIL}`, `//${EVIL}`, `/\\${EVIL}`, `\\\\${EVIL}`, `/desk/../..//${EVIL}`, `/%2f${EVIL}`, `https:${EVIL}`, `javascript:alert(1)`,
    `/desk\t/..//${EVIL}`, `/desk@${EVIL}`, `https://bantuan.contoh.test@${EVIL}`, `/desk%0d%0alocation:%20https://${EVIL}`, `data:text/html,x`]

  test('nothing in an address leads anybody away', async () => {
    const { routes, staff } = house()
    const pages = routes
      .filter(({ page, pattern }) => page && pattern !== '/sign-out')
      .map(({ pattern }) => pathOf(house(), pattern))
    const faults: string[] = []
    const isAway = (location: string) => new URL(location, ORIGIN).origin !== ORIGIN
    for (const path of pages) {
      const query = ['next', 'back', 'url', 'return', 'return_to', 'redirect', 'redirect_to', 'continue', 'callbackURL']
        .map((name, index) => `${name}=${encodeURIComponent(ELSEWHERE[index % ELSEWHERE.length]!)}`)
        .join('&')
      const answer = await staff.get(`${path}?${query}`)
      if (answer.headers.location && isAway(answer.headers.location)) faults.push(`${path} ${answer.headers.location}`)
      for (const [, href = ''] of answer.text.matchAll(/<(?:a|form)\b[^>]*(?:href|action)="([^"]*)"/g))
        if (new RegExp(`^(?:https?:)?[\\\\/]{2,}[^/]*${EVIL}|^(?:javascript|data):`, 'i').test(href))
          faults.push(`${path} links to ${href}`)
    }
    for (const [index, next] of ELSEWHERE.entries()) {
      const here = `/sign-in?next=${encodeURIComponent(next)}`
      const answers = [await staff.get(here)]
      // A password costs what it should, and whoever signs in is led by the same lines as whoever was (src/edge/local-path.test.ts): every fourth.
      if (index % 4 === 0)
        answers.push(await house().visitor().post(here, { email: ADMINISTRATOR, password: PASSWORD }))
      for (const answer of answers) if (isAway(locationOf(answer))) faults.push(`${next}: ${locationOf(answer)}`)
    }
    // The way back to a list comes from a cookie, and stays a list.
    const liar = house().visitor()
    for (const [name, value] of staff.cookies) liar.cookies.set(name, value)
    liar.cookies.set('__Host-list', encodeURIComponent(`.${EVIL}/"><script>`))
    const page = await liar.get(`/desk/tickets/${house().ticket.number}`)
    if (page.text.includes(`/desk.${EVIL}`)) faults.push('the way back is read from a cookie')
    expect(pages.length).toBeGreaterThan(40)
    expect(faults).toEqual([])
  })

  test('leaving by a file or a link of a mail goes through nothing of ours that would lead on', async () => {
    const visitor = house().visitor()
    for (const path of [`//${EVIL}/`, `/\\${EVIL}/`, `/%5c${EVIL}`, `///${EVIL}/%2e%2e`, `/desk//${EVIL}`]) {
      const { status, headers } = await visitor.get(path)
      const away = headers.location && new URL(headers.location, ORIGIN).origin !== ORIGIN
      expect([path, Boolean(away), status < 500]).toEqual([path, false, true])
    }
  })
}
