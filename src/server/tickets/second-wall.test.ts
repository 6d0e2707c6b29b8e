/**
 * The second wall alone: no command, no filter, only what PostgreSQL lets the web's role do. For every table that stands behind a policy,
 * as many kinds of people say "select *", "update" and "delete" without a word about whose rows they want.
 */
import { sql, type RawBuilder } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  everybody,
  identify,
  read,
  system,
  write,
  type Actor,
  type Reading,
  type Writing,
} from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { anOrganisation, aPerson } from '../people/testing.ts'
import { giveGrants, recordConsents } from '../people/index.ts'
import { note } from './note.ts'
import { aTicket, aTicketWithAgent, theRequester } from './testing.ts'

const database = useDatabase()

/** Tables without a policy, and why nobody's secret stands in them. The web's role reads them all; some it writes, by commands that ask may.ts. */
const OPEN: Record<string, string> = {
  migrations: 'which steps the schema took',
  // told on public pages or to whoever asks the API without a token
  regions: 'public',
  holidays: 'public',
  organisations: 'a public directory: names, kinds and places of institutions',
  desks: 'a public directory',
  desk_regions: 'a public directory',
  desk_competences: 'a public directory',
  desk_hours: 'a public directory',
  topics: 'public',
  competences: 'public',
  urgencies: 'public',
  operator: 'public: who runs this installation',
  pages: 'public',
  phone_lines: 'public: our own telephone numbers',
  whatsapp_templates: 'whoever gets these words reads them',
  answer_times: 'told to everybody who asks something',
  quiet_rules: 'told to everybody who asks something',
  // ids and sums without a person or an organisation
  counts: 'sums of the whole installation',
  count_deltas: 'sums of the whole installation',
  paid_texts: 'sums of the whole installation',
  journal_pending: 'ids of facts that wait for a second',
  journal_seals: 'sums over the journal, and the ids of facts',
  blobs: 'sums, sizes and types; what a file belongs to stands behind a policy',
  mailboxes: 'how our own mailbox goes; its name is in the settings',
  mailbox_marks: 'numbers of mails in our own mailbox',
  telegram_bots: 'how our own bot goes; its name is public',
  telegram_updates: 'numbers of updates of our own bot',
  reference_columns: 'names of columns',
  // views with the owner's rights, tried below like every guarded table
  actor_ticket_desks: 'the actor’s own desks only, by its condition',
  actor_grants: 'the actor’s own grants only, by its condition',
  actor_mine: 'what the actor holds, by its condition, which is the ticket’s rule',
  actor_held: 'what the actor’s own desks hold, by its condition',
  actor_granted: 'what the actor was given, by its condition',
  actor_elsewhere: 'what the actor’s own desks gave away and what they were given, by its condition',
  actor_meets: 'who stands on the actor’s own tickets, by its condition',
}

/** Reached by the worker's role only: without a right of the web's role there is nothing to forget. */
const isReached = sql`(select bool_or(has_table_privilege('pandu_web', c.oid, right_of) or has_any_column_privilege('pandu_web', c.oid, right_of))
  from unnest(array['select', 'insert', 'update']) right_of)`

