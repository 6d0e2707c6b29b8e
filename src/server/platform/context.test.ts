import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { enter, everybody, read, system, write } from './context.ts'
import { newId } from './ids.ts'
import { countHit } from './limits.ts'
import { useDatabase } from './testing.ts'

const database = useDatabase()
const GUARDED = [
  'tickets',
  'ticket_desks',
  'messages',
  'attachments',
  'participants',
  'people',
  'contact_points',
  'consents',
  'intake_items',
  'outbox',
  'acknowledgements',
  'blocked_senders',
  'resolutions',
  'closures',
  'ratings',
  'clocks',
  'facts',
  'journal_details',
]

describe('a transaction', () => {
  test('read() cannot write: PostgreSQL refuses', async () => {
    await expect(
      read(database.app(), system, (ctx) =>
        sql`insert into holidays values ('2030-01-01', 'national', 'x', 'y')`.execute(ctx.db as never),
      ),
    ).rejects.toMatchObject({ code: '25006' })
  })
  test('read() answers what is asked at once, of one moment, and nothing that is asked when it is over', async () => {
    const seen = await read(database.app(), everybody, async (ctx) => {
      const ask = (sort: number) =>
        sql<{ now: Date; sort: number }>`select now() as now, ${sort}::int as sort`.execute(ctx.db)
      const answers = await Promise.all([ask(1), ask(2), ask(3)])
      expect(answers.map(({ rows }) => rows[0])).toEqual([1, 2, 3].map((sort) => ({ now: ctx.now, sort })))
      return ctx
    })
    await expect(sql`select 4`.execute(seen.db)).rejects.toThrow('after the end')
  })
  test('read() that is told the time asks its first questions with the beginning, and as whoever acts', async () => {
    const [person_id, now] = [newId(), new Date(1_800_000_000_000)]
    const asked = await read(
      database.app(),
      { kind: 'requester', person_id, ticket_id: newId() },
      async (ctx) => ({
        now: ctx.now,
        ...(
          await sql<{ person: string; read_only: string }>`select current_setting('pandu.person') as person,
            current_setting('transaction_read_only') as read_only`.execute(ctx.db)
        ).rows[0],
      }),
      { now },
    )
    expect(asked).toEqual({ now, person: person_id, read_only: 'on' })
    // A beginning that fails is heard, whatever the questions would have answered.
    const nobody = { kind: 'requester', person_id: '\0', ticket_id: '' } as const
    await expect(read(database.app(), nobody, async () => 'answered', { now })).rejects.toMatchObject({ code: '22021' })
  })
  test('a transaction that read is over before its connection is asked anything else, and soon where nobody asks', async () => {
    const app = database.app()
    const person = { kind: 'requester', person_id: newId(), ticket_id: newId() } as const
    interface Stand {
      pid: number
      person: string
      read_only: string
    }
    const stand = sql<Stand>`select pg_backend_pid() as pid, coalesce(current_setting('pandu.person', true), '') as person,
      current_setting('transaction_read_only') as read_only`
    const asking = async () => (await read(app, person, (ctx) => stand.execute(ctx.db))).rows[0]!
    const asked = await asking()
    expect(asked).toMatchObject({ person: person.person_id, read_only: 'on' })
    // The same connection, by the pool's own way and by another transaction.
    expect((await stand.execute(app.web)).rows).toEqual([{ pid: asked.pid, person: '', read_only: 'off' }])
    expect((await asking()).pid).toBe(asked.pid)
    const written = await write(app, everybody, async (ctx) => (await stand.execute(ctx.tx)).rows[0])
    expect(written).toEqual({ pid: asked.pid, person: '', read_only: 'off' })
    await app.web.connection().execute(async (other) => {
      await stand.execute(other)
      const { pid } = await asking()
      expect(pid).not.toBe(asked.pid)
      const state = sql<{ state: string }>`select state from pg_stat_activity where pid = ${pid}`
      await expect.poll(async () => (await state.execute(other)).rows[0]?.state).toBe('idle')
    })
  })
  test('a question that comes in the very moment of the end is asked in its transaction or not at all', async () => {
    const app = database.app()
    const answers: string[] = []
    // Nobody knows how many turns lie between a question and its being sent: the end comes at each of them.
    for (let turn = 0; turn < 40; turn++) {
      const late: Promise<unknown>[] = []
      await write(app, { kind: 'requester', person_id: newId(), ticket_id: newId() }, async (ctx) => {
        const question = sql<{ person: string }>`select current_setting('pandu.person') as person`.execute(ctx.tx)
        late.push(
          question.then(({ rows }) => answers.push(rows[0]!.person === '' ? 'outside' : 'inside')).catch(() => null),
        )
        for (let step = 0; step < turn; step++) await Promise.resolve()
        throw new Error('no')
      }).catch(() => null)
      await Promise.all(late)
    }
    expect(answers).toContain('inside')
    expect(answers).not.toContain('outside')
  })
  test('whoever was refused finds none of their own locks when they come again at once', async () => {
    const app = database.app()
    const isFree = sql<{ free: boolean }>`select pg_try_advisory_xact_lock(4711) as free`
    for (let turn = 0; turn < 50; turn++) {
      const refused = write(app, everybody, async (ctx) => {
        await isFree.execute(ctx.tx)
        throw new Error('no')
      })
      await expect(refused).rejects.toThrow('no')
      const { rows } = await write(app, everybody, (ctx) => isFree.execute(ctx.tx))
      expect(rows).toEqual([{ free: true }])
    }
  })
  test('read() gives its connection back as it got it, also when a question fails while others are under way', async () => {
    const app = database.app()
    for (let turn = 0; turn < 20; turn++)
      await expect(
        read(app, everybody, (ctx) =>
          Promise.all([
            sql`select pg_sleep(0.01)`.execute(ctx.db),
            sql`select 1 / 0`.execute(ctx.db),
            sql`select 2`.execute(ctx.db),
          ]),
        ),
      ).rejects.toMatchObject({ code: '22012' })
    expect(await read(app, everybody, async (ctx) => (await sql`select 1 as one`.execute(ctx.db)).rows)).toEqual([
      { one: 1 },
    ])
    expect(app.web_pool.waitingCount).toBe(0)
  })
  test('write() rolls back when the work throws, and then pokes nobody', async () => {
    let after = 0
    await expect(
      write(database.app(), system, async (ctx) => {
        ctx.afterCommit(() => after++)
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(after).toBe(0)
    await write(database.app(), system, async (ctx) => ctx.afterCommit(() => after++))
    expect(after).toBe(1)
  })
  test('who acts is forgotten at the end of it, also on a connection that is used again', async () => {
    const app = database.app()
    const staff = {
      kind: 'staff',
      person_id: '0198c9aa-0000-7000-8000-000000000001',
      name: 'Contoh',
      language: 'id',
      roles: [],
      desks: [],
      sees_all: true,
    } as const
    await read(app, staff, async (ctx) => {
      const { rows } = await sql<{ all: boolean }>`select actor_sees_all() as all`.execute(ctx.db as never)
      expect(rows[0]?.all).toBe(true)
    })
    for (let i = 0; i < 8; i++) {
      const { rows } = await sql<{
        all: boolean
        person: string | null
      }>`select actor_sees_all() as all, actor_person() as person`.execute(app.web)
      expect(rows[0]).toEqual({ all: false, person: null })
    }
  })
})

describe('the wall', () => {
  test('stands on every guarded table, and the web role can neither pass nor own it', async () => {
    const { rows } = await sql<{
      relname: string
    }>`select relname from pg_class where relrowsecurity and relkind in ('r', 'p')
      and relnamespace = 'public'::regnamespace`.execute(database.app().web)
    const walled = rows.map((row) => row.relname)
    expect(GUARDED.filter((table) => !walled.includes(table))).toEqual([])
    const role = await sql<{
      strong: boolean
    }>`select rolsuper or rolbypassrls as strong from pg_roles where rolname = current_user`.execute(database.app().web)
    expect(role.rows[0]?.strong).toBe(false)
    const owned = await sql<{
      n: number
    }>`select count(*)::int as n from pg_class where relowner = current_user::regrole`.execute(database.app().web)
    expect(owned.rows[0]?.n).toBe(0)
  })
  test(
    'shows nothing to nobody',
    database.story(async ({ as }) => {
      const ctx = await as(everybody)
      for (const table of GUARDED) {
        const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(ctx.tx)
        expect([table, rows[0]?.n]).toEqual([table, 0])
      }
    }),
  )
})

describe('a limit', () => {
  test('counts across transactions and refuses above its number', async () => {
    const hit = (whom: string) =>
      enter(database.app(), 'intake', (ctx) =>
        countHit(ctx, { name: 'test', whom, max: 3, window_seconds: 1_000_000_000 }),
      )
    await Promise.all([hit('a'), hit('a'), hit('a'), hit('b')])
    await expect(hit('a')).rejects.toMatchObject({ kind: 'too_many' })
    await hit('b')
    const { rows } = await sql<{ bucket: string }>`select bucket from limit_hits`.execute(database.app().worker)
    expect(rows.every((row) => row.bucket.length === 43)).toBe(true)
  })
})
