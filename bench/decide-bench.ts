/**
 * How many decisions a second, with the SQL that each of them needs: 1,000 desks of members and partners in 38 provinces, 100,000 offers of the
 * last 90 days. And how long the list of a desk's open offers takes, as its own people ask for it. On a PostgreSQL of its own, or beside the
 * tickets of a seeded folder (PANDU_BENCH_DECIDE=1m): what is put there for it is taken away again at the end, and a run that was killed is cleared
 * away by the next one.
 */
import { loadavg } from 'node:os'
import pg from 'pg'
import type { App } from '../src/server/platform/app.ts'
import { read, system, write, type StaffActor } from '../src/server/platform/context.ts'
import { openPool } from '../src/server/platform/database.ts'
import { startEmbeddedPostgres } from '../src/server/platform/embedded-postgres.ts'
import { newId } from '../src/server/platform/ids.ts'
import { openLog } from '../src/server/platform/log.ts'
import { migrate } from '../src/server/platform/migrate.ts'
import { reachRunningPostgres } from '../src/server/platform/postgres/reach-running.ts'
import { makeTestApp } from '../src/server/platform/testing-app.ts'
import { loadVocabulary } from '../src/server/desks/vocabulary.ts'
import { makeSecretariat } from '../src/server/desks/make-secretariat.ts'
import { listOffers } from '../src/server/referrals/index.ts'
import { weigh } from '../src/server/referrals/weigh.ts'
import { loadRegions, provinceFacts } from '../src/server/regions/index.ts'
import { readSettings } from '../src/settings.ts'
import { processesOf, cpuMsOf } from './processes.ts'
import { rounded, type Decides, type Result, type Size } from './result.ts'
import { withRunningApp } from './site.ts'

const DESKS = 1_000
const OFFERS = 100_000
/** Of each desk, waiting for its answer. */
const OPEN_OFFERS = 5
const CONNECTIONS = 8
const SECONDS = process.env['PANDU_BENCH_SHORT'] === undefined ? 10 : 2
const TURNS_OF_LIST = 400

/** On an empty PostgreSQL in this folder. */
export async function measureDecide(data: string, result: Result, say: (line: string) => void): Promise<void> {
  const { settings, sources } = readSettings({ PANDU_DATA: data, PANDU_LOG: 'warn' })
  const log = openLog(settings)
  const postgres = await startEmbeddedPostgres({ data, log })
  const owner = new pg.Client(postgres.connection('owner'))
  await owner.connect()
  await migrate(owner)
  await owner.end()
  const pool = (role: 'web' | 'worker') =>
    openPool(postgres.connection(role), { max: CONNECTIONS, log, name: role, keeps_plans: role === 'worker' })
  const app = makeTestApp(settings, sources, pool('web'), pool('worker'))
  try {
    await write(app, system, async (ctx) => {
      await loadRegions(ctx)
      await loadVocabulary(ctx)
      await makeSecretariat(ctx)
    })
    const superuser = { ...postgres.connection('owner'), user: 'postgres' }
    result.decide = { ...result.decide, ...(await withNetwork(superuser, () => measure(app, data, 'alone', say))) }
  } finally {
    await Promise.all([app.web_pool.end(), app.worker_pool.end()])
    await postgres.stop()
  }
}

/** Beside the tickets of a seeded folder whose Pandu runs. */
export async function measureDecideBeside(
  data: string,
  size: Size,
  result: Result,
  say: (line: string) => void,
): Promise<void> {
  const access = await reachRunningPostgres(data)
  const superuser = { ...access.connection('owner'), user: 'postgres' }
  await withRunningApp(data, async (app) => {
    const measured = await withNetwork(superuser, () => measure(app, data, size, say))
    result.decide = { ...result.decide, beside: { ...result.decide?.beside, [size]: measured } }
  })
}