async function guardedTables(ctx: Writing): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select c.relname as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and ${isReached}
      and (c.relkind = 'v' or (c.relkind in ('r', 'p') and not c.relispartition and c.relrowsecurity)) order by 1`.execute(
    ctx.db,
  )
  return rows.map(({ name }) => name)
}

describe('the catalogue', () => {
  test(
    'every table that the web’s role reaches stands behind a policy, or is on the list of open ones with its reason',
    database.story(async ({ as }) => {
      const { rows } = await sql<{
        name: string
        guarded: boolean
      }>`select c.relname as name, c.relrowsecurity as guarded from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') and ${isReached} order by 1`.execute(
        (await as(system)).db,
      )
      expect(rows.length).toBeGreaterThan(50)
      expect(rows.filter(({ guarded, name }) => !guarded && !(name in OPEN)).map(({ name }) => name)).toEqual([])
      expect(rows.filter(({ guarded, name }) => guarded && name in OPEN).map(({ name }) => name)).toEqual([])
    }),
  )
  test(
    'the web’s role is no superuser, goes around no policy, owns nothing, is nobody else and becomes nobody else',
    database.story(async ({ as }) => {
      const ctx = await as(system)
      const { rows } = await sql<
        Record<string, unknown>
      >`select r.rolsuper, r.rolbypassrls, r.rolcreaterole, r.rolcreatedb, r.rolreplication,
          (select count(*)::int from pg_class where relowner = r.oid) as owns,
          (select count(*)::int from pg_auth_members where member = r.oid) as is_also,
          (select count(*)::int from pg_class c where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
             and c.relowner <> 'pandu_owner'::regrole) as not_the_owners,
          (select count(*)::int from pg_class c where relispartition and has_table_privilege('pandu_web', c.oid, 'select')) as partitions_read
        from pg_roles r where rolname = 'pandu_web'`.execute(ctx.db)
      expect(rows[0]).toEqual({
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolreplication: false,
        owns: 0,
        is_also: 0,
        not_the_owners: 0,
        partitions_read: 0,
      })
    }),
  )
  test('on its own connection it cannot take another role, switch policies off, or read what signs people in', async () => {
    const app = database.app()
    for (const statement of [
      'set role pandu_worker',
      'set role pandu_owner',
      'set session authorization pandu_worker',
      'set row_security = off; select from tickets',
      'alter table tickets disable row level security',
      'create policy open on tickets using (true)',
      'create table mine ()',
      'select from auth.sessions',
      "set session_replication_role = 'replica'",
    ])
      await expect(app.web_pool.query(statement), statement).rejects.toThrow(
        /permission denied|must be owner|row-level security|cannot set/,
      )
  })
  test(
    'what runs with the owner’s rights for the web’s role is a short list',
    database.story(async ({ as }) => {
      const { rows } = await sql<{ name: string }>`select proname as name from pg_proc
        where pronamespace = 'public'::regnamespace and prosecdef and prorettype <> 'trigger'::regtype
          and has_function_privilege('pandu_web', oid, 'execute') order by 1`.execute((await as(system)).db)
      // Each asks who acts, or answers yes or no about one row. What ends a sign-in asks, too: see the next test.
      expect(rows.map(({ name }) => name)).toEqual(
        [
          'accept_offer_as_actor',
          'actor_coordinates_all',
          'actor_desk_sees',
          'actor_holds',
          'actor_leads',
          'actor_leads_lastingly',
          'actor_leads_unit_of',
          'add_colleague_as_actor',
          'add_duty_contact_as_actor',
          'agreements_that_exist',
          'also_named',
          'decline_offer_as_actor',
          'desks_to_weigh_as_actor',
          'duty_of_desk_as_actor',
          'end_invitations',
          'end_second_factor_as_actor',
          'end_sessions_as_actor',
          'facts_about_person',
          'facts_from_client',
          'find_tickets',
          'is_colleague',
          'is_met',
          'is_restricted',
          'leave_case_as_actor',
          'merge_organisations',
          'merge_people',
          'move_deadline_as_actor',
          'people_met',
          'prove_duty_contact_as_actor',
          'referral_candidates_as_actor',
          'remove_colleague_as_actor',
          'second_factor_required',
          'signs_in_here',
          'stands_nowhere',
          'take_place_as_actor',
          'undo_decline_as_actor',
          'undo_merge',
          'weigh_offers_as_actor',
        ].sort(),
      )
    }),
  )
})

