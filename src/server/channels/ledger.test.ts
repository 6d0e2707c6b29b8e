import { expect, test } from 'vitest'
import { system, write } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { claimItems, releaseItems } from './claim-items.ts'
import { fingerprint } from './email/fingerprint.ts'
import { OutcomeUnknown, type ReceivedMail } from './email/index.ts'
import { intakeSummary } from './intake-summary.ts'
import { listItems, rawItem, seeItem } from './list-items.ts'
import { settleItems, unsettleItem } from './settle-items.ts'
import { takeItems } from './take-items.ts'
import { takeMail } from './take-mail.ts'

const database = useDatabase()

const aMail = (given: Partial<ReceivedMail> & { text?: string } = {}): ReceivedMail => ({
  raw: Buffer.from(`From: sari@contoh.id\r\nSubject: Halo\r\n\r\n${given.text ?? newId()}\r\n`),
  envelope_from: 'sari@contoh.id',
  recipients: ['helpdesk@contoh.id'],
  remote: '127.0.0.1',
  greeting: 'mail.contoh.id',
  ...given,
})
const reading = <T>(work: (ctx: Parameters<typeof settleItems>[0]) => Promise<T>) => write(database.app(), system, work)
const gather = async (stream: AsyncIterable<unknown>) => {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

test('a mail stands in the ledger with its bytes, small or large, and waits', async () => {
  const small = aMail()
  const large = aMail({ raw: Buffer.concat([Buffer.from('Subject: besar\r\n\r\n'), Buffer.alloc(300_000, 'a')]) })
  for (const mail of [small, large]) {
    const { id, duplicate_of } = await takeMail(database.app(), mail)
    expect(duplicate_of).toBeNull()
    await reading(async (ctx) => {
      expect(await seeItem(ctx, id)).toMatchObject({
        channel: 'email',
        outcome: null,
        recipients: ['helpdesk@contoh.id'],
      })
      const { bytes } = await rawItem(ctx, id)
      expect((await gather(bytes)).equals(mail.raw)).toBe(true)
    })
  }
})

test('a mail that waits for somebody else’s commit holds up no other', async () => {
  const app = database.app()
  const twin = aMail()
  let waits = Promise.resolve({ id: '', duplicate_of: '' as string | null })
  await write(app, system, async (ctx) => {
    await takeItems(ctx, [{ channel: 'email', raw: twin.raw, fingerprint: fingerprint(twin.raw), recipients: [] }])
    waits = takeMail(app, twin)
    // Committed while the first one waits for us.
    for (let turn = 0; turn < 3; turn++) expect((await takeMail(app, aMail())).duplicate_of).toBeNull()
  })
  expect((await waits).duplicate_of).not.toBeNull()
})

test('the same mail again, by another route and at once, is one item with all recipients, and the rest are duplicates', async () => {
  const text = newId()
  const before = await reading(intakeSummary)
  const taken = await Promise.all(
    Array.from({ length: 8 }, (_, number) => {
      const mail = aMail({ text, recipients: [number % 2 ? 'helpdesk@contoh.id' : 'papua@contoh.id'] })
      return takeMail(database.app(), {
        ...mail,
        raw: Buffer.concat([Buffer.from(`Received: from ${number}\r\n`), mail.raw]),
      })
    }),
  )
  const first = taken.filter((item) => item.duplicate_of === null)
  expect(first).toHaveLength(1)
  expect(taken.filter((item) => item.duplicate_of === first[0]!.id)).toHaveLength(7)
  await reading(async (ctx) => {
    expect((await seeItem(ctx, first[0]!.id)).recipients.toSorted()).toEqual(['helpdesk@contoh.id', 'papua@contoh.id'])
    const after = await intakeSummary(ctx)
    expect(after.received - before.received).toBe(8)
    expect(after.duplicate - before.duplicate).toBe(7)
  })
})

test('one byte of difference makes another item', async () => {
  const text = newId()
  await takeMail(database.app(), aMail({ text }))
  expect((await takeMail(database.app(), aMail({ text: text + '!' }))).duplicate_of).toBeNull()
})

test('an item has one outcome, and received is always the sum of the others', async () => {
  const { id } = await takeMail(database.app(), aMail())
  const ticket = { id: newId(), number: '100014' }
  await reading(async (ctx) => {
    expect(await settleItems(ctx, [{ id, outcome: 'ticket', ticket, text: 'x'.repeat(600) }])).toEqual([id])
    expect(await settleItems(ctx, [{ id, outcome: 'refused', reason: 'blocked' }])).toEqual([])
  })
  await reading(async (ctx) => {
    expect(await seeItem(ctx, id)).toMatchObject({ outcome: 'ticket', ticket, reason: null })
    const { items } = await listItems(ctx, { outcome: 'ticket' })
    expect(items.find((item) => item.id === id)?.text).toHaveLength(500)
    const { received, by_channel: _, ...others } = await intakeSummary(ctx)
    expect(received).toBe(Object.values(others).reduce((sum, count) => sum + count, 0))
  })
})

test('a quarantined item can be read once more, and the sums follow', async () => {
  const { id } = await takeMail(database.app(), aMail())
  await reading((ctx) => settleItems(ctx, [{ id, outcome: 'quarantined', reason: 'time' }]))
  const before = await reading(intakeSummary)
  expect(await reading((ctx) => unsettleItem(ctx, id))).toBe(true)
  expect(await reading((ctx) => unsettleItem(ctx, id))).toBe(false)
  const after = await reading(intakeSummary)
  expect([
    after.quarantined - before.quarantined,
    after.waiting - before.waiting,
    after.received - before.received,
  ]).toEqual([-1, 1, 0])
})

test('a claimed item is nobody else’s, and what died once comes alone', async () => {
  const app = database.app()
  const ids = [(await takeMail(app, aMail())).id, (await takeMail(app, aMail())).id]
  const both = await Promise.all([claimItems(app, ['email'], true), claimItems(app, ['email'], true)])
  const claimed = both.flat().map((item) => item.id)
  expect(new Set(claimed).size).toBe(claimed.length)
  expect(claimed).toEqual(expect.arrayContaining(ids))
  expect(await claimItems(app, ['email'], true)).toEqual([])
  // the process dies: its leases end
  await app.worker
    .updateTable('intake_items')
    .set({ lease_until: new Date(0) })
    .where('outcome', 'is', null)
    .execute()
  expect(await claimItems(app, ['email'], true)).toEqual([])
  const alone = await claimItems(app, ['email'], false)
  expect(alone).toHaveLength(1)
  expect(alone[0]!.attempts).toBe(2)
  await releaseItems(app, [alone[0]!.id])
  const again = (await claimItems(app, ['email'], false))[0]!
  expect(again).toMatchObject({ id: alone[0]!.id, attempts: 2 })
  // It dies once more: those that died less often come before it, though they are younger.
  await app.worker
    .updateTable('intake_items')
    .set({ lease_until: new Date(0) })
    .where('outcome', 'is', null)
    .execute()
  const next = (await claimItems(app, ['email'], false))[0]!
  expect(next.id > again.id).toBe(true)
  expect(next.attempts).toBe(2)
})

test('a connection lost during the commit is looked up, and without an answer there is none', async () => {
  const app = database.app()
  const lost = (afterwards: boolean) => ({
    ...app,
    worker_pool: Object.assign(Object.create(app.worker_pool) as typeof app.worker_pool, {
      query: app.worker_pool.query.bind(app.worker_pool),
      connect: async () => {
        const client = await app.worker_pool.connect()
        return {
          query: async (text: string, values: unknown[]) => {
            if (afterwards) await client.query(text, values)
            throw new Error('Connection terminated unexpectedly')
          },
          release: () => client.release(),
        }
      },
    }),
  })
  const mail = aMail()
  const { id } = await takeMail(lost(true), mail)
  expect(await reading((ctx) => seeItem(ctx, id))).toMatchObject({ outcome: null })
  await expect(takeMail(lost(false), aMail())).rejects.toBeInstanceOf(OutcomeUnknown)
})

test(
  'items of one transaction with the same fingerprint are one item and a duplicate',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const item = { channel: 'web' as const, raw: Buffer.from('{}'), fingerprint: 'sama', recipients: [] }
    const [first, second] = await takeItems(ctx, [item, item])
    expect([first!.duplicate_of, second!.duplicate_of]).toEqual([null, first!.id])
  }),
)

test(
  'a duplicate shows the sender and the words of the first one: it has the same bytes and is not read again',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const item = { channel: 'web' as const, raw: Buffer.from('{}'), fingerprint: 'sama lagi', recipients: [] }
    const [first, second] = await takeItems(ctx, [item, item])
    await settleItems(ctx, [
      {
        id: first!.id,
        outcome: 'refused',
        reason: 'blocked',
        sender: { name: 'Sari Contoh', address: 'sari@contoh.id' },
        subject: 'Halo',
        text: 'Pencetak mati.',
      },
    ])
    const words = {
      sender: { name: 'Sari Contoh', address: 'sari@contoh.id' },
      subject: 'Halo',
      text: 'Pencetak mati.',
    }
    expect(await seeItem(ctx, second!.id)).toMatchObject({ ...words, outcome: 'duplicate', duplicate_of: first!.id })
    expect((await listItems(ctx, { outcome: 'duplicate', limit: 1 })).items).toMatchObject([
      { id: second!.id, ...words },
    ])
  }),
)
