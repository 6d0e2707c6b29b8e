/** One real Pandu for all the tests of the web's dangers, reached by https as a public one is, with something of everything in it. */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import pg from 'pg'
import { reachRunningPostgres } from '../../src/server/platform/postgres/reach-running.ts'
import { buildPages, MAIL_DOMAIN, startPandu, type RunningPandu } from '../e2e/start-pandu.ts'
import { linkIn, startMailSink, type MailSink } from '../e2e/mail.ts'
import { everyBuiltRoute, type BuiltRoute } from '../every-route.ts'
import { Browser, type Answer } from './client.ts'
import { bareEnvironment } from '../../src/server/platform/testing-environment.ts'

export const ORIGIN = 'https://bantuan.contoh.test'
export const PASSWORD = 'jembatan biru di atas sungai'
export const ADMINISTRATOR = 'administrator.bahaya@contoh.test'
export const HELPDESK = `helpdesk@${MAIL_DOMAIN}`
const HOUSE = resolve(import.meta.dirname, '../..')

export interface House {
  pandu: RunningPandu
  mails: MailSink
  database: pg.Client
  /** Signed in as administrator. */
  staff: Browser
  /** Everything an API token can do. */
  token: string
  routes: BuiltRoute[]
  /** Every parameter of a route that this house has a value for: `[number]`, `[token]` … by the route's pattern. */
  paths: Map<string, string>
  ticket: { number: string; follow: string }
  /** A browser that nobody signed in with. */
  visitor(): Browser
  /** A verb of the command line on this house, with other settings if given: everything that it printed, and its exit code. */
  verb(words: string[], settings?: Record<string, string>): Promise<{ code: number; out: string; all: string }>
  stop(): Promise<void>
}

/** Starts it, makes the administrator, opens a request with a file, and finds an address for every route. */
export async function openHouse(env: Record<string, string> = {}): Promise<House> {
  await buildPages()
  const mails = await startMailSink()
  const pandu = await startPandu({
    env: { PANDU_ORIGIN: ORIGIN, PANDU_MAIL_RELAY: mails.url, PANDU_LOG: 'debug', ...env },
  })
  const database = new pg.Client((await reachRunningPostgres(pandu.data)).connection('owner'))
  await database.connect()
  const visitor = () => new Browser(pandu.port, ORIGIN)
  const verb = (words: string[], settings: Record<string, string> = {}) =>
    new Promise<{ code: number; out: string; all: string }>((answer) =>
      execFile(
        process.execPath,
        ['src/cli.ts', ...words],
        {
          cwd: HOUSE,
          timeout: 90_000,
          env: {
            ...bareEnvironment(),
            PANDU_DATA: pandu.data,
            PANDU_ORIGIN: ORIGIN,
            PANDU_LOG: 'warn',
            ...env,
            ...settings,
          },
        },
        (error, out, err) => answer({ code: error ? Number(error.code ?? -1) : 0, out, all: out + err }),
      ),
    )
  const staff = visitor()
  const setup = new URL(await pandu.setup_link).pathname
  const made = await staff.post(setup, {
    name: 'Administrator Contoh',
    email: ADMINISTRATOR,
    password: PASSWORD,
    password_again: PASSWORD,
  })
  if (made.status !== 303) throw new Error(`no administrator was made: ${made.status}\n${made.text.slice(0, 2_000)}`)
  const { token } = JSON.parse((await verb(['token', 'create', '--scopes', 'all', '--json'])).out) as { token: string }
  const ticket = await openRequest(visitor())
  const routes = await everyBuiltRoute()
  const paths = await findPaths({ staff, visitor, mails, ticket, setup })
  const stop = async () => {
    await database.end()
    await pandu.stop()
    await mails.close()
  }
  return { pandu, mails, database, staff, token, routes, paths, ticket, visitor, verb, stop }
}

export const aRequest = (more: Record<string, string> = {}) => ({
  text: 'Pencetak di ruang pelayanan tidak menyala.',
  province: 'none',
  name: 'Sari Contoh',
  email: 'sari.bahaya@contoh.test',
  privacy_version: '1',
  consent: 'yes',
  ...more,
})

/** By the public form, with a file. */
export async function openRequest(browser: Browser, file = new File(['contoh'], 'foto.txt', { type: 'text/plain' })) {
  const sent = await browser.post('/ask?/send', { ...aRequest(), files: file })
  const follow = locationOf(sent).replace(/\?.*/, '')
  const page = await browser.get(follow)
  const number = /\b(\d{6,})\b/.exec(page.text)?.[1]
  if (!follow.startsWith('/follow/') || !number) throw new Error(`no request was opened: ${sent.status} ${sent.text}`)
  return { follow, number }
}

export function locationOf({ status, headers, text }: Answer): string {
  if (headers.location === undefined) throw new Error(`no redirect: ${status} ${text.slice(0, 1_000)}`)
  return headers.location
}