describe('who acts', () => {
  test(
    'ends their own sign-in, and an administrator anybody’s; nobody else can end an administrator’s, by whatever function',
    database.story(async ({ as }) => {
      const setting = await as(system)
      const desk = await aDesk(setting)
      const agent = await aStaff(setting, { desk, role: 'coordinator', sees_all: true })
      const administrator = await aStaff(setting, { role: 'administrator' })
      const begin = async ({ person_id }: { person_id: string }) => {
        const { tx } = await as(system)
        const user_id = newId()
        await sql`insert into auth.users (id, name, email, email_verified) values (${user_id}::uuid, 'Contoh', ${`${user_id}@contoh.example`}, true)`.execute(
          tx,
        )
        await sql`insert into accounts (person_id, auth_user_id) values (${person_id}::uuid, ${user_id}::uuid)
          on conflict (person_id) do update set auth_user_id = excluded.auth_user_id`.execute(tx)
        await sql`insert into auth.sessions (id, expires_at, token, updated_at, user_id)
          values (${newId()}::uuid, now() + interval '1 hour', ${newId()}, now(), ${user_id}::uuid)`.execute(tx)
        await sql`insert into recovery_codes (person_id, locator, code_hash, made_at) values (${person_id}::uuid, ${newId()}, 'x', now())`.execute(
          tx,
        )
        await sql`insert into one_time_links (token_hash, purpose, person_id, expires_at)
          values (${newId()}, 'invite', ${person_id}::uuid, now() + interval '1 hour')`.execute(tx)
      }
      const left = async ({ person_id }: { person_id: string }) =>
        (
          await sql<{ sessions: number; codes: number; links: number }>`select
              (select count(*)::int from auth.sessions s join accounts a on a.auth_user_id = s.user_id where a.person_id = ${person_id}::uuid) as sessions,
              (select count(*)::int from recovery_codes where person_id = ${person_id}::uuid) as codes,
              (select count(*)::int from one_time_links where person_id = ${person_id}::uuid and used_at is null) as links`.execute(
            (await as(system)).tx,
          )
        ).rows[0]
      const ends = async (actor: Actor, names: readonly string[], { person_id }: { person_id: string }) => {
        const { tx } = await as(actor)
        for (const name of names) await sql`select ${sql.id(name)}(${person_id}::uuid)`.execute(tx)
      }
      const asked = ['end_sessions_as_actor', 'end_second_factor_as_actor', 'end_invitations']

      await begin(administrator)
      for (const actor of [agent, everybody])
        for (const name of [...asked, 'end_sessions', 'end_second_factor']) {
          const { tx } = await as(actor)
          await sql`savepoint before`.execute(tx)
          await expect(ends(actor, [name], administrator), `${actor.kind} by ${name}`).rejects.toMatchObject({
            code: '42501',
          })
          await sql`rollback to savepoint before`.execute(tx)
        }
      expect(await left(administrator)).toEqual({ sessions: 1, codes: 1, links: 1 })

      await begin(agent)
      await ends(agent, asked, agent)
      expect(await left(agent), 'their own').toEqual({ sessions: 0, codes: 0, links: 0 })
      await begin(agent)
      await ends(administrator, asked, agent)
      expect(await left(agent), 'by an administrator').toEqual({ sessions: 0, codes: 0, links: 0 })
      await ends(system, ['end_sessions', 'end_second_factor'], administrator)
      expect(await left(administrator), 'by the worker').toEqual({ sessions: 0, codes: 0, links: 1 })
    }),
  )
  test('is forgotten with the transaction: whoever gets the connection next is nobody', async () => {
    const app = database.app()
    const { agent, administrator } = await write(app, system, async (ctx) => {
      const desk = await aDesk(ctx)
      await aTicket(ctx, { desk })
      return { agent: await aStaff(ctx, { desk }), administrator: await aStaff(ctx, { role: 'administrator' }) }
    })
    for (const actor of [agent, administrator]) {
      expect(await read(app, actor, (ctx) => count(ctx, 'tickets'))).toBeGreaterThan(0)
      await expect(
        write(app, actor, async (ctx) => {
          await count(ctx, 'tickets')
          throw new Error('given up')
        }),
      ).rejects.toThrow('given up')
      // More than there are connections in the pool.
      const after = await Promise.all(Array.from({ length: 16 }, () => sql`select from tickets`.execute(app.web)))
      expect(after.every(({ rows }) => rows.length === 0)).toBe(true)
      expect(await read(app, everybody, (ctx) => count(ctx, 'tickets'))).toBe(0)
    }
  })
  test('says nothing that could become another one: ids are checked before they are told to PostgreSQL', async () => {
    const app = database.app()
    const told = (given: Partial<Extract<Actor, { kind: 'staff' }>>) =>
      read(app, { ...somebody(), ...given }, (ctx) =>
        sql<{ all: boolean }>`select actor_sees_all() as all`.execute(ctx.db).then(({ rows }) => rows[0]!.all),
      )
    expect(await told({})).toBe(false)
    expect(await told({ name: "', true), set_config('pandu.sees_all', 'on" })).toBe(false)
    const ctx = told({
      desks: [
        {
          id: "x}', true), set_config('pandu.sees_all','on', true)--",
          name: '',
          kind: '',
          role: 'agent',
          time_zone: '',
        },
      ],
    })
    expect(await ctx).toBe(false)
  })
})

const somebody = (): Extract<Actor, { kind: 'staff' }> => ({
  kind: 'staff',
  person_id: newId(),
  name: 'Contoh',
  language: 'id',
  roles: [],
  desks: [],
  sees_all: false,
})
const count = async (ctx: Pick<Writing, 'db'>, table: string) =>
  (await sql<{ count: number }>`select count(*)::int as count from ${sql.table(table)}`.execute(ctx.db)).rows[0]!.count

