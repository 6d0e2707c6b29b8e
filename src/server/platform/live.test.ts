import { inject, expect, test } from 'vitest'
import { sql } from 'kysely'
import { announceIn, openLive, type News } from './live.ts'
import { newId } from './ids.ts'
import { openLog } from './log.ts'
import { useDatabase } from './testing.ts'

const database = useDatabase()
const log = openLog({ PANDU_LOG: 'silent' })

async function aProcess(limits?: Parameters<typeof openLive>[2]) {
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(database.app().worker)
  const connection = {
    host: inject('postgres_socket'),
    port: inject('postgres_port'),
    user: 'pandu_web',
    database: rows[0]!.name,
  }
  return openLive(connection, log, limits)
}
const aMember = (person_id = 'orang-contoh') => {
  const heard: (News | null)[] = []
  const ends: string[] = []
  return {
    heard,
    ends,
    member: { person_id, hear: (news: News | null) => heard.push(news), end: (why: string) => ends.push(why) },
  }
}
const ticket = (id: string) => ({ id, desk_ids: ['meja-contoh'] })

test('what one process announces is heard in another, gathered and each ticket once', async () => {
  const [here, there] = [await aProcess(), await aProcess()]
  const { heard, member } = aMember()
  there.join(member)
  here.announce({ what: 'presence', tickets: [ticket('a')] })
  here.announce({ what: 'presence', tickets: [ticket('a'), ticket('b')] })
  here.announce({ what: 'changed', tickets: Array.from({ length: 70 }, (_, n) => ticket(`c${n}`)) })
  await expect.poll(() => heard.flatMap((news) => news?.tickets ?? []).length).toBe(72)
  expect(heard.filter((news) => news?.what === 'presence')).toEqual([
    { what: 'presence', tickets: [ticket('a'), ticket('b')] },
  ])
  await Promise.all([here.stop(), there.stop()])
})

test('after its connection broke it listens again, and says that something may have been missed', async () => {
  const live = await aProcess()
  const { heard, member } = aMember()
  live.join(member)
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'pandu live' and datname = current_database() and usename = 'pandu_web'`.execute(
    database.app().web,
  )
  await expect.poll(() => heard, { timeout: 30_000 }).toContain(null)
  live.announce({ what: 'changed', tickets: [ticket('a')] })
  await expect.poll(() => heard.at(-1)).toEqual({ what: 'changed', tickets: [ticket('a')] })
  await live.stop()
})

test('a page that was read before hears what it lacks; of another process, or after too much, nobody knows', async () => {
  const [live, other] = [await aProcess(), await aProcess()]
  const { heard, member } = aMember()
  live.join(member)
  const tell = async (id: string) => {
    live.announce({ what: 'changed', tickets: [ticket(id)] })
    await expect.poll(() => heard.at(-1)?.tickets[0]?.id, { timeout: 30_000 }).toBe(id)
  }
  const start = live.position()
  expect(live.after(start)).toEqual([])
  await tell('a')
  const after_a = live.position()
  await tell('b')
  const news = (id: string) => ({ what: 'changed', tickets: [ticket(id)] })
  expect(live.after(start)).toEqual([news('a'), news('b')])
  expect(live.after(after_a)).toEqual([news('b')])
  expect(live.after(live.position())).toEqual([])
  for (const unknown of ['', 'x', other.position()]) expect(live.after(unknown), unknown).toBeNull()
  await sql`select pg_notify('pandu_live', jsonb_set(${JSON.stringify(news('c'))}::jsonb, '{tickets,0,id}', to_jsonb('n' || n))::text)
    from generate_series(1, 1000) n`.execute(database.app().web)
  await expect.poll(() => heard.at(-1)?.tickets[0]?.id, { timeout: 30_000 }).toBe('n1000')
  expect(live.after(after_a)).toBeNull()
  expect(live.after(live.position())).toEqual([])
  await Promise.all([live.stop(), other.stop()])
})

test('one person has so many desks open and no more: the oldest makes room; a full house takes nobody', async () => {
  const live = await aProcess({ each_max: 2, all_max: 3 })
  const mine = [aMember(), aMember(), aMember()]
  for (const { member } of mine) expect(live.join(member)).not.toBeNull()
  expect(mine.map(({ ends }) => ends)).toEqual([['crowded'], [], []])
  expect(live.size()).toBe(2)
  expect(live.join(aMember('orang-lain').member)).not.toBeNull()
  expect(live.join(aMember('orang-ketiga').member)).toBeNull()
  await live.stop()
  expect(mine.map(({ ends }) => ends)).toEqual([['crowded'], ['stop'], ['stop']])
  expect(live.join(aMember().member)).toBeNull()
})

test('as many tickets as there may be, each with all the desks that may be named and who did it, are told whole', async () => {
  const here = await aProcess()
  const { heard, member } = aMember()
  here.join(member)
  const six = () => Array.from({ length: 6 }, newId)
  const tickets = Array.from({ length: 31 }, () => ({
    id: newId(),
    desk_ids: six(),
    asked_desk_ids: six(),
    by: newId(),
  }))
  await database
    .app()
    .worker.transaction()
    .execute((tx) => announceIn(tx, { what: 'changed', tickets }))
  await expect.poll(() => heard.flatMap((news) => news?.tickets ?? [])).toEqual(tickets)
  await here.stop()
})
