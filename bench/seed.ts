/**
 * Fills a data folder with tickets as an installation has them after two years: three messages each, people, facts in sealed chains,
 * search rows. Set-based SQL as the superuser, because the product's own commands would take hours for a million; what is written is
 * held against them: `verifyJournal` and `verifyBlobs` pass, and the product's indexer writes the same search rows.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { runMigrations } from 'graphile-worker'
import { readSettings } from '../src/settings.ts'
import { addDesk, prepare } from '../src/server/desks/index.ts'
import { acceptInvitation, findOrMakePeople, inviteStaff, makeSetupLink, setUp } from '../src/server/people/index.ts'
import type { App } from '../src/server/platform/app.ts'
import { system, write, type StaffActor } from '../src/server/platform/context.ts'
import { openDatabase, openPool } from '../src/server/platform/database.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/server/platform/embedded-postgres.ts'
import { openFiles } from '../src/server/platform/files.ts'
import { noDns } from '../src/server/platform/dns.ts'
import { noLive } from '../src/server/platform/live.ts'
import { openLog } from '../src/server/platform/log.ts'
import { migrate } from '../src/server/platform/migrate.ts'
import { relayOnce } from '../src/server/platform/relay.ts'
import { hashOf, openSecrets } from '../src/server/platform/secrets.ts'
import { noSights } from '../src/server/platform/sights.ts'
import { verifyBlobs } from '../src/server/platform/verify-blobs.ts'
import { verifyJournal } from '../src/server/platform/verify-journal.ts'
import { indexTickets } from '../src/server/tickets/index.ts'
import { COMMON_ONE_IN, makeTexts, RARE_ONE_IN, searched } from './texts.ts'

export interface Seeded {
  tickets: number
  sign_in: { email: string; password: string }
  /** Member of one desk, which holds a twentieth of all tickets. */
  agent: StaffActor
  /** Somebody with nothing but grants on one ticket in five hundred. */
  provider: StaffActor
  /** Tickets that each of them sees. */
  numbers: { agent: string[]; provider: string[] }
  follow_token: string
}

const DESKS = 20
const TEXTS = 20_000
const CHUNK = 20_000
const GRANT_ONE_IN = 500
const PASSWORD = 'kata sandi untuk ukuran 2026'
const FOLLOW_TOKEN = 'abcdefghijklmnopqrstuvwxyz234567'
const REMEMBERED = 'bench-seed.json'

/** An app on its own PostgreSQL, without anything that listens or runs by itself. */
export async function withSeedApp<T>(
  data: string,
  work: (app: App, postgres: EmbeddedPostgres) => Promise<T>,
  settings: Record<string, string> = {},
): Promise<T> {
  const read = readSettings({ PANDU_DATA: data, PANDU_LOG: 'error' })
  const log = openLog(read.settings)
  const postgres = await startEmbeddedPostgres({ data, log, holder: 'pandu bench', settings })
  try {
    const owner = new pg.Client(postgres.connection('owner'))
    await owner.connect()
    await migrate(owner)
    await owner.end()
    const web_pool = openPool(postgres.connection('web'), { max: 16, log, name: 'bench' })
    const worker_pool = openPool(postgres.connection('worker'), { max: 4, log, name: 'bench' })
    try {
      await runMigrations({ pgPool: worker_pool })
      const app: App = {
        ...read,
        log,
        web_pool,
        worker_pool,
        web: openDatabase(web_pool),
        worker: openDatabase(worker_pool),
        files: openFiles(data),
        secrets: openSecrets(read.settings),
        live: noLive,
        sights: noSights,
        dns: noDns,
        available: () => true,
        poke: () => undefined,
      }
      return await work(app, postgres)
    } finally {
      await Promise.all([web_pool.end(), worker_pool.end()])
    }
  } finally {
    await postgres.stop()
  }
}

/** Fills the folder unless it was filled before; says how it goes on. */
export async function seed(data: string, tickets: number, say: (line: string) => void): Promise<Seeded> {
  const remembered = join(data, REMEMBERED)
  if (existsSync(remembered)) return JSON.parse(readFileSync(remembered, 'utf8')) as Seeded
  // Nothing here touches what a commit means; only how often PostgreSQL writes its checkpoints while it is filled.
  const roomy = { max_wal_size: '16GB', checkpoint_timeout: '1h', maintenance_work_mem: '1GB', autovacuum: 'off' }
  const seeded = await withSeedApp(data, (app, postgres) => fill(app, postgres, tickets, say), roomy)
  writeFileSync(remembered, JSON.stringify(seeded))
  return seeded
}