describe('without the first wall', () => {
  /** Rows of somebody's office in every guarded table, so that there is something to see. */
  let tables: string[]
  beforeAll(async () => {
    tables = await write(database.app(), system, guardedTables)
  })

  test(
    '"select *" answers the same before and after another office came, in every table',
    database.story(async ({ as }) => {
      const own = await anOffice(await as(system))
      const before = await whatIsSeen(as, own.actors, tables)
      const known = await rowsOf(await as(system), tables)
      await anOffice(await as(system))
      const after = await whatIsSeen(as, own.actors, tables)
      const all = await rowsOf(await as(system), tables)

      // The other office left something in every table (a view of the actor's own shows the system nothing): a table that stayed empty would show nothing of the wall.
      expect(
        tables.filter(
          (table) =>
            !table.startsWith('actor_') && all[table]!.length === known[table]!.length && !(table in STAYS_EMPTY),
        ),
      ).toEqual([])
      for (const [who, seen] of Object.entries(after))
        for (const table of tables) {
          const news = seen[table]!.filter((row) => !before[who]![table]!.includes(row))
          expect(
            news.filter((row) => !isTold(table, row)),
            `${who} reads of ${table}`,
          ).toEqual([])
        }
    }),
  )

  test(
    '"update" and "delete" that name nothing leave every row of the other office as it was',
    database.story(async ({ as }) => {
      const own = await anOffice(await as(system))
      const other = await anOffice(await as(system))
      const shared = (await as(system)).tx
      await makeTrials(shared)
      const settable = await settableColumns(await as(system))
      let tried = 0
      for (const table of tables) {
        const all = (await rowsOf(await as(system), [table]))[table]!
        const theirs = all.filter((row) => other.ids.some((id) => row.includes(id)))
        const statements = [
          ...(settable.get(table) ?? []).map(({ name, value }) => `update "${table}" set "${name}" = ${value}`),
          `delete from "${table}"`,
        ]
        for (const [who, actor] of Object.entries(own.actors))
          for (const { statement, affected, fault } of await tryEach((await as(actor)).tx, statements)) {
            // A rule of the table stopped it for a row that one does see, or there is no right at all.
            if (fault !== null)
              expect(fault).toMatch(/permission denied|row-level security|violates|already|no step|last administrator/)
            else tried++
            if (!affected) continue
            await sql`savepoint before`.execute(shared)
            await sql.raw(statement).execute((await as(actor)).tx)
            const left = (await rowsOf(await as(system), [table]))[table]!
            expect(
              theirs.filter((row) => !left.includes(row)),
              `${who}: ${statement}`,
            ).toEqual([])
            await sql`rollback to savepoint before`.execute(shared)
          }
      }
      expect(tried).toBeGreaterThan(60)
    }),
  )

  test(
    'nobody puts a ticket of others onto their desk, gives themselves a grant, a role, a desk or an account’s key',
    database.story(async ({ as }) => {
      const setting = await as(system)
      const [own, other] = [await anOffice(setting), await anOffice(setting)]
      const [ticket, me] = [other.ticket.id, own.actors.agent.person_id]
      const desk = own.desk.id
      const attempts: RawBuilder<unknown>[] = [
        sql`insert into ticket_desks (ticket_id, desk_id) values (${ticket}::uuid, ${desk}::uuid)`,
        sql`insert into grants (id, person_id, ticket_id, reason) values (gen_random_uuid(), ${me}::uuid, ${ticket}::uuid, 'contoh')`,
        sql`insert into roles (person_id, role) values (${me}::uuid, 'administrator')`,
        sql`insert into desk_members (desk_id, person_id, role) values (${other.desk.id}::uuid, ${me}::uuid, 'coordinator')`,
        sql`insert into one_time_links (token_hash, purpose, person_id, expires_at) values ('x', 'reset', ${other.actors.agent.person_id}::uuid, now())`,
        sql`insert into one_time_links (token_hash, purpose, person_id, expires_at) values ('x', 'invite', ${me}::uuid, now())`,
        sql`insert into tickets (id, subject, channel, requester_id, holder_desk_id) values (gen_random_uuid(), 'x', 'phone', ${own.ticket.requester.id}::uuid, ${other.desk.id}::uuid)`,
        sql`insert into participants (ticket_id, person_id, part) values (${ticket}::uuid, ${me}::uuid, 'participant')`,
        sql`insert into messages (ticket_id, id, direction, channel, text) values (${ticket}::uuid, gen_random_uuid(), 'out', 'web', 'x')`,
        sql`insert into outbox (id, channel, kind, recipient, text, automatic, about_id) values (gen_random_uuid(), 'email', 'reply', 'x@contoh.id', 'x', false, ${ticket}::uuid)`,
        sql`insert into mail_ids (mail_id, ticket_id, origin) values ('x@contoh', ${ticket}::uuid, 'sent')`,
        sql`insert into follow_links (token_hash, ticket_id, person_id) values ('x', ${ticket}::uuid, ${me}::uuid)`,
        sql`insert into ticket_links (ticket_id, other_id, kind) values (${ticket}::uuid, ${own.ticket.id}::uuid, 'related')`,
      ]
      for (const [who, actor] of Object.entries(own.actors))
        for (const [index, statement] of attempts.entries()) {
          const ctx = await as(actor)
          await sql`savepoint before`.execute(ctx.tx)
          await expect(statement.execute(ctx.tx), `${who}, attempt ${index}`).rejects.toThrow(
            /row-level security|permission denied/,
          )
          await sql`rollback to savepoint before`.execute(ctx.tx)
        }
    }),
  )
})

