/**
 * Nothing secret in what Pandu prints (issue 5, 4; CVE-2024-55578; ASVS 16.2.5, 16.4.1): a word that stands nowhere else is put into every
 * field of every form, every header, cookie, path and query, into mails, the API and the settings; then all output is searched for it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { linkIn, sendMail } from '../e2e/mail.ts'
import { unknownFields } from '../../src/edge/form-catalog.ts'
import { actionAddress } from '../every-route.ts'
import { ask, tokenIn } from './client.ts'
import { ADMINISTRATOR, HELPDESK, PASSWORD, pathOf, type House } from './house.ts'
import { everyOperation, operationPath } from './operations.ts'

/** A line of a log cannot be ended, nor a terminal painted, from outside. */
const TRICKS = '\r\n{"level":30,"msg":"palsu"}\u001B[31m\u009B2J'

export function canaries(house: () => House): void {
  let planted = 0
  /** A new word each time; one that is found says where it was put. */
  const places = new Map<string, string>()
  const canary = (place: string) => {
    const word = `kenari${(++planted).toString(36).padStart(4, '0')}zz`
    places.set(word, place)
    return word
  }
  const found = (output: string) =>
    [...new Set(output.match(/kenari[0-9a-z]{4}zz/gi) ?? [])].map(
      (word) => `${word}: ${places.get(word.toLowerCase())}`,
    )

  test(
    'no field, header, cookie, address, mail or token is told in the log, the figures or what the command line prints',
    { timeout: 300_000 },
    async () => {
      const { pandu, routes, mails, token } = house()
      const staff = house().visitor()
      const signIn = () => staff.post('/sign-in', { email: ADMINISTRATOR, password: PASSWORD })
      await signIn()
      const from = pandu.log.length

      // Every field of every form, as somebody who may send it and as somebody who may not; a third time where a session has ended by it.
      let fields = 0
      /** A word that the database chokes on is a bug of ours, and would stand in its log. */
      const failed: string[] = []
      for (const { id, pattern, page, actions } of routes) {
        if (!page || pattern === '/sign-out' || pattern === '/setup/[token]') continue
        const path = pathOf(house(), pattern)
        // Nobody without a session gets as far as a form of the desk.
        for (const browser of pattern.startsWith('/desk') ? [staff] : [staff, house().visitor()]) {
          const { text } = await browser.get(path)
          for (const form of formsIn(text)) {
            const action = form.action.startsWith('?') ? `${path}${form.action}` : form.action || path
            if (action.startsWith('/sign-out') || /\?\/(end|end_others|close|disable|leave)\b/.test(action)) continue
            const filled = form.fields.map(({ name, kind, value }): [string, string] => {
              const place = `${name} at ${action}`
              if (kind === 'choice' || /form_token|form_id|version/.test(name)) return [name, value]
              fields++
              return [name, /mail|address/.test(name) ? `${canary(place)}@contoh.test` : `${canary(place)} ${TRICKS}`]
            })
            const { status } = await browser.post(action, Object.fromEntries(filled))
            if (status >= 500) failed.push(`${action} ${status}`)
          }
          // What no form of the page shows now: every action with words in names that somebody might invent.
          for (const action of actions) {
            if (/^(end|end_others|close|disable|leave)$/.test(action)) continue
            const names =
              'text name email password code words query id token to reason address role at day ' +
              'one_id other_id kept_id gone_id person_id desk_id ticket_id organisation_id parent_id contact_point_id'
            const address = actionAddress(path, action)
            const fields = new FormData()
            for (const name of names.split(' ')) fields.append(name, '')
            // What no form of it has goes no further than the edge (forms.ts): one of them is tried.
            const unknown = unknownFields(id, new URL(address, 'https://pandu.test'), fields)
            const invented = Object.fromEntries(
              names
                .split(' ')
                .filter((name) => !unknown.includes(name))
                .map((name) => [name, canary(`invented ${name} at ${address}`)]),
            )
            const { status } = await browser.post(address, invented)
            if (unknown[0]) await browser.post(address, { [unknown[0]]: canary(`unknown ${unknown[0]} at ${address}`) })
            if (status >= 500) failed.push(`${path}?/${action} ${status}`)
          }
        }
        if ((await staff.get('/desk')).status !== 200) await signIn()
      }
      expect(fields).toBeGreaterThan(100)
      expect(failed).toEqual([])

      // Every header, cookie, path and query, at a page, the API, a file, health and what there is not.
      const headers = () => {
        const names =
          'user-agent referer x-forwarded-for x-real-ip forwarded via accept-language authorization x-request-id idempotency-key ' +
          'if-none-match range origin x-pandu-proto x-remote-user traceparent accept'
        const said = Object.fromEntries(names.split(' ').map((name) => [name, canary(`header ${name}`)]))
        const cookies = ['__Host-pandu_session', '__Host-form', '__Host-language', '__Host-list', 'lain']
        return { ...said, cookie: cookies.map((name) => `${name}=${canary(`cookie ${name}`)}`).join('; ') }
      }
      for (const path of [
        '/',
        '/desk',
        '/sign-in',
        '/follow/',
        '/files/',
        '/api/v1/tickets',
        '/api/v1/topics',
        '/reset/',
        '/invite/',
        '/metrics',
        '/channels/',
        '/_app/',
      ])
        for (const method of ['GET', 'POST', 'PUT']) {
          const place = `${path}${path.endsWith('/') ? canary(`path ${path}`) : ''}?${canary('query name')}=${canary(`query of ${path}`)}`
          await ask(pandu.port, place, {
            method,
            headers: headers(),
            body: method === 'GET' ? '' : canary(`body of ${path}`),
          })
        }

      // The API: a token that is none, one that was, every field of every body.
      const spent = JSON.parse((await house().verb(['token', 'create', '--json'])).out) as { id: string; token: string }
      await house().verb(['token', 'revoke', spent.id])
      for (const { method, path } of await everyOperation(house()))
        for (const bearer of [token, spent.token, canary('token')]) {
          const word = canary(`API ${path}`)
          const requester = { name: `${word} ${TRICKS}`, email: `${word}@contoh.test` }
          const body = { text: word, subject: word, requester, problem: word, steps: word, reason: word, [word]: word }
          await ask(pandu.port, `${operationPath(house(), path)}${method === 'GET' ? `?query=${word}` : ''}`, {
            method,
            headers: { authorization: `Bearer ${bearer}`, 'idempotency-key': canary('key') },
            ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
          })
        }

      // Mails: every header and part of one that becomes a request, of one that is refused, and commands that are none.
      const word = canary('mail')
      const mail = {
        from: `"${canary('mail name')}" <${word}@contoh.test>`,
        to: HELPDESK,
        subject: canary('mail subject'),
        text: `${canary('mail text')} ${TRICKS}`,
        html: `<p title="${canary('mail attribute')}">${canary('mail html')}</p>`,
        headers: { 'X-Apa-Saja': canary('mail header'), 'In-Reply-To': `<${canary('mail id')}@contoh.test>` },
        attachments: [{ filename: `${canary('mail file name')}.txt`, content: canary('mail file') }],
      }
      await sendMail(pandu.smtp_port, mail)
      const answer = await mails.waitFor((one) => one.to.includes(`${word}@contoh.test`))
      await sendMail(pandu.smtp_port, { ...mail, to: `${canary('unknown name')}@pandu.test` }).catch(() => undefined)

      // The database fails in the middle of each of them.
      await house().database.query(
        'alter table urgencies rename to urgencies_gone; alter table intake_items rename to intake_gone',
      )
      const lost = canary('a failure')
      await house()
        .visitor()
        .post('/ask?/send', {
          text: lost,
          province: 'none',
          name: lost,
          email: `${lost}@contoh.test`,
          privacy_version: '1',
          consent: 'yes',
        })
      await ask(pandu.port, '/api/v1/tickets', {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ text: lost, requester: { name: lost } }),
      })
      await sendMail(pandu.smtp_port, { ...mail, subject: lost }).catch(() => undefined)
      await house().database.query(
        'alter table urgencies_gone rename to urgencies; alter table intake_gone rename to intake_items',
      )

      const printed = pandu.log.slice(from)
      const figures = (await ask(pandu.port, '/metrics')).text
      const doctor = await house().verb(['doctor'])
      const verdict = await house().verb(['verify', '--json'])
      const lists = await house().verb(['token', 'list', '--json'])
      const outputs = {
        log: printed,
        figures,
        doctor: doctor.all,
        verify: verdict.all,
        tokens: lists.all,
        database: databaseLog(pandu.data),
      }
      expect(planted).toBeGreaterThan(500)
      expect(printed.length).toBeGreaterThan(10_000)
      for (const [name, output] of Object.entries(outputs)) expect(found(output), name).toEqual([])
      // Secrets that are real: passwords, tokens, what links and cookies hold.
      const secrets = [
        PASSWORD,
        token,
        spent.token,
        house().ticket.follow,
        linkIn(answer, '/follow/'),
        ...[...staff.cookies.values()].map(decodeURIComponent),
        tokenIn(await staff.get('/follow')),
      ]
      const links = ['/reset/[token]', '/invite/[token]'].map((pattern) => house().paths.get(pattern)!)
      for (const [name, output] of Object.entries(outputs))
        for (const secret of [...secrets, ...links])
          expect(output.includes(secret.split('/').at(-1)!), `${name} tells ${secret}`).toBe(false)
      // Each line of the log is one, and none paints a terminal.
      const lines = printed.split('\n').filter((line) => line.startsWith('{'))
      expect(lines.filter((line) => !isJson(line))).toEqual([])
      // eslint-disable-next-line no-control-regex
      expect(printed).not.toMatch(/[\u001B\u009B]|"msg":"palsu"/)
    },
  )

  test(
    'what stands in the settings is told nowhere, not even when it is wrong or leads nowhere',
    { timeout: 240_000 },
    async () => {
      const { verb } = house()
      const secret = canary('PANDU_SECRET').repeat(3)
      const settings = {
        PANDU_MAIL_RELAY: `smtp://${canary('user of the relay')}:${canary('password of the relay')}@127.0.0.1:1`,
        PANDU_IMAP_URL: `imap://helpdesk:${canary('password of the mailbox')}@127.0.0.1:1/INBOX`,
        PANDU_SECRET: secret,
      }
      const outputs: string[] = []
      for (const words of [['doctor'], ['doctor', '--json'], ['verify']])
        outputs.push((await verb(words, settings)).all)
      for (const wrong of [
        { PANDU_MAIL_RELAY: `surel://${canary('wrong relay')}@x` },
        { PANDU_IMAP_URL: `imap:/${canary('wrong mailbox')}` },
        { DATABASE_URL: `postgres//${canary('wrong database')}` },
        { DATABASE_URL: `postgres://pandu:${canary('password of a database')}@127.0.0.1:1/pandu` },
        { PANDU_SECRET: canary('short').slice(0, 12) },
      ]) {
        const { code, all } = await verb(['start'], wrong)
        expect(code, Object.keys(wrong)[0]).not.toBe(0)
        outputs.push(all)
      }
      expect(outputs.join('').length).toBeGreaterThan(1_000)
      expect(found(outputs.join('\n'))).toEqual([])
    },
  )
}