async function fill(
  app: App,
  postgres: EmbeddedPostgres,
  tickets: number,
  say: (line: string) => void,
): Promise<Seeded> {
  await prepare(app)
  const { desks, agents, agent, provider } = await makeStaff(app)
  while ((await relayOnce(app)) > 0);
  const clients = await Promise.all([connect(postgres), connect(postgres)])
  const [client] = clients as [pg.Client, pg.Client]
  try {
    await makeGround(client, tickets, desks, agents)
    const indexes = await dropIndexes(client)
    const chunks = Array.from({ length: Math.ceil(tickets / CHUNK) }, (_, index) => [index * CHUNK + 1, Math.min(tickets, (index + 1) * CHUNK)]) // prettier-ignore
    let done = 0
    await Promise.all(
      clients.map(async (one) => {
        for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) {
          await fillChunk(one, chunk[0]!, chunk[1]!)
          say(`seeding: ${(done += chunk[1]! - chunk[0]! + 1)} of ${tickets} tickets`)
        }
      }),
    )
    await client.query(`select setval('ticket_numbers', 10000 + $1::bigint)`, [tickets])
    await client.query(
      `insert into grants (id, person_id, ticket_id, reason) select gen_random_uuid(), $1, id, 'bench' from bench.plan where i % ${GRANT_ONE_IN} = 0`,
      [provider.person_id],
    )
    await client.query(
      `insert into follow_links (token_hash, ticket_id, person_id)
        select $1, t.id, t.requester_id from bench.plan p join tickets t on t.id = p.id where p.state = 'open' order by p.i desc limit 1`,
      [hashOf(FOLLOW_TOKEN)],
    )
    say('seeding: indexes')
    await Promise.all(
      clients.map(async (one) => {
        for (let definition = indexes.shift(); definition; definition = indexes.shift()) await one.query(definition)
      }),
    )
    await indexGranted(app, client)
    say('seeding: sealing the journal')
    await sealAll(client)
    const numbers = {
      agent: await numbersOf(client, `t.holder_desk_id = '${agent.desks[0]!.id}'`),
      provider: await numbersOf(client, `exists (select from grants g where g.ticket_id = t.id)`),
    }
    await client.query('drop schema bench cascade')
    say('seeding: vacuum')
    await client.query('vacuum analyze')
    await check(app, client, say)
    return {
      tickets,
      sign_in: { email: 'petugas@contoh.id', password: PASSWORD },
      agent,
      provider,
      numbers,
      follow_token: FOLLOW_TOKEN,
    }
  } finally {
    await Promise.all(clients.map((one) => one.end()))
  }
}

async function connect(postgres: EmbeddedPostgres): Promise<pg.Client> {
  const client = new pg.Client(postgres.superuser('pandu'))
  await client.connect()
  // Foreign keys are right by construction; checking each would double the time.
  await client.query(`set session_replication_role = replica; set synchronous_commit = off; set work_mem = '128MB'`)
  await client.query(`create function pg_temp.id_at(at timestamptz, salt text) returns uuid language sql immutable as
    $$ select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(salt), 1, 3) || '8' || substr(md5(salt), 4, 15))::uuid $$`)
  return client
}

/** An administrator, twenty desks with two agents each, one agent with an account, one provider: by the product's own commands. */
async function makeStaff(app: App) {
  return write(app, system, async (ctx) => {
    const token = (link: string | null) => link?.split('/').at(-1) ?? ''
    const setup = { name: 'Administrator Contoh', email: 'administrator@contoh.id', password: PASSWORD }
    await setUp(ctx, { token: token(await makeSetupLink(ctx)), ...setup })
    const invited = await inviteStaff(ctx, { email: 'petugas@contoh.id', name: 'Petugas Contoh' })
    const { person_id } = await acceptInvitation(ctx, { token: token(invited.link), password: PASSWORD })
    const mates = await findOrMakePeople(
      ctx,
      Array.from({ length: DESKS * 2 + 1 }, (_, n) => ({
        name: `Rekan Contoh ${n}`,
        channel: 'email' as const,
        address: `rekan${n}@contoh.id`,
      })),
    )
    const desks: string[] = []
    const agents: string[] = []
    for (let n = 0; n < DESKS; n++) {
      const pair = [n === 0 ? person_id : mates[n * 2]!.id, mates[n * 2 + 1]!.id]
      desks.push(
        await addDesk(ctx, {
          name: `Meja ${n + 1} (contoh)`,
          kind: 'province',
          organisation_id: null,
          mail_local_part: `meja${n + 1}`,
          time_zone: 'Asia/Jakarta',
          accepting: true,
          regions: [],
          competences: [],
          hours: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, opens: '08:00', closes: '16:00' })),
          members: pair.map((id) => ({ person_id: id, role: 'agent' as const })),
        }),
      )
      agents.push(...pair)
    }
    const staff = { kind: 'staff', language: 'id', roles: [], sees_all: false } as const
    const own = { id: desks[0]!, name: 'Meja 1 (contoh)', kind: 'province', role: 'agent', time_zone: 'Asia/Jakarta' } as const // prettier-ignore
    const agent: StaffActor = { ...staff, person_id, name: 'Petugas Contoh', desks: [own] }
    const provider: StaffActor = { ...staff, person_id: mates.at(-1)!.id, name: 'Penyedia Contoh', desks: [] }
    return { desks, agents, agent, provider }
  })
}