/** Nothing of one office's everyday stands there. */
const STAYS_EMPTY: Record<string, string> = {
  gateway_states: 'of the sender of texts, no office’s',
  blocked_senders: 'the secretariat’s',
  acknowledgements: 'the intake’s',
  api_tokens: 'an administrator’s',
  roles: 'an administrator’s',
  service_accounts: 'the command line’s',
  referral_figures: 'public, one a quarter',
  one_time_links: 'an administrator’s',
  sign_in_providers: 'an administrator’s',
  second_factor_roles: 'an administrator’s',
  retention_rules: 'an administrator’s',
  retention_runs: 'an administrator’s',
  incidents: 'an administrator’s',
  incident_people: 'an administrator’s',
  data_requests: 'the secretariat’s',
  deputies: 'the secretariat’s',
  referral_policy_trials: 'the secretariat’s',
  erasures: 'the secretariat’s',
  unlisted_restores: 'the secretariat’s',
  legal_holds: 'the secretariat’s',
  restrictions: 'the secretariat’s',
  set_limits: 'an administrator’s',
  merges: 'the secretariat’s',
  kept_apart: 'the secretariat’s',
}

/** Who works where is told to whoever works: the name of a colleague, no address. */
const COLLEAGUES = 'Petugas Kantor'
const isTold = (table: string, row: string) =>
  [
    'desk_members',
    'accounts',
    'affiliations',
    'representations',
    'coverage_targets',
    'desk_offices',
    'referral_policies',
  ].includes(table) ||
  (table === 'people' && row.includes(COLLEAGUES))

