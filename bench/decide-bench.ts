/**
 * How many decisions a second, with the SQL that each of them needs: 1,000 desks of members and partners in 38 provinces, 100,000 offers of the
 * last 90 days. And how long the list of a desk's open offers takes beside them. On a PostgreSQL of its own.
 */
import { loadavg } from 'node:os'
import pg from 'pg'
import { read, system, write, type Writing } from '../src/server/platform/context.ts'
import { openPool } from '../src/server/platform/database.ts'
import { startEmbeddedPostgres } from '../src/server/platform/embedded-postgres.ts'
import { newId } from '../src/server/platform/ids.ts'
import { openLog } from '../src/server/platform/log.ts'
import { migrate } from '../src/server/platform/migrate.ts'
import { makeTestApp } from '../src/server/platform/testing-app.ts'
import { loadVocabulary } from '../src/server/desks/vocabulary.ts'
import { makeSecretariat } from '../src/server/desks/make-secretariat.ts'
import { listOffers } from '../src/server/referrals/index.ts'
import { weigh } from '../src/server/referrals/weigh.ts'
import { loadRegions, provinceFacts } from '../src/server/regions/index.ts'
import { readSettings } from '../src/settings.ts'
import { rounded, type Result } from './result.ts'
import { sql } from 'kysely'

const DESKS = 1_000
const OFFERS = 100_000
const SECONDS = process.env['PANDU_BENCH_SHORT'] === undefined ? 10 : 2

export async function measureDecide(data: string, result: Result, say: (line: string) => void): Promise<void> {
  const { settings, sources } = readSettings({ PANDU_DATA: data, PANDU_LOG: 'warn' })
  const log = openLog(settings)
  const postgres = await startEmbeddedPostgres({ data, log })
  const owner = new pg.Client(postgres.connection('owner'))
  await owner.connect()
  await migrate(owner)
  await owner.end()
  const pool = (role: 'web' | 'worker') =>
    openPool(postgres.connection(role), { max: 8, log, name: role, keeps_plans: role === 'worker' })
  const app = makeTestApp(settings, sources, pool('web'), pool('worker'))
  try {
    const desks = await write(app, system, seedNetwork)
    const superuser = new pg.Client(postgres.superuser())
    await superuser.connect()
    await superuser.query('vacuum analyze')
    await superuser.end()
    const provinces = [...provinceFacts.keys()]
    const decide = (turn: number) =>
      read(app, system, async (ctx) => {
        const region_code = provinces[turn % provinces.length]!
        const draft = { id: newId(), ticket_id: newId(), region_code, competence_code: 'libreoffice', level: 1 as const, kind: 'free' as const, organisation_id: null } // prettier-ignore
        return (await weigh(ctx, draft)).candidates.length
      })
    for (let turn = 0; turn < 100; turn++) await decide(turn)
    const candidates = (await decide(0)) - 1
    for (const [name, at_once] of [
      ['c1', 1],
      ['c8', 8],
    ] as const) {
      // prettier-ignore
      const per_s = await perSecond(at_once, decide)
      ;(result.decide ??= {})[name] = { per_s: rounded(per_s, 0) }
      say(`decide ${name}     ${per_s.toFixed(0)} a second, ${DESKS} desks, ${OFFERS} offers, ${candidates} candidates in the first province (load ${loadavg()[0]!.toFixed(1)})`) // prettier-ignore
    }
    const times: number[] = []
    for (let turn = 0; turn < 200; turn++) {
      const begun = performance.now()
      await read(app, system, (ctx) => listOffers(ctx, { desk_ids: [desks[turn % desks.length]!], which: 'open' }))
      times.push(performance.now() - begun)
    }
    const p95 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)]!
    result.decide = { ...result.decide, open_offers_p95_ms: rounded(p95, 1) }
    say(`open offers   p95 ${p95.toFixed(1)} ms (load ${loadavg()[0]!.toFixed(1)})`)
  } finally {
    await Promise.all([app.web_pool.end(), app.worker_pool.end()])
    await postgres.stop()
  }
}