/** What all chunks read: texts, and of each ticket what several tables need to know. Dropped at the end. */
async function makeGround(client: pg.Client, tickets: number, desks: string[], agents: string[]) {
  await client.query(`create schema bench;
    create unlogged table bench.texts (n int primary key, text text, tsv tsvector)`)
  const texts = makeTexts(TEXTS)
  for (let at = 0; at < texts.length; at += 1_000)
    await client.query(
      `insert into bench.texts select $1 + n - 1, t, to_tsvector('simple', t) from unnest($2::text[]) with ordinality as u (t, n)`,
      [at, texts.slice(at, at + 1_000)],
    )
  await client.query(
    `create unlogged table bench.plan as
      select i, pg_temp.id_at(created_at, 't' || i) as id, created_at, state,
        ($2::uuid[])[1 + i % ${DESKS}] as desk_id,
        case when state <> 'new' then ($3::uuid[])[1 + (i % ${DESKS}) * 2 + (i / ${DESKS}) % 2] end as agent_id,
        pg_temp.id_at('2024-01-01', 'p' || (i % greatest($1::int / 4, 1))) as requester_id
      from (select i, now() - interval '736 days' + i * (interval '730 days' / $1::int) as created_at,
          case when h < 8 then 'new' when h < 20 then 'open' when h < 25 then 'waiting' when h < 40 then 'resolved' else 'closed' end as state
        from (select i, (i::bigint * 2654435761 >> 7) % 100 as h from generate_series(1, $1::int) i) s) s`,
    [tickets, desks, agents],
  )
  await client.query('create unique index on bench.plan (i); analyze bench.plan; analyze bench.texts')
  await client.query(
    `insert into people (id, name, folded_name, region_code, created_at)
      select pg_temp.id_at('2024-01-01', 'p' || n), 'Pemohon Contoh ' || n, 'pemohon contoh ' || n,
        (array(select code from regions where level = 'province' order by code))[1 + n % 38], now() - interval '800 days'
      from generate_series(0, greatest($1::int / 4, 1) - 1) n`,
    [tickets],
  )
  await client.query(`insert into contact_points (id, person_id, channel, address, normalised, created_at)
    select pg_temp.id_at(created_at, 'c' || name), id, 'email', replace(folded_name, ' ', '.') || '@contoh.id', replace(folded_name, ' ', '.') || '@contoh.id', created_at
    from people where folded_name like 'pemohon contoh %'`)
  await makeMonths(client)
}

/** The nightly round made each month's partition when it came; two years of them stand here at once. */
async function makeMonths(client: pg.Client) {
  await client.query(`do $$ declare month timestamptz; begin
    for back in 2 .. 27 loop
      month := date_trunc('month', now()) - make_interval(months => back);
      execute format('create table if not exists facts_%s partition of facts for values from (%L) to (%L)', to_char(month, 'YYYYMM'),
        uuid_floor(month), uuid_floor(month + interval '1 month'));
      -- as the nightly round's would be: a later step of the schema may change them
      execute format('alter table facts_%s owner to pandu_owner', to_char(month, 'YYYYMM'));
    end loop; end $$`)
}

const FILLED = ['tickets', 'ticket_desks', 'messages', 'participants', 'resolutions', 'closures', 'clocks', 'facts', 'search_documents'] // prettier-ignore