/** A desk with an agent, a coordinator, somebody who was only given its ticket, its requester, and a row wherever an everyday leaves one. */
async function anOffice(ctx: Writing) {
  const desk = await aDesk(ctx, { mail_local_part: `kantor-${newId().slice(-8)}` })
  const named = (name: string) => ({ name: `${COLLEAGUES} ${name}` })
  const agent = await aStaff(ctx, { desk, ...named('Agen') })
  const coordinator = await aStaff(ctx, { desk, role: 'coordinator', ...named('Koordinator') })
  const given = await aPerson(ctx, named('Pendamping'))
  const { id: organisation_id } = await anOrganisation(ctx)
  const helper = await aDesk(ctx, { kind: 'provider', organisation_id, regions: ['33'] })
  const providers = [
    { id: helper.id, organisation_id, name: helper.name, role: 'agent' as const, time_zone: helper.time_zone },
  ]
  const provider = { ...somebody(), person_id: given.id, name: given.name, providers }
  const file = { name: 'rahasia.txt', type: 'text/plain', size: 1, sha256: newId().replaceAll('-', '').repeat(2) }
  const ticket = await aTicket(ctx, { desk, attachments: [file] })
  const second = await aTicket(ctx, { desk, possible_ticket_id: ticket.id })
  const { id: requester_id, email } = ticket.requester
  for (const { person_id } of [agent, provider])
    await sql`insert into accounts (person_id, auth_user_id) values (${person_id}::uuid, gen_random_uuid())`.execute(
      ctx.tx,
    )
  await giveGrants(ctx, [{ person_id: given.id, ticket_id: ticket.id, source: 'hand', reason: 'contoh', until: null }])
  await recordConsents(ctx, [{ person_id: requester_id, purpose: 'request', text_version: 1, channel: 'web' }])
  await note({ ...ctx, actor: agent }, { ticket_id: ticket.id, text: 'Catatan rahasia' })
  const t = sql`${ticket.id}::uuid`
  const by = sql`${agent.person_id}::uuid`
  const id = sql`gen_random_uuid()`
  const token = `${newId()}${newId()}`
  const [application, affiliation, referral] = [sql`${newId()}::uuid`, sql`${newId()}::uuid`, sql`${newId()}::uuid`]
  const point = newId()
  const code = desk.id
    .slice(-8)
    .toUpperCase()
    .replace(/[01ILOU]/g, '7')
  for (const row of [
    sql`insert into message_htmls (ticket_id, message_id, html) values (${t}, ${ticket.message_id}::uuid, '<p>rahasia</p>')`,
    sql`insert into suggested_participants (ticket_id, normalised, address, message_id) values (${t}, 'x', 'x', ${ticket.message_id}::uuid)`,
    sql`insert into recordings (ticket_id, recorded_by) values (${t}, ${by})`,
    sql`insert into resolutions (ticket_id, id, problem, steps) values (${t}, ${id}, 'rahasia', 'rahasia')`,
    sql`insert into closures (ticket_id, id, reason) values (${t}, ${id}, 'solved')`,
    sql`insert into ratings (ticket_id, id, score) values (${t}, ${id}, 5)`,
    sql`insert into ticket_links (ticket_id, other_id, kind) values (${t}, ${second.id}::uuid, 'related')`,
    sql`insert into follow_links (token_hash, ticket_id, person_id) values (${token}, ${t}, ${requester_id}::uuid)`,
    sql`insert into clocks (ticket_id, id, kind, urgency, desk_id, time_zone, working_minutes, started_at, due_at, sum)
      values (${t}, ${id}, 'answer', 'normal', ${desk.id}::uuid, 'Asia/Jakarta', 1, now(), now(), '[]')`,
    sql`insert into intake_items (id, channel, size, sha256, fingerprint, outcome, settled_at, ticket_id, text)
      values (${newId()}::uuid, 'email', 1, 'x', ${token}, 'ticket', now(), ${t}, 'rahasia')`,
    sql`insert into intake_items (id, channel, size, sha256, fingerprint, outcome, settled_at, recipients, text)
      values (${newId()}::uuid, 'email', 1, 'x', ${token}, 'quarantined', now(), array[${desk.id} || '@contoh.id'], 'rahasia')`,
    sql`insert into mail_pieces (sender, partial_id, number, item_id, body_sha256) select ${email}, ${token}, 1, id, 'x' from intake_items where ticket_id = ${t} limit 1`,
    sql`insert into outbox (id, channel, kind, recipient, text, automatic, about_id) values (${id}, 'email', 'reply', ${email}, 'rahasia', false, ${t})`,
    sql`insert into outbox_parts (outbox_id, number, gateway, handed_at, state_at) select id, 1, 'contoh', now(), now() from outbox where about_id = ${t}`,
    sql`insert into conversations (channel, address) values ('sms', ${token})`,
    sql`insert into received_texts (id, channel, address, receiver, reference, total, last_at)
      values (${id}, 'sms', ${token}, '', '8:1', 2, now())`,
    sql`insert into text_parts (text_id, number, item_id, text, at) select r.id, 1, i.id, 'rahasia', now() from received_texts r, intake_items i where r.address = ${token} and i.ticket_id = ${t} limit 1`,
    sql`insert into mail_ids (mail_id, ticket_id, origin) values (${token}, ${t}, 'sent')`,
    sql`insert into muted_addresses (id, channel, address, status, outbox_id, muted_at, until)
      values (${id}, 'email', ${email}, '5.1.1', ${id}, now(), now())`,
    sql`insert into call_backs (id, desk_id, number, ticket_id, ticket_number, reason, first_at, last_at)
      values (${referral}, ${desk.id}::uuid, '+6281200000001', ${t}, 1, 'missed', now(), now())`,
    sql`insert into calls (id, source, remote_id, desk_id, number, rang_at, at, call_back_id, note)
      values (${id}, 'hand', ${token}, ${desk.id}::uuid, '+6281200000001', now(), now(), ${referral}, 'rahasia')`,
    sql`insert into call_takers (person_id, since, until) values (${by}, now(), now())`,
    sql`insert into notices_off (person_id) values (${by})`,
    sql`insert into done_forms (person_id, form_id, words_hash, name) values (${by}, ${token}, 'x', 'x')`,
    sql`insert into kept_answers (token_id, key, person_id, request_hash, status, body) values (${id}, 'x', ${by}, 'x', 200, 'rahasia')`,
    sql`insert into desk_conflicts (desk_id, organisation_id) values (${helper.id}::uuid, ${organisation_id}::uuid)`,
    sql`insert into desk_offices (desk_id, organisation_id) values (${desk.id}::uuid, ${organisation_id}::uuid)`,
    sql`insert into contact_points (id, person_id, channel, address, normalised) values (${point}::uuid, ${given.id}::uuid, 'email', ${point}, ${point})`,
    sql`insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position)
      values (${id}, ${helper.id}::uuid, ${given.id}::uuid, ${point}::uuid, 'email', 1)`,
    sql`insert into applications (id, kind, channel, form, contact_address, token_hash, organisation_id)
      values (${application}, 'member', 'web', '{}', 'rahasia@contoh.id', ${token}, ${organisation_id}::uuid)`,
    sql`insert into application_words (application_id, id, by_applicant, text) values (${application}, ${id}, true, 'rahasia')`,
    sql`insert into application_files (application_id, id, name, type, size, sha256) select ${application}, ${id}, 'rahasia.pdf', 'x', 1, sha256 from blobs limit 1`,
    sql`insert into organisation_particulars (id, organisation_id, has_legal_form, nib, recorded_at) values (${id}, ${organisation_id}::uuid, false, 'rahasia', now())`,
    sql`insert into competence_proposals (id, desk_id, competence_code, level, kind, title, valid_until, proposed_at)
      select ${application}, ${helper.id}::uuid, code, 1, 'certificate', 'rahasia', now(), now() from competences limit 1`,
    sql`insert into competence_files (proposal_id, id, name, type, size, sha256, at) select ${application}, ${id}, 'rahasia.pdf', 'x', 1, sha256, now() from blobs limit 1`,
    sql`insert into affiliations (id, organisation_id, desk_id, kind, starts_at) values (${affiliation}, ${organisation_id}::uuid, ${helper.id}::uuid, 'member', now())`,
    sql`insert into representations (id, organisation_id, province_code, kind) values (${affiliation}, ${organisation_id}::uuid, '33', 'member')`,
    sql`insert into partner_reviews (id, affiliation_id, province_code, representation_id, due_at) values (${id}, ${affiliation}, '33', ${affiliation}, now())`,
    sql`insert into evidence (id, desk_id, competence_code, level, kind, title) select ${id}, ${helper.id}::uuid, code, 1, 'certificate', 'rahasia' from competences limit 1`,
    sql`insert into coverage_targets (id, provinces, by_date) values (${id}, 38, now())`,
    sql`insert into renewal_reminders (affiliation_id, days, ends_at) values (${affiliation}, 30, now())`,
    sql`insert into referral_policies (version, policy) values (${desk.id}, '{}')`,
    sql`insert into referrals (id, ticket_id, kind, state, referring_desk_id, region_code, province_code, urgency, summary)
      values (${referral}, ${t}, 'free', 'accepted', ${desk.id}::uuid, '33', '33', 'normal', 'rahasia')`,
    sql`insert into referral_decisions (referral_id, number, at, policy_version, seed, needed, candidates, decision, organisation_ids)
      values (${referral}, 1, now(), ${desk.id}, 'x', '{}', '[]', '{}', '{}')`,
    sql`insert into offers (id, referral_id, ticket_id, number, code, desk_id, organisation_id, kind, province_code, state, summary, offered_at, due_at, answered_at)
      values (${referral}, ${referral}, ${t}, 1, ${code}, ${helper.id}::uuid, ${organisation_id}::uuid, 'free', '33', 'accepted', 'rahasia', now(), now() + interval '1 hour', now())`,
    sql`insert into offer_questions (id, offer_id, asked_at, asked_by, asked_via, question) values (${id}, ${referral}, now(), ${given.id}::uuid, 'web', 'rahasia')`,
    sql`insert into desk_pauses (id, desk_id, person_id, via, undo_until) values (${id}, ${helper.id}::uuid, ${given.id}::uuid, 'web', now())`,
    sql`insert into referral_questions (ticket_id, asks) values (${t}, 'topic')`,
    sql`insert into referral_objections (id, referral_id, ticket_id, person_id, words) values (${id}, ${referral}, ${t}, ${requester_id}::uuid, 'rahasia')`,
    sql`insert into paid_needs (id, ticket_id, scope, place, wanted_by, due_at, ends_at, seed)
      values (${referral}, ${t}, 'rahasia', 'rahasia', now(), now(), now(), 'x')`,
    sql`insert into paid_answers (id, need_id, ticket_id, desk_id, organisation_id, position, summary, region_code, wanted_by, due_at, invited_at)
      values (${referral}, ${referral}, ${t}, ${helper.id}::uuid, ${organisation_id}::uuid, 1, 'rahasia', '33', now(), now(), now())`,
    sql`insert into paid_contacts (answer_id, side, person_id, name, addresses, organisation_id)
      values (${referral}, 'requester', ${requester_id}::uuid, 'rahasia', '{}', ${organisation_id}::uuid)`,
    sql`insert into agreements (id, answer_id, desk_id, organisation_id, customer_id, kind, starts_on, ends_on, coverage, response_minutes,
        resolution_minutes, asked_person_id)
      values (${referral}, ${referral}, ${helper.id}::uuid, ${organisation_id}::uuid, ${organisation_id}::uuid, 'support', now(), now(), 'always', 1, 1,
        ${requester_id}::uuid)`,
    sql`insert into journal_details (fact_id, salt, details) select id, 'x', '{}' from facts where ticket_id = ${t} on conflict do nothing`,
  ])
    await row.execute(ctx.tx)
  // What the worker's role may not write is written as whoever writes it.
  await sql`set local role pandu_owner`.execute(ctx.tx)
  await sql`insert into drafts (ticket_id, person_id, kind, fields) values (${t}, ${by}, 'reply', '{"text":"rahasia"}')`.execute(
    ctx.tx,
  )
  await sql`insert into presences (ticket_id, page_id, person_id, doing, turn, until) values (${t}, ${id}, ${by}, 'viewing', 1, now())`.execute(
    ctx.tx,
  )
  await sql`set local role pandu_worker`.execute(ctx.tx)
  return {
    desk,
    ticket,
    /** Whatever is this office's names one of them. */
    ids: [
      helper.id,
      organisation_id,
      desk.id,
      ticket.id,
      second.id,
      requester_id,
      agent.person_id,
      coordinator.person_id,
      given.id,
      email!,
      token,
    ],
    actors: { agent, coordinator, provider, requester: theRequester(ticket), everybody } as const,
  }
}

