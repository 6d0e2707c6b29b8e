import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { everybody, read } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { listHolidays, listProvinces } from '../regions/index.ts'
import { listCompetences, listDesks, listPages, listTopics, listUrgencies, narrowestDesk, prepare } from './index.ts'

const database = useDatabase()

test('two processes that start at once make one secretariat and everything it needs', async () => {
  const app = database.app()
  await Promise.all([prepare(app), prepare(app), prepare(app)])
  await read(app, everybody, async (ctx) => {
    const desks = await listDesks(ctx)
    expect(desks).toHaveLength(1)
    expect(await narrowestDesk(ctx, '11.01')).toBe(desks[0]!.id)
    expect(await listProvinces(ctx)).toHaveLength(38)
    expect(await listHolidays(ctx, 2026)).toHaveLength(25)
    expect(
      [await listTopics(ctx), await listCompetences(ctx), await listUrgencies(ctx)].map((list) => list.length),
    ).toEqual([13, 30, 4])
    expect((await listPages(ctx)).map((page) => page.slug)).toEqual([
      'tentang',
      'privasi',
      'aksesibilitas',
      'anggaran-dasar',
      'syarat-mitra',
    ])
  })
})

test('the next start changes nothing and asks once', async () => {
  const app = database.app()
  await prepare(app)
  await sql`update regions set name = 'Nama contoh' where code = '31'`.execute(app.worker)
  await sql`delete from holidays where date = '2026-12-24'`.execute(app.worker)
  const asked: string[] = []
  const { query } = app.worker_pool
  const client = await app.worker_pool.connect()
  client.release()
  const original = client.query.bind(client)
  client.query = ((...given: Parameters<typeof query>) => {
    asked.push(String(given[0]))
    return original(...given)
  }) as typeof client.query
  await prepare(app)
  client.query = original
  // begin, who acts, the one check, commit
  expect(asked).toHaveLength(4)
  await read(app, everybody, async (ctx) => {
    expect((await listProvinces(ctx)).find((province) => province.code === '31')?.name).toBe('Nama contoh')
    expect((await listHolidays(ctx, 2026)).map((day) => day.date)).not.toContain('2026-12-24')
    expect(await listDesks(ctx)).toHaveLength(1)
  })
})