/** Filling first and indexing after is many times faster, above all for words. Answers how to make them again. */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
      from pg_index i where i.indrelid = any ($1::regclass[]) and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`,
    [FILLED],
  )
  for (const { name } of rows) await client.query(`drop index ${name}`)
  return rows.map(({ definition }) => definition.replace(' ON ONLY ', ' ON '))
}

/** Tickets from..to with everything around them, one transaction. */
async function fillChunk(client: pg.Client, from: number, to: number) {
  await client.query('begin')
  await client.query(
    `create temp table part on commit drop as select p.*,
        (10000 + i)::bigint * 10 + damm_digit(10000 + i) as number,
        pg_temp.id_at(created_at, 'a' || i) as m1, pg_temp.id_at(created_at + interval '1 day', 'b' || i) as m2,
        pg_temp.id_at(created_at + interval '2 days', 'c' || i) as m3,
        left(a.text, 60) as subject,
        a.text || case when i % ${RARE_ONE_IN} = 7 then ' ${searched.rare}' else '' end
          || case when i % ${COMMON_ONE_IN} = 0 then ' ${searched.common}' else '' end as t1,
        b.text as t2, c.text as t3,
        c.tsv || b.tsv || a.tsv
          || to_tsvector('simple', case when i % ${RARE_ONE_IN} = 7 then '${searched.rare} ' else '' end || case when i % ${COMMON_ONE_IN} = 0 then '${searched.common}' else '' end) as said
      from bench.plan p
      join bench.texts a on a.n = (i::bigint * 7919 + 11) % ${TEXTS} join bench.texts b on b.n = (i::bigint * 104729 + 13) % ${TEXTS}
      join bench.texts c on c.n = (i::bigint * 1299709 + 17) % ${TEXTS}
      where i between $1 and $2`,
    [from, to],
  )
  for (const statement of FILLS) await client.query(statement)
  await client.query('commit')
}

const ENDED = `state in ('resolved', 'closed')`
const OPEN = `state in ('new', 'open')`
const fact = (kind: string, days: string, actor: string, about: string, condition: string) =>
  `insert into facts (id, at, kind, actor_kind, actor_id, ticket_id, about)
    select pg_temp.id_at(created_at + interval '${days}', '${kind}' || i), created_at + interval '${days}', '${kind}',
      ${actor}, id, ${about} from part where ${condition}`

const FILLS = [
  `insert into tickets (id, number, subject, state, channel, urgency, kind, region_code, topic_code, requester_id, holder_desk_id,
      holder_person_id, holder_since, created_at, waiting_since, due_at, state_since)
    select id, number, subject, state, (array['web', 'email', 'phone', 'email'])[1 + i % 4], (array['normal', 'normal', 'high', 'low'])[1 + i % 4],
      'free_help', (array(select code from regions where level = 'province' order by code))[1 + i % 38],
      (array(select code from topics order by code))[1 + i % (select count(*)::int from topics)], requester_id, desk_id, agent_id, created_at, created_at,
      case when ${OPEN} then created_at end, case when ${OPEN} then created_at + interval '3 days' end,
      case when state = 'waiting' then now() - interval '1 day' when state = 'resolved' then now() - interval '2 days' else created_at + interval '4 days' end
    from part`,
  `insert into ticket_desks (ticket_id, desk_id, since) select id, desk_id, created_at from part`,
  `insert into participants (ticket_id, person_id, part, since, contact_point_id) select id, requester_id, 'requester', created_at,
      (select c.id from contact_points c where c.person_id = part.requester_id order by c.created_at, c.id limit 1) from part`,
  `insert into messages (ticket_id, id, direction, channel, author_id, text, at, leaves_at)
    select id, m, d, 'email', case when d = 'in' then requester_id else agent_id end, t, at, at
    from part cross join lateral (values (m1, 'in', t1, created_at),
      (m2, case when state = 'new' then 'in' else 'out' end, t2, created_at + interval '1 day'), (m3, 'in', t3, created_at + interval '2 days')) v (m, d, t, at)`,
  `insert into resolutions (ticket_id, id, problem, steps, resolved_by, resolved_at)
    select id, pg_temp.id_at(created_at, 'r' || i), left(t1, 200), left(t2, 400), agent_id, created_at + interval '3 days' from part where ${ENDED}`,
  `insert into closures (ticket_id, id, reason, closed_by, closed_at)
    select id, pg_temp.id_at(created_at, 'x' || i), 'solved', requester_id, created_at + interval '4 days' from part where state = 'closed'`,
  `insert into clocks (ticket_id, id, kind, urgency, desk_id, time_zone, working_minutes, started_at, due_at, sum)
    select id, pg_temp.id_at(created_at, 'k' || i), 'answer', 'normal', desk_id, 'Asia/Jakarta', 960, created_at, created_at + interval '3 days',
      '[{"date": "2026-01-05", "from": "08:00", "to": "16:00", "minutes": 480}, {"date": "2026-01-06", "from": "08:00", "to": "16:00", "minutes": 480}]'
    from part where ${OPEN}`,
  fact('ticket.opened', '0 days', `'public', null::uuid`, `jsonb_build_object('message_id', m1, 'channel', 'web', 'desk_id', desk_id)`, 'true'),
  fact('ticket.claimed', '1 hour', `'staff', agent_id`, `jsonb_build_object('desk_id', desk_id)`, `state <> 'new'`),
  fact('message.sent', '1 day', `'staff', agent_id`, `jsonb_build_object('message_id', m2)`, `state <> 'new'`),
  fact('ticket.resolved', '3 days', `'staff', agent_id`, `'{}'::jsonb`, ENDED),
  fact('ticket.closed', '4 days', `'requester', requester_id`, `jsonb_build_object('reason', 'solved')`, `state = 'closed'`),
  `insert into search_documents (ticket_id, at, tsv)
    select part.id, part.created_at, setweight(to_tsvector('simple', subject), 'A') || setweight(to_tsvector('simple', p.name), 'B')
      || to_tsvector('simple', number::text) || said
      || array_to_tsvector(array['zstaff', 'zticket' || replace(part.id::text, '-', ''), 'zperson' || replace(requester_id::text, '-', ''), 'zdesk' || replace(desk_id::text, '-', '')])
    from part join people p on p.id = requester_id`,
] // prettier-ignore

/** The chain as the relay would have made it: the same two functions, five hundred facts a seal. */
async function sealAll(client: pg.Client) {
  await client.query(`do $$
    declare previous bytea; after uuid := '00000000-0000-0000-0000-000000000000'; until uuid := uuid_floor(now() - interval '1 day');
      ids uuid[]; leaves bytea[];
    begin
      select root into previous from journal_seals order by number desc limit 1;
      previous := coalesce(previous, '\\x');
      loop
        select array_agg(s.id order by s.id), array_agg(s.leaf order by s.id) into ids, leaves
          from (select f.id, fact_leaf(f) as leaf from facts f where f.id > after and f.id < until order by f.id limit 500) s;
        exit when ids is null;
        insert into journal_seals (previous, root, fact_ids) values (previous, seal_root(previous, leaves), ids) returning root into previous;
        after := ids[cardinality(ids)];
      end loop;
    end $$`)
}

/** Who was given a ticket stands in its search document: by the product's own indexer, as a grant would have it. */
export async function indexGranted(app: App, client: pg.Client) {
  const { rows } = await client.query<{ ticket_id: string }>('select ticket_id from grants order by ticket_id')
  for (let at = 0; at < rows.length; at += 100)
    await indexTickets(
      app,
      rows
        .slice(at, at + 100)
        .map(({ ticket_id }) => ({ fact_id: ticket_id, kind: 'ticket.opened', ticket_id, about: {} })),
    )
}

async function numbersOf(client: pg.Client, condition: string): Promise<string[]> {
  const { rows } = await client.query<{ number: string }>(
    `select t.number::text as number from tickets t where ${condition} order by md5(t.number::text) limit 200`,
  )
  return rows.map((row) => row.number)
}

/** The product's own checks, and its own indexer on some tickets: they must find nothing to say and nothing to change. */
async function check(app: App, client: pg.Client, say: (line: string) => void) {
  const { rows: before } = await client.query<{ id: string; tsv: string }>(
    `select ticket_id as id, strip(tsv)::text as tsv from search_documents order by ticket_id desc limit 20`,
  )
  if (before.length === 0) throw new Error('the seed wrote no search rows')
  const ids = before.map(({ id }) => id)
  await indexTickets(
    app,
    ids.map((ticket_id) => ({ fact_id: ticket_id, kind: 'ticket.opened', ticket_id, about: {} })),
  )
  const { rows: after } = await client.query<{ id: string; tsv: string }>(
    `select ticket_id as id, strip(tsv)::text as tsv from search_documents where ticket_id = any ($1::uuid[]) order by ticket_id desc`,
    [ids],
  )
  if (JSON.stringify(before) !== JSON.stringify(after)) throw new Error('the seed writes other search rows than Pandu')
  const verdicts = [await verifyJournal(app), await verifyBlobs(app)]
  const faults = verdicts.flatMap((verdict) => verdict.faults)
  if (faults.length > 0) throw new Error(`the seed does not verify: ${faults.slice(0, 5).join('; ')}`)
  say(`seeding: verified ${JSON.stringify(Object.assign({}, ...verdicts.map((verdict) => verdict.seen)))}`)
}
