import { expect, test } from 'vitest'
import { system, type StaffActor, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { blockedAmong, blockSender, isBlocked, listBlockedSenders, unblockSender } from './blocked-senders.ts'
import { listItems, seeItem } from './list-items.ts'
import { listOutbox, seeOutboxRow } from './list-outbox.ts'
import { keepPieces, missingPieces } from './mail-pieces.ts'
import { queueMessages } from './queue-messages.ts'
import { settleItems } from './settle-items.ts'
import { takeItems } from './take-items.ts'

const database = useDatabase()

/** An item and an outgoing mail about a ticket that nobody here holds, and a waiting item about none. */
async function aLedger(ctx: Writing) {
  const ticket = { id: newId(), number: '100014' }
  const given = { channel: 'email' as const, raw: Buffer.from('x'), recipients: ['helpdesk@contoh.id'] }
  const [settled, waiting] = await takeItems(ctx, [
    { ...given, fingerprint: 'satu' },
    { ...given, fingerprint: 'dua' },
  ])
  await settleItems(ctx, [{ id: settled!.id, outcome: 'ticket', ticket }])
  const [outbox_id] = await queueMessages(ctx, [
    {
      channel: 'email',
      kind: 'reply',
      recipient: 'sari@contoh.id',
      subject: 'Jawaban',
      text: 'Coba ini.',
      language: 'id',
      automatic: false,
      about_id: ticket.id,
      about_number: ticket.number,
    },
  ])
  return { settled: settled!.id, waiting: waiting!.id, outbox_id: outbox_id! }
}
const anAgent = async (ctx: Writing): Promise<StaffActor> => aStaff(ctx, { desk: await aDesk(ctx) })

test(
  'an agent sees neither the item nor the mail of a ticket of another desk, and of items without a ticket those sent to the own desk',
  database.story(async ({ as }) => {
    const scene = await as(system)
    const { settled, waiting, outbox_id } = await aLedger(scene)
    const desk = await aDesk(scene, { mail_local_part: 'mejakami' })
    const given = { channel: 'email' as const, raw: Buffer.from('y'), recipients: ['mejakami@contoh.id'] }
    const [ours] = await takeItems(scene, [{ ...given, fingerprint: 'tiga' }])
    const [again] = await takeItems(scene, [{ ...given, recipients: ['helpdesk@contoh.id'], fingerprint: 'satu' }])
    const ctx = await as(await aStaff(scene, { desk }))
    expect((await listItems(ctx)).items.map((item) => item.id)).toEqual([ours!.id])
    // What waits at the secretariat, a duplicate of another desk's request, and that request itself do not exist here.
    for (const id of [waiting, again!.id, settled])
      await expect(seeItem(ctx, id)).rejects.toMatchObject({ kind: 'not_found' })
    expect((await listOutbox(ctx)).items).toEqual([])
    await expect(seeOutboxRow(ctx, outbox_id)).rejects.toMatchObject({ kind: 'not_found' })
  }),
)

test(
  'the secretariat sees both with the ticket’s number, page by page; a requester and the public see nothing',
  database.story(async ({ as }) => {
    const scene = await as(system)
    const { settled, waiting, outbox_id } = await aLedger(scene)
    const secretary = { ...(await anAgent(scene)), sees_all: true }
    const ctx = await as(secretary)
    const first = await listItems(ctx, { limit: 1 })
    expect([first.items[0]!.id, first.next]).toEqual([waiting, waiting])
    const second = await listItems(ctx, { limit: 1, cursor: first.next! })
    expect([second.items[0]!.id, second.next]).toEqual([settled, null])
    expect(second.items[0]!.ticket?.number).toBe('100014')
    expect(await listItems(ctx, { outcome: 'waiting' })).toMatchObject({ items: [{ id: waiting }] })
    expect((await listOutbox(ctx)).items).toMatchObject([
      { id: outbox_id, state: 'waiting', ticket: { number: '100014' } },
    ])
    const refused = { kind: 'invalid', faults: [{ path: 'cursor' }] }
    await expect(listItems(ctx, { cursor: 'apa' })).rejects.toMatchObject(refused)
    await expect(listOutbox(ctx, { cursor: 'apa' })).rejects.toMatchObject(refused)
    for (const actor of [
      { kind: 'public' } as const,
      { kind: 'requester', person_id: newId(), ticket_id: newId() } as const,
    ]) {
      const outside = await as(actor)
      expect((await listItems(outside)).items).toEqual([])
      expect((await listOutbox(outside)).items).toEqual([])
    }
  }),
)

test(
  'an agent of one desk blocks nobody for the whole country, and sees and lifts no block',
  database.story(async ({ as, facts }) => {
    const scene = await as(system)
    const ctx = await as({ ...(await anAgent(scene)), sees_all: false })
    const block = { channel: 'email' as const, address: 'siti@contoh.go.id', reason: 'salah' }
    await expect(blockSender(ctx, block)).rejects.toMatchObject({ kind: 'forbidden', key: 'sender_block' })
    for (const unseen of [unblockSender(ctx, block), listBlockedSenders(ctx)])
      await expect(unseen).rejects.toMatchObject({ kind: 'not_found' })
    expect(await isBlocked(await as(system), 'email', block.address)).toBe(false)
    expect(await facts()).not.toContain('sender.blocked')
  }),
)

test(
  'a sender is blocked once, in any spelling, and unblocked with a fact for each',
  database.story(async ({ as, facts }) => {
    const scene = await as(system)
    const agent = { ...(await anAgent(scene)), sees_all: true }
    const ctx = await as(agent)
    const block = { channel: 'email' as const, address: 'Iklan@Contoh.COM', reason: 'iklan' }
    await blockSender(ctx, block)
    await blockSender(ctx, block)
    expect(await listBlockedSenders(ctx)).toMatchObject([
      { address: 'iklan@contoh.com', blocked_by: { id: agent.person_id } },
    ])
    expect(await blockedAmong(ctx, 'email', ['IKLAN@contoh.com', 'sari@contoh.id'])).toEqual(
      new Set(['IKLAN@contoh.com']),
    )
    await unblockSender(ctx, block)
    expect(await isBlocked(ctx, 'email', 'iklan@contoh.com')).toBe(false)
    await expect(unblockSender(ctx, block)).rejects.toMatchObject({ kind: 'not_found' })
    expect((await facts()).filter((kind) => kind.startsWith('sender.'))).toEqual(['sender.blocked', 'sender.unblocked'])
  }),
)

test(
  'pieces of a mail that was cut are as visible as the items in which they lie, and no page writes them',
  database.story(async ({ as }) => {
    const scene = await as(system)
    const desk = await aDesk(scene, { mail_local_part: 'mejapotongan' })
    const given = { channel: 'email' as const, raw: Buffer.from('x') }
    const [ours, theirs] = await takeItems(scene, [
      { ...given, recipients: ['mejapotongan@contoh.id'], fingerprint: 'potong-satu' },
      { ...given, recipients: ['helpdesk@contoh.id'], fingerprint: 'potong-dua' },
    ])
    const piece = { sender: 'sari@contoh.id', partial_id: 'a', total: 3, body_sha256: 'x' }
    await keepPieces(scene, [
      { ...piece, item_id: ours!.id, number: 1 },
      { ...piece, item_id: theirs!.id, number: 2 },
    ])
    const ctx = await as(await aStaff(scene, { desk }))
    expect(await missingPieces(ctx, [ours!.id, theirs!.id])).toEqual({
      [ours!.id]: { found: [1], missing: [2, 3], total: 3 },
    })
    await expect(keepPieces(ctx, [{ ...piece, item_id: ours!.id, number: 3 }])).rejects.toMatchObject({ code: '42501' })
  }),
)