type As = (actor: Actor) => Promise<Writing>
async function whatIsSeen(as: As, actors: Record<string, Actor>, tables: readonly string[]) {
  const seen: Record<string, Record<string, string[]>> = {}
  for (const [who, actor] of Object.entries(actors)) seen[who] = await rowsOf(await as(actor), tables)
  return seen
}

/** Every row that this role and actor may read, as text; of a table of which single columns may be read, those. */
async function rowsOf(ctx: Writing, tables: readonly string[]): Promise<Record<string, string[]>> {
  const { rows: columns } = await sql<{
    table: string
    names: string[]
  }>`select c.relname as table, array_agg(a.attname::text order by a.attnum) as names
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relname = any (${tables}::text[])
      and has_column_privilege(c.oid, a.attnum, 'select') group by 1`.execute(ctx.db)
  const found: Record<string, string[]> = Object.fromEntries(tables.map((table) => [table, []]))
  for (const { table, names } of columns) {
    const { rows } = await sql<{ row: string }>`select to_jsonb(t)::text as row from (
      select ${sql.join(names.map((name) => sql.ref(name)))} from ${sql.table(table)}) t`.execute(ctx.db)
    found[table] = rows.map(({ row }) => row)
  }
  return found
}

/** Of each table the columns that the web's role may change, with something that is no other row's. */
/** A function of this transaction's own that runs statements as whoever calls it and takes each back: hundreds in one round trip. */
const makeTrials = (tx: Writing['tx']) =>
  sql`create function pg_temp.try_each(statements text[]) returns table (statement text, affected int, fault text) language plpgsql as $$
    begin
      foreach statement in array statements loop
        begin
          execute statement;
          get diagnostics affected = row_count;
          fault := null;
          raise exception using errcode = 'ZZ001';
        exception
          when sqlstate 'ZZ001' then null;
          when others then affected := null; fault := sqlerrm;
        end;
        return next;
      end loop;
    end $$`.execute(tx)