/** An address for every parameter, found on the pages that link there. */
async function findPaths(given: {
  staff: Browser
  visitor: () => Browser
  mails: MailSink
  ticket: House['ticket']
  setup: string
}) {
  const { staff, visitor, mails, ticket, setup } = given
  const linked = async (page: string, pattern: RegExp) => {
    const found = pattern.exec((await staff.get(page)).text)?.[0]
    if (!found) throw new Error(`${page} has no link like ${pattern.source}`)
    return found
  }
  await visitor().post('/reset', { email: ADMINISTRATOR })
  await staff.post('/desk/settings/people/invite', { name: 'Petugas Contoh', email: 'petugas.bahaya@contoh.test' })
  const [reset, invitation] = await Promise.all([
    mails.waitFor((mail) => mail.to.includes(ADMINISTRATOR) && mail.text.includes('/reset/')),
    mails.waitFor((mail) => mail.text.includes('/invite/')),
  ])
  const uuid = '[0-9a-f]{8}-[0-9a-f-]{27}'
  const work = `/desk/tickets/${ticket.number}`
  const file = await linked(work, new RegExp(`${work}/files/${uuid}`))
  const desk = await linked('/desk/settings/desks', new RegExp(`/desk/settings/desks/${uuid}`))
  const paths = new Map([
    ['/setup/[token]', setup],
    ['/reset/[token]', new URL(linkIn(reset, '/reset/')).pathname],
    ['/invite/[token]', new URL(linkIn(invitation, '/invite/')).pathname],
    ['/follow/[token]', ticket.follow],
    ['/duty/[token]', `/duty/${'a'.repeat(32)}`],
    ['/offers/[token]', `/offers/${'a'.repeat(32)}`],
    ['/paid/[token]', `/paid/${'a'.repeat(32)}`],
    ['/agreements/[token]', `/agreements/${'a'.repeat(32)}`],
    ['/follow/[token]/files/[id]', file.replace(work, ticket.follow)],
    ['/pages/[slug]', '/pages/privasi'],
    ['/desk/settings/pages/[slug]', '/desk/settings/pages/privasi'],
    ['/logo/[sha256]', `/logo/${'0'.repeat(64)}`],
    ['/[...unknown]', '/tidak/ada'],
    ['/desk/tickets/[number]', work],
    ['/desk/tickets/[number]/files/[id]', file],
    ['/desk/settings/desks/[id]', desk],
    ['/desk/settings/people/[id]', await linked('/desk/settings/people', new RegExp(`/desk/settings/people/${uuid}`))],
    ['/desk/people/[id]', await linked(work, new RegExp(`/desk/people/${uuid}`))],
    ['/desk/intake/[id]', await linked('/desk/intake', new RegExp(`/desk/intake/${uuid}`))],
    ['/desk/outbox/[id]', await linked('/desk/outbox', new RegExp(`/desk/outbox/${uuid}`))],
  ])
  return paths
}

/**
 * Where a route can be asked. What nobody named above takes the path of the page that it lies under, and an id that is nobody's for
 * whatever parameter is left: its answer is then a refusal, whose headers count as well.
 */
export function pathOf({ paths }: Pick<House, 'paths'>, pattern: string): string {
  const known = paths.get(pattern)
  if (known !== undefined) return known
  const parents = [...paths.keys()].filter((one) => pattern.startsWith(`${one}/`)).sort((a, b) => b.length - a.length)
  const [parent] = parents
  const path = parent === undefined ? pattern : paths.get(parent)! + pattern.slice(parent.length)
  return path.replaceAll(/\[\[?(?:\.\.\.)?[^\]]+\]\]?/g, '01900000-0000-7000-8000-000000000000')
}

/**
 * How much there is in every table that people's requests write; what begins and ends by itself (work of the relay, beats, sweeps) aside.
 * Two equal answers mean that nothing was written in between.
 */
export async function everythingWritten({ database }: House): Promise<Record<string, string>> {
  const { rows } = await database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname in ('public', 'auth') and tablename !~ $1 order by 1`,
    [BY_ITSELF],
  )
  if (rows.length < 40) throw new Error(`only ${rows.length} tables were found`)
  const sums = rows.map(
    ({ name }) =>
      `select '${name}' as name, count(*) || ' ' || coalesce(sum(hashtext(t::text)), 0) as sum from ${name} t`,
  )
  const { rows: counted } = await database.query<{ name: string; sum: string }>(sums.join(' union all '))
  return Object.fromEntries(counted.map(({ name, sum }) => [name, sum]))
}
const BY_ITSELF =
  '^(beats|leases|journal_pending|journal_seals|count_deltas|counts|limit_hits|worker_beats|facts_.*|journal_details_.*|intake_items_.*)$'
