/**
 * A whole Pandu in this process, with two offices in it. One office's people ask every route, every form and every operation of the API
 * for the other's things. What was found is printed as one line of JSON (see walls.test.ts).
 */
import { readdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import pg from 'pg'
import { readSettings } from '../../src/settings.ts'
import { startPandu, type PageHandler } from '../../src/main.ts'
import { openLog } from '../../src/server/platform/log.ts'
import { newId } from '../../src/server/platform/ids.ts'
import { randomToken } from '../../src/server/platform/secrets.ts'
import { write } from '../../src/server/platform/context.ts'
import { note } from '../../src/server/tickets/index.ts'
import { anOffice, PASSWORD, type Office } from './offices.ts'
import { unknownFields } from '../../src/edge/form-catalog.ts'
import { ids, words } from './names.ts'

const HOUSE = resolve(import.meta.dirname, '../..')
const { settings, sources } = readSettings()
process.env['PROTOCOL_HEADER'] = 'x-pandu-proto'
process.env['HOST_HEADER'] = 'x-pandu-host'
process.env['BODY_SIZE_LIMIT'] = 'Infinity'
const pandu = await startPandu({
  part: 'start',
  settings,
  sources,
  log: openLog(settings),
  pages: async () => {
    const built = (await import(`${HOUSE}/build/handler.js`)) as { handler: PageHandler }
    return built.handler
  },
  onGivenUp: () => process.exit(1),
})
const { app } = pandu
const base = `http://127.0.0.1:${pandu.http_port}`

// ---- What this process listens to: which fields an action reads, and what PostgreSQL is asked.
let read = new Set<string>()
/** Of these, what was read out of a form. */
let read_of_form = new Set<string>()
interface Statement {
  connection: unknown
  text: string
  person: unknown
}
let asked: Statement[] = []
for (const [prototype, names] of [
  [FormData.prototype, ['get', 'getAll', 'has']],
  [URLSearchParams.prototype, ['get', 'getAll', 'has']],
] as const)
  for (const name of names) {
    const original = (prototype as never as Record<string, (field: string) => unknown>)[name]!
    ;(prototype as never as Record<string, unknown>)[name] = function (this: unknown, field: string) {
      read.add(field)
      if (this instanceof FormData) read_of_form.add(field)
      return original.call(this, field)
    }
  }
const query = pg.Client.prototype.query
pg.Client.prototype.query = function (this: pg.Client & { options?: unknown }, ...given: never[]) {
  const [first] = given as unknown[]
  const text = typeof first === 'string' ? first : ((first as { text?: string } | null)?.text ?? '')
  // Jobs and beats ask beside us; the web's role is asked for pages only.
  const values = (Array.isArray(given[1]) ? given[1] : (first as { values?: unknown[] } | null)?.values) as
    unknown[] | undefined
  if ((this as unknown as { user?: string }).user === 'pandu_web')
    asked.push({ connection: this, text: text.replace(/\s+/g, ' '), person: values?.[0] })
  return (query as (...all: unknown[]) => unknown).apply(this, given)
} as never

// ---- Two offices, and who walks.
const own = await anOffice(app, `kenari${newId().slice(-8).replaceAll('-', '')}a`)
const other = await anOffice(app, `kutilang${newId().slice(-8).replaceAll('-', '')}b`)
/** Nobody's: what names nothing must be answered as what names somebody else's thing. */
const nobody = { ...other, ...nothingOf(other) } as Office

function nothingOf(office: Office): Record<string, unknown> {
  return {
    ticket: {
      ...office.ticket,
      id: newId(),
      number: '990000000000013',
      message_id: newId(),
      requester: { ...office.ticket.requester, id: newId(), email: 'tiada@contoh.example' },
    },
    possible: { ...office.possible, id: newId() },
    agent: { ...office.agent, person_id: newId() },
    provider: { ...office.provider, id: newId() },
    desk: { ...office.desk, id: newId() },
    follow_token: randomToken(),
    suggested: 'tiada@contoh.example',
    ...Object.fromEntries(
      [
        'file_id',
        'item_id',
        'call_id',
        'call_back_id',
        'held_id',
        'outbox_id',
        'contact_point_id',
        'grant_id',
        'referral_id',
        'offer_id',
        'session_id',
        'token_id',
      ].map((name) => [name, newId()]),
    ),
  }
}

interface Walker {
  name: string
  cookie?: string
  bearer?: string
}
const signedIn = async (name: 'agent' | 'coordinator' | 'provider' | 'scout'): Promise<Walker> => {
  const answer = await fetch(`${base}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: settings.PANDU_ORIGIN, accept: 'text/html' },
    body: new URLSearchParams({ email: own.emails[name]!, password: PASSWORD }),
  })
  const cookie = answer.headers
    .getSetCookie()
    .map((one) => one.split(';', 1)[0])
    .join('; ')
  if (answer.status !== 303) throw new Error(`${name} did not get in: ${answer.status}`)
  return { name, cookie }
}
const walkers: Walker[] = [
  await signedIn('agent'),
  await signedIn('coordinator'),
  await signedIn('provider'),
  { name: 'public' },
]

interface Answer {
  status: number
  text: string
  statements: Statement[]
  read: Set<string>
  location: string
}
/** @param as who asks for a page, a program that sends JSON, or a form's script, which hears what the action says without the page around it */
async function ask(
  who: Walker,
  path: string,
  body?: Record<string, string> | string,
  as: 'page' | 'json' | 'script' = 'page',
): Promise<Answer> {
  read = new Set()
  read_of_form = new Set()
  asked = []
  const abort = new AbortController()
  const answer = await fetch(base + path, {
    method: body === undefined ? 'GET' : 'POST',
    redirect: 'manual',
    signal: abort.signal,
    headers: {
      origin: settings.PANDU_ORIGIN,
      'accept-language': 'id',
      accept: as === 'page' ? 'text/html' : 'application/json',
      // What is packed for us is unpacked by us: nothing is sent far.
      'accept-encoding': 'identity',
      ...(who.cookie ? { cookie: who.cookie } : {}),
      ...(who.bearer ? { authorization: `Bearer ${who.bearer}` } : {}),
      ...(as === 'json' ? { 'content-type': 'application/json' } : {}),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new URLSearchParams(body) }),
  })
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) {
    abort.abort()
    return { status: answer.status, text: '', statements: asked, read, location: '' }
  }
  const text = await answer.text()
  const heard = { status: answer.status, text, statements: asked, read, location: answer.headers.get('location') ?? '' }
  if (as !== 'script' || !answer.headers.get('content-type')?.startsWith('application/json')) return heard
  // A script is told where to go by an answer of 200.
  const { type, status, location } = JSON.parse(text) as { type: string; status: number; location?: string }
  return type === 'redirect' ? { ...heard, status, location: location ?? '' } : heard
}

// ---- The routes, from the disk and from the build: both must know the same.
const folder = join(HOUSE, 'src/routes')
const onDisk = (readdirSync(folder, { recursive: true }) as string[])
  .filter((file) => /\+(page\.svelte|page\.server\.ts|server\.ts)$/.test(file))
  .map((file) => `/${relative('.', join(file, '..'))}`.replace(/^\/\.?$/, '/'))
interface Route {
  id: string
  page: { leaf: number } | null
  endpoint: (() => Promise<Record<string, unknown>>) | null
}
const { manifest } = (await import(`${HOUSE}/build/server/manifest.js`)) as {
  manifest: { routes: Route[]; nodes: (() => Promise<{ server?: { actions?: Record<string, unknown> } }>)[] }
}
const routes = manifest.routes
const found: { leak: string[]; written: string[]; told_apart: string[]; unknown: string[]; unanswered: string[] } = {
  leak: [],
  written: [],
  told_apart: [],
  unknown: [],
  unanswered: [],
}
const missing = [...new Set(onDisk)].filter((id) => !routes.some((route) => route.id === id))
if (missing.length > 0) found.unknown.push(`routes on the disk that the build does not know: ${missing.join(' ')}`)

/** What a route's parameter names, by route and name; the last list are parameters that name nothing of an office. */
const params: Record<string, (office: Office) => string> = {
  number: (o) => o.ticket.number,
  'tickets files': (o) => o.file_id,
  'follow files': (o) => o.file_id,
  'tickets messages': (o) => o.ticket.message_id,
  intake: (o) => o.item_id,
  outbox: (o) => o.outbox_id,
  calls: (o) => o.call_id,
  'desk people': (o) => o.ticket.requester.id,
  'settings people': (o) => o.agent.person_id,
  'settings desks': (o) => o.desk.id,
  'settings organisations': (o) => o.desk.id,
  'settings sign-in-providers': (o) => o.desk.id,
  'personal-data incidents': (o) => o.desk.id,
  // Members and partners are public; neither office is one.
  directory: (o) => o.desk.id,
  'settings providers': (o) => o.desk.id,
  'settings applications': (o) => o.application_id,
  'applications files': (o) => o.application_id,
  'providers files': (o) => o.application_id,
}
const NAMES_NOTHING = new Set(['slug', 'sha256', 'unknown', 'provider', 'state'])
/** Whoever has the secret may open what it opens, so one walks with one's own: the other's is known to nobody. */
const SECRETS = new Set(['token'])

/** The addresses of a route with each of its parameters the other's, the rest one's own. */
function foreignPaths(id: string, theirs: Office): string[] | null {
  const parts = id.split('/').filter((part) => !/^\(.*\)$/.test(part))
  const named = parts.flatMap((part, at) => (/^\[(\.\.\.)?\w+\]$/.test(part) ? [at] : []))
  const valueOf = (at: number, office: Office): string | null => {
    const name = parts[at]!.replace(/[[\].]/g, '')
    if (NAMES_NOTHING.has(name)) return 'tentang'
    if (SECRETS.has(name)) return own.follow_token
    const before = parts.slice(0, at).filter((part) => !part.startsWith('['))
    const key = [
      name,
      before.slice(-1)[0]!,
      before.slice(-2).join(' '),
      `${before[before.length - 2] ?? ''} ${before.at(-1)}`,
    ].find((one) => one in params)
    return key ? params[key]!(office) : null
  }
  const somebodys = named.filter(
    (at) => ![NAMES_NOTHING, SECRETS].some((list) => list.has(parts[at]!.replace(/[[\].]/g, ''))),
  )
  if (somebodys.some((at) => valueOf(at, own) === null)) return null
  const choices =
    somebodys.length === 0
      ? [new Set<number>()]
      : somebodys.length === 1
        ? [new Set(somebodys)]
        : [new Set(somebodys), ...somebodys.map((at) => new Set([at]))]
  return choices.map(
    (foreign) =>
      parts.map((part, at) => (named.includes(at) ? valueOf(at, foreign.has(at) ? theirs : own) : part)).join('/') ||
      '/',
  )
}
const hasParam = (id: string) =>
  [...id.matchAll(/\[(?:\.\.\.)?(\w+)\]/g)].some(([, name]) => !NAMES_NOTHING.has(name!) && !SECRETS.has(name!))

/** Forms in which another office is named on purpose: a ticket is handed to it. */
const MAY_NAME_OTHERS = new Set(['assign desk_id', 'add_address address', 'find_organisation ticket_id'])
/** Made for this form, or by this browser. */
const MINE = new Set(['form_id', 'send_id'])
/** Further fields of settings and of the public forms: words and choices. Whatever sounds like a name of something is not among them. */
const KNOWN_WORDS = /^(?!.*(_id|_number|number|token)$)/
/** Desks and who works there are told to everybody who works: that there is one is no secret. */
const IS_TOLD = /^\/desk\/settings\/(desks|people)\/|[?&]desk=/
const known_fields = new Map<string, string[]>()

// ---- What may not happen.
const canaries = [other.canary, other.told]
const noteLeak = (where: string, { text, location }: Answer, sent: string) => {
  for (const canary of canaries)
    if (!sent.includes(canary) && (text.includes(canary) || location.includes(canary))) found.leak.push(where)
}
/** A page's form token, ids of forms and the like differ each time; what differs by whom one asked about must not. */
const kindOf = (who: Walker, answer: Answer) => `${answer.status} ${questions(who, answer).join(' ¶ ')}`

/** What was asked for this request alone: not what fills a cache for everybody, and not the journal, which is written a moment later beside us. */
function questions(who: Walker, { statements }: Answer): string[] {
  const forEverybody = new Set<unknown>()
  return statements.flatMap(({ connection, text, person }) => {
    if (/^(start transaction|begin)/.test(text)) forEverybody.delete(connection)
    if (text.includes('set_config(')) {
      if (person === '' && who.name !== 'public') forEverybody.add(connection)
      return []
    }
    const beside =
      /^(start transaction|begin|commit|rollback)|pg_settings|^with given as \( ?select \*, case when details|insert into journal_pending/.test(
        text.trim(),
      )
    return beside || forEverybody.has(connection) ? [] : [text.slice(0, 200)]
  })
}

async function compare(
  who: Walker,
  paths: [string, string],
  bodies: [Record<string, string> | string, Record<string, string> | string] | null,
  options: { as?: 'json' | 'script'; may?: boolean } = {},
) {
  const where = `${who.name} ${bodies ? 'POST' : 'GET'} ${paths[0]}`
  let [theirs, none] = await bothAsked()
  // Caches fill, and what was read is written down a moment later beside us: what differs by whom one asked about differs each time.
  for (let tries = 1; tries < 6 && kindOf(who, theirs) !== kindOf(who, none); tries++) {
    await new Promise((then) => setTimeout(then, tries * 20))
    ;[theirs, none] = await bothAsked()
  }
  noteLeak(where, theirs, paths[0] + JSON.stringify(bodies?.[0] ?? ''))
  if (kindOf(who, theirs) !== kindOf(who, none) && !IS_TOLD.test(paths[0]))
    found.told_apart.push(`${where}: ${difference(who, theirs, none)}`)
  async function bothAsked(): Promise<[Answer, Answer]> {
    counted.requests += 2
    return [await ask(who, paths[0], bodies?.[0], options.as), await ask(who, paths[1], bodies?.[1], options.as)]
  }
  const done = theirs.status < 300 || (theirs.status === 303 && !theirs.location.startsWith('/sign-in'))
  if (!options.may && done) found.unanswered.push(`${where} is answered ${theirs.status}`)
  return theirs
}
function difference(who: Walker, theirs: Answer, none: Answer): string {
  if (theirs.status !== none.status) return `${theirs.status} and ${none.status} for what there is not`
  const [one, other_one] = [questions(who, theirs), questions(who, none)]
  return `${one.length} and ${other_one.length} statements: ${(one.find((text, at) => text !== other_one[at]) ?? 'fewer').slice(0, 120)}`
}

const counted = { routes: 0, actions: 0, operations: 0, requests: 0, statements: 0 }

// ---- The sum of every table, for "nothing was written".
const client = await app.worker_pool.connect()
const { rows: tables } = await client.query<{ name: string }>(`select format('%I.%I', n.nspname, c.relname) as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'auth') and c.relkind in ('r', 'p') and not c.relispartition and has_table_privilege(c.oid, 'select') order by 1`)
/** Rows that a refused request may leave: that it was refused, how often somebody tried, that a session or a token is in use; and what runs beside. */
const BESIDE = new Set(
  [
    'limit_hits',
    'leases',
    'beats',
    'facts',
    'journal_details',
    'journal_pending',
    'journal_seals',
    'count_deltas',
    'counts',
    'api_tokens',
    'search_documents',
    'clocks',
    'known_devices',
    'used_challenges',
    'mailboxes',
    'telegram_bots',
  ]
    .map((name) => `public.${name}`)
    .concat(['auth.sessions', 'auth.verifications']),
)
async function sums(): Promise<Map<string, string>> {
  const watched = tables.filter(({ name }) => !BESIDE.has(name))
  // Planned once: that takes as long as the sums of our few rows.
  const { rows } = await client.query<{ name: string; sum: string }>({
    name: 'sums',
    text: watched
      .map(
        ({ name }) =>
          `select '${name}' as name, md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) as sum from ${name} t`,
      )
      .join(' union all '),
  })
  return new Map(rows.map(({ name, sum }) => [name, sum]))
}
const factsOf = async () =>
  (await client.query<{ kind: string; n: number }>('select kind, count(*)::int as n from facts group by 1')).rows
let last_sums = new Map<string, string>()
let last_facts = new Map<string, number>()
async function unchanged(what: string, work: () => Promise<void>): Promise<void> {
  await work()
  const [now, told] = [await sums(), new Map((await factsOf()).map(({ kind, n }) => [kind, n]))]
  for (const [name, sum] of now) if (last_sums.get(name) !== sum) found.written.push(`${what}: ${name}`)
  for (const [kind, n] of told)
    if (
      n !== (last_facts.get(kind) ?? 0) &&
      !/^(access\.|account\.sign|outbox\.)|\.(seen|listed|searched|exported)$/.test(kind)
    )
      found.written.push(`${what}: fact ${kind}`)
  last_sums = now
  last_facts = told
}

// Everything that follows from the setting of the scene is done before the first sum is taken.
const settled = async () => {
  for (let still = ''; ;) {
    await new Promise((then) => setTimeout(then, 150))
    const now = [...(await sums()).values()].join('')
    if (now === still) return
    still = now
  }
}
let scout = await signedIn('scout')
for (const route of routes) {
  if (!foreignPaths(route.id, nobody)) continue
  const node = route.page ? await manifest.nodes[route.page.leaf]!() : null
  for (const name of Object.keys(node?.server?.actions ?? {})) {
    await fieldsOf(scout, route.id, name)
    // Some forms end the session that posted them.
    if ((await ask(scout, '/desk')).status === 303) scout = await signedIn('scout')
  }
}
await settled()
last_sums = await sums()
last_facts = new Map((await factsOf()).map(({ kind, n }) => [kind, n]))

// ---- The walk.
/** Names in the address that a page reads. */
const queries = new Map<string, Set<string>>()
for (const route of routes) {
  const theirs = foreignPaths(route.id, other)
  const none = foreignPaths(route.id, nobody)
  if (!theirs || !none) {
    found.unknown.push(`${route.id}: what its parameter names is not known (tests/walls/child.ts)`)
    continue
  }
  counted.routes++
  const node = route.page ? await manifest.nodes[route.page.leaf]!() : null
  const methods = route.endpoint ? Object.keys(await route.endpoint()).filter((name) => /^[A-Z]+$/.test(name)) : ['GET']
  const actions = Object.keys(node?.server?.actions ?? {})
  await unchanged(route.id, async () => {
    for (const who of walkers) {
      for (const [index, path] of theirs.entries()) {
        if (methods.includes('GET')) {
          const answer = await compare(who, [path, none[index]!], null, {
            may: !hasParam(route.id) || who.name === 'nobody',
          })
          if (index === 0) queries.set(route.id, answer.read)
        }
        if (route.endpoint && methods.includes('POST'))
          await compare(who, [path, none[index]!], ['{}', '{}'], { as: 'json', may: !hasParam(route.id) })
        for (const name of actions) {
          if (!hasParam(route.id)) continue
          const address = (office: string) => `${office}${name === 'default' ? '' : `?/${name}`}`
          const fields = await fieldsOf(who, route.id, name)
          const body = (office: Office) => bodyOf(fields, office)
          await compare(who, [address(path), address(none[index]!)], [body(other), body(nobody)])
        }
      }
      // One's own page, and one field after the other is the other office's. Around the first refused form stands the whole page; of the
      // others the action's own answer is heard: the page would repeat it, and what else stands there.
      const mine = foreignPaths(route.id, own)![0]!
      let seen = false
      for (const name of actions) {
        if (/^\/\((admin|public)\)/.test(route.id) && !route.id.includes('/follow/')) continue
        const address = `${mine}${name === 'default' ? '' : `?/${name}`}`
        const fields = await fieldsOf(who, route.id, name)
        for (const field of fields.filter(
          (one) => one in ids && !MAY_NAME_OTHERS.has(`${name} ${one}`) && !MINE.has(one),
        )) {
          const bodies = [other, nobody].map((office) => ({ ...bodyOf(fields, own), [field]: ids[field]!(office) }))
          await compare(who, [address, address], [bodies[0]!, bodies[1]!], seen ? { as: 'script' } : {})
          seen = true
        }
      }
      // Lists: every name in the address that the page understands.
      for (const field of queries.get(route.id) ?? []) {
        if (hasParam(route.id) || !(field in ids)) continue
        const at = (office: Office) => `${mine}?${new URLSearchParams({ [field]: ids[field]!(office) })}`
        await compare(who, [at(other), at(nobody)], null, { may: true })
      }
    }
  })
  process.stderr.write(`${Math.round(performance.now() / 1000)} s ${route.id} ${counted.requests}\n`)
  counted.actions += actions.length
}

/** Which fields an action reads: it is asked once with nothing in it, by somebody for whom the thing is not there. */
async function fieldsOf(who: Walker, id: string, action: string): Promise<string[]> {
  const key = `${id} ${action}`
  const known = known_fields.get(key)
  if (known) return known
  const path = foreignPaths(id, nobody)![0]!
  const { read: names } = await ask(who, `${path}${action === 'default' ? '' : `?/${action}`}`, {})
  const ours = (name: string) =>
    ['form_token', 'language', `/${action}`, 'files'].includes(name) || name.startsWith('x-sveltekit')
  const unknown = unknownFields(id, new URL(`https://pandu.test/?/${action}`), formOf(names))
  // What an action reads and the list does not name is asked of nobody: the walk would get no further than the edge.
  for (const name of unknown.filter((one) => read_of_form.has(one) && !ours(one)))
    found.unknown.push(`${key}: field "${name}" (src/edge/form-catalog.ts)`)
  const fields = [...names].filter((name) => !ours(name) && !unknown.includes(name))
  for (const name of fields)
    if (!(name in ids) && !(name in words) && !KNOWN_WORDS.test(name))
      found.unknown.push(`${key}: field "${name}" (tests/walls/names.ts)`)
  known_fields.set(key, fields)
  return fields
}
function formOf(names: Iterable<string>): FormData {
  const form = new FormData()
  for (const name of names) form.append(name, '')
  return form
}
function bodyOf(fields: readonly string[], office: Office): Record<string, string> {
  return Object.fromEntries(
    fields.flatMap((name) => (name in ids ? [[name, ids[name]!(office)]] : [[name, words[name] ?? '']])),
  )
}

