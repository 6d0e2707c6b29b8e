import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { aStaff } from '../desks/testing.ts'
import { system } from './context.ts'
import { limitOf } from './limit-catalog.ts'
import { countAttempt, countHit } from './limits.ts'
import { listLimits, setLimits } from './set-limits.ts'
import { useDatabase } from './testing.ts'

const database = useDatabase()

test(
  'whoever has a network of IPv6 is one: no address of it is counted by itself, alone or beside an account',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const from = (host: string, account = '') =>
      countHit(ctx, { name: 'contoh', whom: `${account}${host}`, max: 2, window_seconds: 3600 })
    for (const account of ['', 'sari@contoh.example ']) {
      for (const host of ['2001:db8:7:7::1', '2001:db8:7:7:ffff::2']) await from(host, account)
      await expect(from('2001:db8:7:7:1:2:3:4', account)).rejects.toMatchObject({ kind: 'too_many' })
      await from('2001:db8:7:8::1', account)
    }
  }),
)

test(
  'a limit that an administrator sets holds at once, within its bounds, and goes back to what it came with',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const administrator = await aStaff(setting, { role: 'administrator' })
    const agent = await aStaff(setting)
    const set = async (value: number) => setLimits(await as(administrator), { limits: [{ name: 'answer', value }] })
    await expect(set(9)).rejects.toMatchObject({ kind: 'invalid', faults: [{ path: 'answer' }] })
    await expect(setLimits(await as(agent), { limits: [] })).rejects.toMatchObject({ kind: 'forbidden' })
    const stranger = await as(agent)
    await sql`savepoint stranger`.execute(stranger.tx)
    await expect(
      sql`insert into set_limits (name, most, set_by) values ('answer', 5, ${agent.person_id}::uuid)`.execute(
        stranger.tx,
      ),
    ).rejects.toMatchObject({ code: '42501' })
    await sql`rollback to savepoint stranger`.execute(stranger.tx)

    await set(10)
    expect((await listLimits(await as(administrator))).find(({ name }) => name === 'answer')).toMatchObject({
      value: 10,
      original: 60,
    })
    const ctx = await as(system)
    for (let hit = 0; hit < 10; hit++) await countHit(ctx, limitOf('answer', 'contoh'))
    await expect(countHit(ctx, limitOf('answer', 'contoh'))).rejects.toMatchObject({ kind: 'too_many' })
    await expect(countAttempt(ctx, [limitOf('answer', 'contoh')])).rejects.toMatchObject({ kind: 'too_many' })
    await set(60)
    await countHit(await as(system), limitOf('answer', 'contoh'))
    const { tx } = await as(system)
    expect((await sql`select from set_limits`.execute(tx)).rows).toEqual([])
    expect((await facts()).filter((kind) => kind === 'limit.changed')).toHaveLength(2)
  }),
)