const tryEach = async (tx: Writing['tx'], statements: readonly string[]) =>
  (
    await sql<{ statement: string; affected: number | null; fault: string | null }>`
      select * from pg_temp.try_each(${statements}::text[])`.execute(tx)
  ).rows

async function settableColumns(ctx: Writing) {
  const { rows } = await sql<{
    table: string
    name: string
    value: string
  }>`select c.relname as table, a.attname as name,
      case a.atttypid when 'timestamptz'::regtype then $$timestamptz '2001-01-01'$$ when 'text'::regtype then $$'dirusak'$$ else 'null' end as value
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relrowsecurity
      and has_column_privilege('pandu_web', c.oid, a.attnum, 'update')
      and (a.atttypid in ('timestamptz'::regtype, 'text'::regtype) or not a.attnotnull)
    order by 1, 2`.execute(ctx.db)
  return Map.groupBy(rows, ({ table }) => table)
}

describe('what the rule of a ticket remembers', () => {
  const messagesOf = async (ctx: Reading, ticket_id: string) =>
    (await sql`select from messages where ticket_id = ${ticket_id}::uuid`.execute(ctx.db)).rows.length

  test('is one ticket, in a transaction that only reads, and only while the same person acts', async () => {
    const app = database.app()
    const [one, other] = await write(app, system, async (ctx) => [
      await aTicketWithAgent(ctx),
      await aTicketWithAgent(ctx),
    ])
    await read(app, one.agent, async (ctx) => {
      expect(await messagesOf(ctx, one.ticket.id)).toBe(1)
      expect(await remembered(ctx)).toBe(one.ticket.id)
      expect(await messagesOf(ctx, other.ticket.id)).toBe(0)
      await identify(ctx.db, other.agent)
      expect(await messagesOf(ctx, one.ticket.id)).toBe(0)
      expect(await messagesOf(ctx, other.ticket.id)).toBe(1)
    })
    expect(await read(app, other.agent, (ctx) => messagesOf(ctx, one.ticket.id))).toBe(0)
    await write(app, one.agent, async (ctx) => {
      expect(await messagesOf(ctx, one.ticket.id)).toBe(1)
      expect(await remembered(ctx)).toBe('')
    })
  })

  const remembered = async (ctx: Reading) =>
    (await sql<{ seen: string }>`select current_setting('pandu.seen') as seen`.execute(ctx.db)).rows[0]!.seen
})