// ---- The API, from its own document.
interface Operation {
  operationId: string
  parameters?: { name: string; in: string }[]
  requestBody?: {
    content: Record<string, { example?: Record<string, unknown>; schema?: { properties?: Record<string, unknown> } }>
  }
}
const document = (await (await fetch(`${base}/api/v1/openapi.json`)).json()) as {
  paths: Record<string, Record<string, Operation>>
}
const bearer: Walker = { name: 'token', bearer: own.api_token }
/** What `{id}` names, by what stands before it. */
const API_IDS: Record<string, (office: Office) => string> = {
  intake: (o) => o.item_id,
  outbox: (o) => o.outbox_id,
  referrals: (o) => o.referral_id,
  // Members and partners are public; a desk of the house itself is none.
  services: (o) => o.desk.id,
}
const idAt = (path: string) => API_IDS[/\/(\w+)\/\{id\}/.exec(path)?.[1] ?? '']
const apiPath = (path: string, office: Office) =>
  path.replace('{number}', office.ticket.number).replace('{id}', () => idAt(path)?.(office) ?? '')
await unchanged('the API', async () => {
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(operations)) {
      counted.operations++
      const at = (office: Office) => apiPath(path, office)
      const named = /\{/.test(path)
      if (/\{(?!number|id\b)/.test(path) || (path.includes('{id}') && !idAt(path)))
        found.unknown.push(`${path}: what its parameter names is not known (tests/walls/child.ts)`)
      if (method === 'get') {
        await compare(bearer, [at(other), at(nobody)], null, { may: !named })
        for (const { name } of (operation.parameters ?? []).filter((one) => one.in === 'query' && one.name in ids)) {
          const asking = (office: Office) => `${at(own)}?${new URLSearchParams({ [name]: ids[name]!(office) })}`
          await compare(bearer, [asking(other), asking(nobody)], null, { may: true })
        }
        continue
      }
      const { example = {}, schema } = operation.requestBody?.content['application/json'] ?? {}
      if (named)
        await compare(bearer, [at(other), at(nobody)], [JSON.stringify(example), JSON.stringify(example)], {
          as: 'json',
        })
      for (const name of Object.keys(schema?.properties ?? example).filter((one) => one in ids && one !== 'reason')) {
        const body = (office: Office) => JSON.stringify({ ...example, [name]: ids[name]!(office) })
        await compare(bearer, [at(own), at(own)], [body(other), body(nobody)], { as: 'json' })
      }
    }
})

// ---- Mass assignment: a field that nobody asked for is refused, also beside everything that is right.
const UNASKED = ['role', 'org_id', 'verified', 'id', 'created_at', '__proto__']
const unasked = (body: Record<string, unknown>, field: string) =>
  `${JSON.stringify(body).slice(0, -1)}${Object.keys(body).length > 0 ? ',' : ''}${JSON.stringify(field)}:"administrator"}`
await unchanged('fields that nobody asked for', async () => {
  const here = `/desk/tickets/${own.ticket.number}`
  const scripts: [Walker, string, Record<string, unknown>][] = [
    [walkers[0]!, `${here}/draft`, { kind: 'reply', fields: { text: 'x' } }],
    [walkers[0]!, `${here}/presence`, { page_id: newId(), turn: 1, doing: 'viewing' }],
    ...Object.entries(document.paths).flatMap(([path, { post }]): [Walker, string, Record<string, unknown>][] =>
      post ? [[bearer, apiPath(path, own), post.requestBody?.content['application/json']?.example ?? {}]] : [],
    ),
  ]
  for (const [who, path, body] of scripts)
    for (const field of UNASKED) {
      counted.requests++
      const { status } = await ask(who, path, unasked(body, field), 'json')
      if (status !== 422)
        found.unanswered.push(`${who.name} POST ${path} with the field ${field} is answered ${status}, not 422`)
    }
})

// ---- One's own is answered: a walk on which every door is locked would prove nothing.
for (const who of [walkers[0]!, walkers[1]!, walkers[2]!])
  for (const path of [`/desk/tickets/${own.ticket.number}`, '/desk?view=all'])
    if (!(await ask(who, path)).text.includes(own.canary))
      found.unanswered.push(`${who.name} does not see their own at ${path}`)
for (const path of [`/follow/${own.follow_token}`])
  if (!(await ask(walkers[3]!, path)).text.includes(own.canary))
    found.unanswered.push(`the requester does not see their own at ${path}`)
if (!(await ask(walkers[2]!, '/desk/provider')).text.includes(own.told))
  found.unanswered.push('whoever works for the one that was asked does not see the offer')
for (const [path, word] of [
  [`/api/v1/tickets/${own.ticket.number}`, own.canary],
  [`/api/v1/referrals/${own.referral_id}`, own.told],
] as const)
  if (!(await ask(bearer, path)).text.includes(word)) found.unanswered.push(`the token does not see its own at ${path}`)

// ---- Search finds one's own and not the other's; by the other's own words.
await ask(walkers[0]!, '/desk')
for (const who of walkers.slice(0, 3)) {
  const { text } = await ask(who, `/desk?view=all&query=${other.canary}`)
  if (text.includes(`/desk/tickets/${other.ticket.number}`))
    found.leak.push(`${who.name} finds the other's ticket by its words`)
}

// ---- Live: what happens there is a bare tick here.
const stream = await fetch(`${base}/desk/live`, { headers: { cookie: walkers[0]!.cookie! } })
const reader = stream.body!.getReader()
let heard = ''
const hear = async (pattern: RegExp) => {
  const late = AbortSignal.timeout(20_000)
  late.addEventListener('abort', () => void reader.cancel())
  while (!pattern.test(heard)) {
    const { done, value } = await reader.read()
    if (done) return false
    heard += new TextDecoder().decode(value)
  }
  return true
}
await write(app, other.agent, (ctx) => note(ctx, { ticket_id: other.ticket.id, text: other.canary }))
if (!(await hear(/"tick":true/))) found.unanswered.push('no tick was heard')
await write(app, own.agent, (ctx) => note(ctx, { ticket_id: own.ticket.id, text: own.canary }))
if (!(await hear(/"changed"/))) found.unanswered.push("nothing was heard of one's own")
if (!heard.includes(own.ticket.id)) found.unanswered.push(`one's own ticket is not among ${heard.slice(0, 200)}`)
if (heard.includes(other.ticket.id) || heard.includes(other.canary))
  found.leak.push("the live stream names the other office's ticket")
await reader.cancel()

// ---- Mail: whatever waits or went out with the other's words goes to the other's people.
const { rows: mails } = await client.query<{ recipient: string }>(
  `select recipient from outbox where (subject || text) like '%' || $1 || '%' and recipient not like $1 || '%' and recipient <> all ($2)`,
  [other.canary, Object.values(other.emails)],
)
for (const { recipient } of mails) found.leak.push(`a mail with the other's words goes to ${recipient}`)

client.release()
console.log(JSON.stringify({ found, counted, own: own.canary }))
await pandu.stop()
process.exit(0)