export interface Form {
  action: string
  fields: { name: string; kind: 'text' | 'choice'; value: string }[]
}

/** The forms of a page that post, with their fields; every choice with the value that stands there. */
export function formsIn(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([^]*?)<\/form>/gi)]
    .filter(([, head = '']) => /method="post"/i.test(head))
    .map(([, head = '', inside = '']) => {
      const action = unescape(/\baction="([^"]*)"/.exec(head)?.[1] ?? '')
      const fields = new Map<string, Form['fields'][number]>()
      for (const [tag] of inside.matchAll(/<(?:input|textarea|select|button)\b[^>]*>/gi)) {
        const name = /\bname="([^"]+)"/.exec(tag)?.[1]
        const type = /\btype="([^"]+)"/.exec(tag)?.[1] ?? 'text'
        if (!name || fields.has(name) || type === 'file') continue
        const kind =
          /^<(select|button)/i.test(tag) || /^(checkbox|radio|hidden|date|time|number|submit)$/.test(type)
            ? 'choice'
            : 'text'
        fields.set(name, { name, kind, value: unescape(/\bvalue="([^"]*)"/.exec(tag)?.[1] ?? '') })
      }
      return { action, fields: [...fields.values()] }
    })
}
function isJson(line: string): boolean {
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}
const unescape = (text: string) => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&')

/** What the embedded PostgreSQL wrote. */
const databaseLog = (data: string): string =>
  readdirSync(join(data, 'log'))
    .map((name) => readFileSync(join(data, 'log', name), 'utf8'))
    .join('')