async function perSecond(at_once: number, work: (turn: number) => Promise<unknown>): Promise<number> {
  const until = performance.now() + SECONDS * 1000
  let turns = 0
  const begun = performance.now()
  await Promise.all(
    Array.from({ length: at_once }, async () => {
      while (performance.now() < until) await work(turns++)
    }),
  )
  return turns / ((performance.now() - begun) / 1000)
}

/** Answers the desks' ids. One referral carries a hundred offers of the past each, because only the offers count. */
async function seedNetwork(ctx: Writing): Promise<string[]> {
  await sql`set local statement_timeout = 0`.execute(ctx.tx)
  await loadRegions(ctx)
  await loadVocabulary(ctx)
  await makeSecretariat(ctx)
  const provinces = [...provinceFacts.keys()]
  const { tx } = ctx
  const desks = Array.from({ length: DESKS }, () => newId())
  const list = JSON.stringify(
    desks.map((id, index) => ({ id, organisation_id: newId(), province: provinces[index % provinces.length], index })),
  )
  const given = sql`jsonb_to_recordset(${list}::jsonb) as g (id uuid, organisation_id uuid, province text, index int)`
  await sql`insert into organisations (id, name, kind) select organisation_id, 'Komunitas contoh ' || index, 'community' from ${given}`.execute(
    tx,
  )
  await sql`insert into desks (id, name, kind, organisation_id, serves_neighbours) select id, 'Komunitas contoh ' || index, 'provider', organisation_id, index % 4 = 0 from ${given}`.execute(
    tx,
  )
  await sql`insert into desk_regions (desk_id, region_code) select id, province from ${given}`.execute(tx)
  await sql`insert into desk_competences (desk_id, competence_code, level) select id, 'libreoffice', 1 + index % 3 from ${given}`.execute(
    tx,
  )
  await sql`insert into affiliations (id, organisation_id, desk_id, kind, starts_at)
    select gen_random_uuid(), organisation_id, id, case when index % 3 = 0 then 'partner' else 'member' end, '2020-01-01' from ${given}`.execute(
    tx,
  )
  const person = newId()
  await sql`insert into people (id, name, folded_name) values (${person}::uuid, 'Sari Contoh', 'sari contoh')`.execute(
    tx,
  )
  await sql`insert into tickets (id, subject, channel, requester_id, holder_desk_id) select gen_random_uuid(), 'contoh', 'web', ${person}::uuid,
    (select id from desks where kind = 'secretariat') from generate_series(1, ${OFFERS / 100}::int)`.execute(tx)
  await sql`insert into referrals (id, ticket_id, kind, state, referring_desk_id, region_code, province_code, urgency, summary, ended_at)
    select gen_random_uuid(), id, 'free', 'withdrawn', holder_desk_id, '33', '33', 'normal', 'contoh', now() from tickets`.execute(
    tx,
  )
  await sql`insert into offers (id, referral_id, ticket_id, number, code, desk_id, organisation_id, kind, province_code, state, summary, offered_at, due_at, answered_at, ended_at)
    select gen_random_uuid(), r.id, r.ticket_id, n, '2222', d.id, d.organisation_id, 'free', '33', (array['completed', 'completed', 'declined', 'expired'])[1 + n % 4], 'contoh',
      now() - make_interval(hours => (r.place * 100 + n)::int * 37 % 2160), now() - make_interval(hours => (r.place * 100 + n)::int * 37 % 2160) + interval '2 hours', now(), now()
    from (select id, ticket_id, row_number() over (order by id) as place from referrals) r cross join generate_series(1, 100) n
    join (select id, organisation_id, row_number() over (order by id) as place from desks where kind = 'provider') d
      on d.place = 1 + (r.place * 100 + n) % ${DESKS}::int`.execute(tx)
  return desks
}
