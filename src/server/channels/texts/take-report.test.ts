import { sql } from 'kysely'
import { afterEach, expect, test } from 'vitest'
import { system, write } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { useDatabase } from '../../platform/testing.ts'
import { queueMessages } from '../queue-messages.ts'
import { kannelReport } from '../sms/kannel/item.ts'
import { reportMark } from './report-mark.ts'
import { openTextSender } from './send-texts.ts'
import { takeReport } from './take-report.ts'
import { aGateway, aText } from './testing-texts.ts'

const database = useDatabase({ PANDU_SMS_GATEWAY: 'kannel:http://u:p@gateway.contoh.test/cgi-bin/sendsms#name=satu' })
const ends: (() => void)[] = []
afterEach(() => ends.splice(0).forEach((end) => end()))

const reportOf = (id: string, query: string) =>
  kannelReport(
    database.app().secrets,
    {
      method: 'GET',
      target: `/channels/sms/kannel/report/satu?of=${reportMark(database.app().secrets, id)}&${query}`,
      headers: { 'user-agent': 'Kannel/1.4.5' },
      body: Buffer.alloc(0),
      remote: '127.0.0.1',
    },
    'satu',
  )!
const report = (id: string, query: string) => takeReport(database.app(), reportOf(id, query))
const items = async (id: string) =>
  (
    await sql<{
      outcome: string | null
      reason: string | null
      ticket_id: string | null
      duplicate_of: string | null
      raw: Buffer
    }>`
      select outcome, reason, ticket_id, duplicate_of, raw from intake_items
      where position(${reportMark(database.app().secrets, id)} in encode(raw, 'escape')) > 0 order by id`.execute(
      database.app().worker,
    )
  ).rows
const stateOf = async (id: string) =>
  await database
    .app()
    .worker.selectFrom('outbox')
    .select(['state', 'last_error'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
const sums = async () =>
  Object.fromEntries(
    (
      await sql<{ name: string; sum: number }>`select name, sum(delta)::int as sum from count_deltas
        where name like 'intake.sms.%' group by name`.execute(database.app().worker)
    ).rows.map(({ name, sum }) => [name.slice('intake.sms.'.length), sum]),
  )

/** Texts that the gateway took. */
async function sent(count: number, about_id?: string): Promise<string[]> {
  const ids = await write(database.app(), system, (ctx) =>
    queueMessages(
      ctx,
      Array.from({ length: count }, (_, index) =>
        aText({ recipient: `+62812345600${10 + index}`, ...(about_id ? { about_id, about_number: '7' } : {}) }),
      ),
    ),
  )
  const gateway = aGateway('kannel:http://u:p@gateway.contoh.test/cgi-bin/sendsms#name=satu')
  gateway.answer = () => ({ state: 'accepted', ids: [null] })
  const sender = openTextSender(database.app(), [gateway])
  ends.push(() => sender.stop())
  do await sender.idle()
  while (await sender.sendDue())
  await sender.idle()
  return ids
}

test('reports that come together are settled with what they change, each once, in any order; what came twice is told there', async () => {
  const about_id = newId()
  const [arrived, failed, taken] = (await sent(3, about_id)) as [string, string, string]
  const before = await sums()
  expect(
    await Promise.all([
      report(arrived, 'type=1&at=1795288683'),
      report(arrived, 'type=8&at=1795288682'),
      report(failed, 'type=2&answer=id%3A4+stat%3AUNDELIV+err%3A034'),
      report(taken, 'type=8&at=1'),
      report(taken, 'type=8&at=1'),
      report(taken, 'type=99'),
    ]),
  ).toEqual(Array.from({ length: 6 }, () => ({ waits: false })))
  expect(await stateOf(arrived)).toEqual({ state: 'delivered', last_error: null })
  expect(await stateOf(failed)).toEqual({ state: 'failed', last_error: 'UNDELIV 034' })
  expect(await stateOf(taken)).toEqual({ state: 'sent', last_error: null })
  expect(await items(arrived)).toMatchObject([
    { outcome: 'report', reason: 'delivery_report', ticket_id: about_id },
    { outcome: 'report', reason: 'delivery_report', ticket_id: about_id },
  ])
  const known = await items(taken)
  expect(known.map(({ outcome, reason }) => [outcome, reason]).sort()).toEqual([
    ['duplicate', null],
    ['report', 'delivery_report'],
    ['report', 'report_unknown'],
  ])
  const after = await sums()
  expect(['received', 'report', 'duplicate'].map((name) => (after[name] ?? 0) - (before[name] ?? 0))).toEqual([6, 5, 1])
  const facts = await database
    .app()
    .worker.selectFrom('facts')
    .select('about')
    .where('kind', '=', 'outbox.failed')
    .execute()
  expect(facts.map(({ about }) => (about as { outbox_id: string }).outbox_id)).toEqual([failed])
  // The end that came first stays.
  await report(failed, 'type=8&at=2')
  await report(arrived, 'type=2&answer=NACK')
  expect([(await stateOf(failed)).state, (await stateOf(arrived)).state]).toEqual(['failed', 'delivered'])
})

test('a report of a text that nobody knows is kept and changes nothing', async () => {
  const id = newId()
  expect(await report(id, 'type=1')).toEqual({ waits: false })
  expect(await items(id)).toMatchObject([{ outcome: 'report', reason: 'delivery_report', ticket_id: null }])
})

test('while somebody holds the text its report waits in the ledger, with its bytes, and is read there later', async () => {
  const [id] = (await sent(1)) as [string]
  const client = await database.app().worker_pool.connect()
  await client.query('begin')
  await client.query('select from outbox where id = $1 for update', [id])
  expect(await report(id, 'type=1')).toEqual({ waits: true })
  await client.query('rollback')
  client.release()
  const [item, ...more] = await items(id)
  expect(more).toEqual([])
  expect(item).toMatchObject({ outcome: null })
  expect(Buffer.from(item!.raw).equals(Buffer.from(reportOf(id, 'type=1').item.raw))).toBe(true)
  expect((await stateOf(id)).state).toBe('sent')
  // Asked again by the gateway, it is the same.
  expect(await report(id, 'type=1')).toEqual({ waits: false })
  expect((await items(id)).map(({ outcome }) => outcome).sort()).toEqual(['duplicate', null])
})