async function measure(app: App, data: string, where: string, say: (line: string) => void): Promise<Decides> {
  const provinces = [...provinceFacts.keys()]
  const decide = (turn: number) =>
    read(app, system, async (ctx) => {
      const region_code = provinces[turn % provinces.length]!
      const draft = { id: newId(), ticket_id: newId(), region_code, competence_code: 'libreoffice', level: 1 as const, kind: 'free' as const, organisation_id: null } // prettier-ignore
      const { candidates, decision } = await weigh(ctx, draft)
      if (decision.chosen === null) throw new Error('nobody was chosen, which is not what this measures')
      return candidates.length
    })
  const measured: Decides = {}
  let candidates = 0
  for (let turn = 0; turn < provinces.length * 4; turn++) candidates += (await decide(turn)) / (provinces.length * 4)
  for (const [name, at_once] of [
    ['c1', 1],
    ['c8', CONNECTIONS],
  ] as const) {
    await turnsOf(at_once, SECONDS * 100, decide)
    const cpu = () => ({
      own: process.cpuUsage(),
      postgres: cpuMsOf(processesOf(process.pid, data).filter((pid) => pid !== process.pid)),
    })
    const before = cpu()
    const { turns, seconds } = await turnsOf(at_once, SECONDS * 1000, decide)
    const after = cpu()
    const own = (after.own.user + after.own.system - before.own.user - before.own.system) / 1000 / turns
    const postgres = (after.postgres - before.postgres) / turns
    measured[name] = { per_s: rounded(turns / seconds, 0) }
    say(`decide ${where.padEnd(6)} ${name}   ${(turns / seconds).toFixed(0)} a second, CPU each: node ${own.toFixed(2)} ms, PostgreSQL ${postgres.toFixed(2)} ms; ${DESKS} desks, ${OFFERS} offers, ${candidates.toFixed(0)} candidates each (load ${loadavg()[0]!.toFixed(1)})`) // prettier-ignore
  }
  const actors = await providers(app)
  const times: number[] = []
  for (let turn = -CONNECTIONS * 4; turn < TURNS_OF_LIST; turn++) {
    const actor = actors[(turn + actors.length) % actors.length]!
    const begun = performance.now()
    const open = await read(app, actor, (ctx) => listOffers(ctx, { desk_ids: actor.providers!.map(({ id }) => id), which: 'open' })) // prettier-ignore
    if (turn >= 0) times.push(performance.now() - begun)
    if (open.length !== OPEN_OFFERS) throw new Error(`a desk sees ${open.length} of its ${OPEN_OFFERS} open offers`)
  }
  const p95 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)]!
  say(`open offers ${where.padEnd(6)} p95 ${p95.toFixed(1)} ms, ${OPEN_OFFERS} of each desk, as its people see them (load ${loadavg()[0]!.toFixed(1)})`) // prettier-ignore
  return { ...measured, open_offers_p95_ms: rounded(p95, 1) }
}

async function turnsOf(at_once: number, ms: number, work: (turn: number) => Promise<unknown>) {
  const begun = performance.now()
  let turns = 0
  await Promise.all(
    Array.from({ length: at_once }, async () => {
      while (performance.now() < begun + ms) await work(turns++)
    }),
  )
  return { turns, seconds: (performance.now() - begun) / 1000 }
}

/** Somebody at each desk. */
async function providers(app: App): Promise<StaffActor[]> {
  const { rows } = await app.worker_pool.query<{ id: string; organisation_id: string; name: string }>(
    `select id, organisation_id, name from desks where id = any (array(select ${deskId('n')} from generate_series(1, ${DESKS}) n)) order by md5(id::text)`,
  )
  return rows.map(({ id, organisation_id, name }) => ({
    kind: 'staff',
    person_id: newId(),
    name: 'Rekan Contoh',
    language: 'id',
    roles: [],
    desks: [],
    providers: [{ id, organisation_id, name, role: 'agent', time_zone: 'Asia/Jakarta' }],
    sees_all: false,
  }))
}

/** With 1,000 desks and their offers, which are gone afterwards. */
async function withNetwork<T>(superuser: pg.ClientConfig, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client(superuser)
  await client.connect()
  try {
    await clearNetwork(client)
    await makeNetwork(client)
    return await work()
  } finally {
    await client.query('rollback')
    await clearNetwork(client)
    await client.end()
  }
}

// Ids that can be reckoned again, by which everything is found that has to go.
const idOf = (what: string, n: string) => `md5('pandu bench decide ${what} ' || ${n})::uuid`
const deskId = (n: string) => idOf('desk', n)
const organisationId = (n: string) => idOf('organisation', n)
const ticketId = (n: string) => idOf('ticket', n)
const PERSON = idOf('person', `''`)
/** Each of the first ones carries a hundred offers of the past, because only the offers count; of the others each carries an open one. */
const PAST_TICKETS = OFFERS / 100
const TICKETS = PAST_TICKETS + DESKS * OPEN_OFFERS

/** No triggers: what follows from a ticket (counts, facts) is not to stand beside the seeded ones. That desks changed is said by hand. */
const QUIET = `set local session_replication_role = replica; set local statement_timeout = 0`
const CHANGED = 'insert into desk_changes default values'

