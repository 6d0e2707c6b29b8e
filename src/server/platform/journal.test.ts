import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { everybody, system, write, type StaffActor, type Writing } from './context.ts'
import { newId } from './ids.ts'
import { record } from './journal.ts'
import { relayOnce } from './relay.ts'
import { useDatabase } from './testing.ts'

const database = useDatabase()

describe('a fact', () => {
  test(
    'keeps ids in the journal and words apart, bound by a hash',
    database.story(async ({ as }) => {
      const ctx = await as(system)
      await record(ctx, 'page.saved', {
        about: { slug: 'tentang' },
        details: { title: 'Tentang kami', client: '10.0.0.1' },
      })
      const { rows } = await sql<{ about: unknown; bound: boolean }>`
      select f.about, f.details_hash = sha256(d.salt || convert_to(d.details::text, 'UTF8')) as bound
      from facts f join journal_details d on d.fact_id = f.id`.execute(ctx.tx)
      expect(rows).toEqual([{ about: { slug: 'tentang' }, bound: true }])
    }),
  )

  test(
    'cannot be changed or removed by the web role or the worker, nor can a seal; words are erased by the worker only',
    database.story(async ({ as }) => {
      for (const actor of [everybody, system]) {
        const ctx = await as(actor)
        for (const statement of [
          ...['facts', 'journal_seals', 'facts_default'].flatMap((table) => [
            `delete from ${table}`,
            `truncate ${table}`,
          ]),
          "update facts set kind = 'a.b'",
          'update journal_seals set sealed_at = now()',
          "update journal_details set details = '{}'",
          'truncate journal_details',
          ...(actor.kind === 'system'
            ? []
            : [
                'delete from journal_details',
                'delete from journal_pending',
                'insert into journal_seals default values',
              ]),
        ]) {
          await sql`savepoint attempt`.execute(ctx.tx)
          await expect(sql.raw(statement).execute(ctx.tx), statement).rejects.toMatchObject({ code: '42501' })
          await sql`rollback to savepoint attempt`.execute(ctx.tx)
        }
      }
    }),
  )

  test(
    'is not changed by a slip of the owner either',
    database.story(async ({ as }) => {
      const ctx = await as(system)
      await record(ctx, 'page.saved')
      await sql`reset role`.execute(ctx.tx)
      for (const statement of ["update facts set kind = 'a.b'", 'delete from facts']) {
        await sql`savepoint attempt`.execute(ctx.tx)
        await expect(sql.raw(statement).execute(ctx.tx), statement).rejects.toThrow('only added to')
        await sql`rollback to savepoint attempt`.execute(ctx.tx)
      }
    }),
  )

  test(
    'says by which session and from which address; the address can be erased',
    database.story(async ({ as }) => {
      const staff: StaffActor = {
        kind: 'staff',
        person_id: newId(),
        name: 'Petugas Contoh',
        language: 'id',
        roles: ['administrator'],
        desks: [],
        sees_all: true,
        from: { session_id: newId(), client: '10.0.0.7' },
      }
      const ctx = await as(staff)
      await record(ctx, 'page.saved', { about: { slug: 'tentang' } })
      const { rows } =
        await sql`select f.actor_id, f.about, d.details from facts f join journal_details d on d.fact_id = f.id`.execute(
          ctx.tx,
        )
      expect(rows).toEqual([
        {
          actor_id: staff.person_id,
          about: { slug: 'tentang', session_id: staff.from!.session_id },
          details: { client: '10.0.0.7' },
        },
      ])
    }),
  )
})

describe('the relay', () => {
  const verify = async () => {
    const { rows } = await sql<{ whole: boolean }>`
      select bool_and(s.root = seal_root(s.previous, array(select fact_leaf(f) from unnest(s.fact_ids) with ordinality as u (id, n)
        join facts f on f.id = u.id order by u.n))
        and s.previous = coalesce((select root from journal_seals p where p.number < s.number order by p.number desc limit 1), '\\x'::bytea)) as whole
      from journal_seals s`.execute(database.app().worker)
    return rows[0]?.whole
  }
  const tell = (kind: Parameters<typeof record>[1]) =>
    write(database.app(), system, (ctx: Writing) => record(ctx, kind))

  test('seals what was committed into one chain and adds the jobs that reactions name', async () => {
    await tell('ticket.opened')
    await tell('page.saved')
    expect(await relayOnce(database.app())).toBe(2)
    await tell('ticket.opened')
    expect(await relayOnce(database.app())).toBe(1)
    expect(await relayOnce(database.app())).toBe(0)
    expect(await verify()).toBe(true)
    const { rows } = await sql<{ task: string; facts: number }>`
      select t.identifier as task, sum(json_array_length(j.payload))::int as facts
      from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
      group by 1 order by 1`.execute(database.app().worker)
    expect(rows).toEqual([
      { task: 'intake.acknowledge', facts: 2 },
      { task: 'service_levels.start', facts: 2 },
      { task: 'tickets.index', facts: 2 },
    ])
  })

  test('two relays at once make one chain and seal every fact once', async () => {
    await Promise.all(Array.from({ length: 40 }, () => tell('page.saved')))
    await Promise.all(Array.from({ length: 6 }, () => relayOnce(database.app())))
    while ((await relayOnce(database.app())) > 0);
    const { rows } = await sql<{ sealed: number; facts: number }>`select
      (select count(*) from journal_seals, unnest(fact_ids))::int as sealed, (select count(*) from facts)::int as facts`.execute(
      database.app().worker,
    )
    expect(rows[0]!.sealed).toBe(rows[0]!.facts)
    expect(await verify()).toBe(true)
  })

  test('a rolled-back change leaves no fact', async () => {
    const before = await relayOnce(database.app())
    await expect(
      write(database.app(), system, async (ctx) => {
        await record(ctx, 'page.saved')
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect([before, await relayOnce(database.app())]).toEqual([0, 0])
  })
})
