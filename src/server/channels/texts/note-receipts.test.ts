import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, type Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { useDatabase } from '../../platform/testing.ts'
import { aDesk, aStaff } from '../../desks/testing.ts'
import { aPerson } from '../../people/testing.ts'
import { aTicketWithAgent } from '../../tickets/testing.ts'
import { mutedAmong, unmuteWriters } from '../mute-addresses.ts'
import { queueMessages } from '../queue-messages.ts'
import { mayWrite } from './may-write.ts'
import { applyEarlyReceipts, noteReceipts, type NewReceipt } from './note-receipts.ts'
import { settleTexts } from './settle-texts.ts'
import { aText } from './testing-texts.ts'

const database = useDatabase()

type State = NewReceipt['state']
const aReceipt = (of: NewReceipt['of'], state: State, given: Partial<NewReceipt> = {}): NewReceipt => ({
  kind: 'receipt',
  gateway: 'satu',
  of,
  state,
  at: null,
  error: null,
  item_id: newId(),
  ...given,
})
const row = (ctx: Writing, id: string) =>
  ctx.db.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const stateOf = async (ctx: Writing, id: string) => (await row(ctx, id)).state

/** A text that the gateway took in so many parts, `a-1`, `a-2` … */
async function aSentText(ctx: Writing, name: string, parts: number): Promise<string> {
  const [id] = await queueMessages(ctx, [aText({ about_id: newId(), about_number: '100014' })])
  await ctx.tx.updateTable('outbox').set({ state: 'sending', attempts: 1 }).where('id', '=', id!).execute()
  await settleTexts(ctx, [
    {
      text: { id: id!, attempts: 1, not_before: ctx.now, about_id: null, unanswered: 0, channel: 'sms', text: '' },
      gateway: 'satu',
      outcome: { state: 'accepted', ids: Array.from({ length: parts }, (_, index) => `${name}-${index + 1}`) },
    },
  ])
  return id!
}
const failedFacts = (ctx: Writing, id: string) =>
  ctx.db
    .selectFrom('facts')
    .select('id')
    .where('kind', '=', 'outbox.failed')
    .where(sql`about ->> 'outbox_id'`, '=', id)
    .execute()

test(
  'a text is delivered when all its parts are, and failed when one is; then a fact says so, once',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const [good, bad] = [await aSentText(ctx, 'a', 2), await aSentText(ctx, 'b', 2)]
    const noted = await noteReceipts(ctx, [
      aReceipt({ remote_id: 'a-1' }, 'delivered'),
      aReceipt({ remote_id: 'b-1' }, 'delivered'),
      aReceipt({ remote_id: 'lain' }, 'delivered'),
    ])
    expect(noted).toMatchObject([{ outbox_id: good, ticket: { number: '100014' } }, { outbox_id: bad }, null])
    expect([await stateOf(ctx, good), await stateOf(ctx, bad)]).toEqual(['sent', 'sent'])
    await noteReceipts(ctx, [
      aReceipt({ remote_id: 'a-2' }, 'delivered'),
      aReceipt({ remote_id: 'b-2' }, 'failed', { error: 'UNDELIV\0 000' }),
    ])
    expect(await row(ctx, good)).toMatchObject({ state: 'delivered', delivered_at: ctx.now, last_error: null })
    expect(await row(ctx, bad)).toMatchObject({ state: 'failed', last_error: 'UNDELIV 000' })
    await noteReceipts(ctx, [
      aReceipt({ remote_id: 'b-2' }, 'failed'),
      aReceipt({ remote_id: 'a-1' }, 'failed'),
      aReceipt({ remote_id: 'b-2' }, 'delivered'),
    ])
    expect([await stateOf(ctx, good), await stateOf(ctx, bad)]).toEqual(['delivered', 'failed'])
    expect(await failedFacts(ctx, bad)).toHaveLength(1)
    expect(await failedFacts(ctx, good)).toEqual([])
  }),
)

test(
  'read is delivered, and its moment stays the first',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const id = await aSentText(ctx, 'a', 1)
    const first = new Date('2026-11-22T03:00:00Z')
    await noteReceipts(ctx, [aReceipt({ remote_id: 'a-1' }, 'read', { at: first })])
    await noteReceipts(ctx, [aReceipt({ remote_id: 'a-1' }, 'read', { at: new Date('2026-11-22T04:00:00Z') })])
    expect(await row(ctx, id)).toMatchObject({ state: 'delivered', read_at: first })
  }),
)