async function clearNetwork(client: pg.Client) {
  const tickets = `select ${ticketId('n')} from generate_series(1, ${TICKETS}) n`
  const desks = `select ${deskId('n')} from generate_series(1, ${DESKS}) n`
  await client.query(`begin; ${QUIET};
    delete from offers where desk_id in (${desks});
    delete from referrals where ticket_id in (${tickets});
    delete from tickets where id in (${tickets});
    delete from affiliations where desk_id in (${desks});
    delete from desk_competences where desk_id in (${desks});
    delete from desk_regions where desk_id in (${desks});
    delete from desks where id in (${desks});
    delete from organisations where id in (select ${organisationId('n')} from generate_series(1, ${DESKS}) n);
    delete from people where id = ${PERSON};
    ${CHANGED}; commit`)
}

async function makeNetwork(client: pg.Client) {
  const provinces = `(array['${[...provinceFacts.keys()].join(`','`)}'])[1 + n % ${provinceFacts.size}]`
  const each = `from generate_series(1, ${DESKS}) n`
  const secretariat = `(select id from desks where kind = 'secretariat' limit 1)`
  await client.query(`begin; ${QUIET};
    insert into people (id, name, folded_name) values (${PERSON}, 'Sari Contoh', 'sari contoh');
    insert into organisations (id, name, kind) select ${organisationId('n')}, 'Komunitas contoh ' || n, 'community' ${each};
    insert into desks (id, name, kind, organisation_id, serves_neighbours, capacity_per_week)
      select ${deskId('n')}, 'Komunitas contoh ' || n, 'provider', ${organisationId('n')}, n % 4 = 0, 40 ${each};
    insert into desk_regions (desk_id, region_code) select ${deskId('n')}, ${provinces} ${each};
    insert into desk_competences (desk_id, competence_code, level) select ${deskId('n')}, 'libreoffice', 1 + n % 3 ${each};
    insert into affiliations (id, organisation_id, desk_id, kind, starts_at)
      select gen_random_uuid(), ${organisationId('n')}, ${deskId('n')}, case when n % 3 = 0 then 'partner' else 'member' end, '2020-01-01' ${each};
    insert into tickets (id, number, subject, channel, requester_id, holder_desk_id, state, created_at)
      select ${ticketId('n')}, (9000000000 + n) * 10 + damm_digit(9000000000 + n), 'contoh', 'web', ${PERSON}, ${secretariat}, 'referred', now() - interval '80 days'
      from generate_series(1, ${TICKETS}) n;
    insert into referrals (id, ticket_id, kind, state, referring_desk_id, region_code, province_code, urgency, summary, ended_at)
      select ${ticketId('n')}, ${ticketId('n')}, 'free', case when n <= ${PAST_TICKETS} then 'withdrawn' else 'offered' end, ${secretariat}, '33', '33', 'normal', 'contoh',
        case when n <= ${PAST_TICKETS} then now() end
      from generate_series(1, ${TICKETS}) n;
    insert into offers (id, referral_id, ticket_id, number, code, desk_id, organisation_id, kind, province_code, urgency, state, summary, offered_at, due_at, answered_at, ended_at)
      select gen_random_uuid(), ${ticketId('t')}, ${ticketId('t')}, n, '2222', ${deskId('d')}, ${organisationId('d')}, 'free', '33', 'normal',
        (array['completed', 'completed', 'declined', 'expired'])[1 + n % 4], 'contoh', at, at + interval '2 hours', at + interval '1 hour', at + interval '1 hour'
      from generate_series(1, ${PAST_TICKETS}) t cross join generate_series(1, 100) n
      cross join lateral (select 1 + (t * 100 + n) % ${DESKS} as d, now() - make_interval(hours => (t * 100 + n) * 37 % 2160) as at) o;
    insert into offers (id, referral_id, ticket_id, number, code, desk_id, organisation_id, kind, province_code, urgency, state, summary, offered_at, due_at)
      select gen_random_uuid(), ${ticketId('t')}, ${ticketId('t')}, 1, translate(lpad(n::text, 8, '0'), '01', 'AB'), ${deskId('d')}, ${organisationId('d')}, 'free', '33', 'normal',
        'open', 'contoh', now() - interval '1 hour', now() + interval '1 day'
      from generate_series(1, ${DESKS * OPEN_OFFERS}) n cross join lateral (select ${PAST_TICKETS} + n as t, 1 + n % ${DESKS} as d) o;
    ${CHANGED}; commit`)
  await client.query(
    'vacuum analyze offers, referrals, desks, organisations, affiliations, desk_regions, desk_competences',
  )
}