test(
  'a report that nobody knows yet waits; one about a number that was used before does not count for the next text',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const { rows } = await sql<{ old: string }>`select uuid_floor(now() - interval '1 hour') as old`.execute(ctx.tx)
    const { old } = rows[0]!
    await noteReceipts(ctx, [
      aReceipt({ remote_id: 'a-1' }, 'delivered', { item_id: old }),
      aReceipt({ remote_id: 'b-1' }, 'delivered'),
    ])
    const [first, second] = [await aSentText(ctx, 'a', 1), await aSentText(ctx, 'b', 1)]
    expect([await stateOf(ctx, first), await stateOf(ctx, second)]).toEqual(['sent', 'delivered'])
    // Two transactions that did not see each other: it is found when things are tidied.
    const third = await aSentText(ctx, 'c', 1)
    await ctx.tx
      .insertInto('early_reports')
      .values({ gateway: 'satu', remote_id: 'c-1', state: 'failed', at: ctx.now, error: 'UNDELIV', item_id: newId() })
      .execute()
    expect(await applyEarlyReceipts(ctx)).toBe(1)
    expect(await stateOf(ctx, third)).toBe('failed')
    // The gateway begins to count anew: what it calls a-1 now is the new text.
    const fourth = await aSentText(ctx, 'a', 1)
    await noteReceipts(ctx, [aReceipt({ remote_id: 'a-1' }, 'delivered')])
    expect([await stateOf(ctx, first), await stateOf(ctx, fourth)]).toEqual(['sent', 'delivered'])
  }),
)

test(
  'a report by our own name is about the whole text or one part of it; about a text that was never handed over it is nothing',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const id = await aSentText(ctx, 'a', 3)
    const [waiting] = await queueMessages(ctx, [aText()])
    const noted = await noteReceipts(ctx, [
      aReceipt({ outbox_id: id, number: 2 }, 'delivered'),
      aReceipt({ outbox_id: waiting!, number: null }, 'delivered'),
      aReceipt({ outbox_id: newId(), number: null }, 'delivered'),
    ])
    expect(noted.map((one) => one?.outbox_id ?? null)).toEqual([id, null, null])
    expect([await stateOf(ctx, id), await stateOf(ctx, waiting!)]).toEqual(['sent', 'waiting'])
    await noteReceipts(ctx, [aReceipt({ outbox_id: id, number: null }, 'delivered')])
    expect(await stateOf(ctx, id)).toBe('delivered')
  }),
)

test(
  'any order and doubling of any reports gives a state that never steps back, and the same end for each part as its first end',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    let seed = 20261122
    const next = (n: number) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % n
    const states: State[] = ['sent', 'delivered', 'read', 'failed']
    const ranks: Record<string, number> = { sending: 0, sent: 1, delivered: 2, failed: 2 }
    const ends = new Set<string>()
    for (let round = 0; round < 40; round++) {
      const name = `r${round}`
      const parts = 1 + next(3)
      const receipts = Array.from({ length: 1 + next(8) }, () =>
        aReceipt({ remote_id: `${name}-${1 + next(parts)}` }, states[next(4)]!),
      )
      // Some before the answer, the rest in calls of some at once, and some twice.
      const early = receipts.splice(0, next(3))
      await noteReceipts(ctx, early)
      const id = await aSentText(ctx, name, parts)
      const seen = [await stateOf(ctx, id)]
      while (receipts.length > 0) {
        const some = receipts.splice(0, 1 + next(3))
        await noteReceipts(ctx, next(2) === 0 ? [...some, ...some] : some)
        seen.push(await stateOf(ctx, id))
      }
      for (const [index, state] of seen.entries()) {
        const before = seen[index - 1] ?? 'sending'
        expect(ranks[state]! >= ranks[before]!, `${before} → ${state}`).toBe(true)
        if (ranks[before] === 2) expect(state).toBe(before)
      }
      const rows = await ctx.db.selectFrom('outbox_parts').select('state').where('outbox_id', '=', id).execute()
      const end = seen.at(-1)!
      ends.add(end)
      if (end === 'delivered') expect(rows.every(({ state }) => state === 'delivered')).toBe(true)
      expect(await failedFacts(ctx, id)).toHaveLength(end === 'failed' ? 1 : 0)
    }
    expect([...ends].sort()).toEqual(['delivered', 'failed', 'sent'])
  }),
)

test(
  'a number that nobody has gets no SMS for 60 days, and whoever sees the number sees it; an SMS from it ends that',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const number = '+6281234567890'
    const requester = await aPerson(ctx, { phone: number })
    const { agent: staff } = await aTicketWithAgent(ctx, { requester })
    const stranger = await aStaff(ctx, { desk: await aDesk(ctx) })
    const off = await aSentText(ctx, 'c', 1)
    await noteReceipts(ctx, [aReceipt({ remote_id: 'c-1' }, 'failed', { error: 'EXPIRED 027' })])
    expect(await stateOf(ctx, off)).toBe('failed')
    expect(await mutedAmong(await as(staff), [number])).toEqual([])

    await aSentText(await as(system), 'd', 1)
    await noteReceipts(await as(system), [aReceipt({ remote_id: 'd-1' }, 'failed', { error: 'UNDELIV 001' })])
    const whom = { channel: 'sms', address: number } as const
    expect(await mayWrite(await as(system), whom)).toMatchObject({ may: false, why: 'muted' })
    expect(await mutedAmong(await as(staff), [number])).toMatchObject([{ address: number, status: 'UNDELIV 001' }])
    expect(await mayWrite(await as(staff), whom)).toMatchObject({ may: false, why: 'muted' })
    expect(await mutedAmong(await as(stranger), [number])).toEqual([])
    await unmuteWriters(await as(system), [number])
    expect(await mutedAmong(await as(staff), [number])).toEqual([])
    expect(await mayWrite(await as(system), whom)).toMatchObject({ may: true })
  }),
)
