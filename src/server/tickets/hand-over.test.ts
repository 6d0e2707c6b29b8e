import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { aDesk, aStaff } from '../desks/testing.ts'
import { system, type StaffActor, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { disableAccount } from '../people/index.ts'
import { assign, handOver, heldBy, noteDraftsOf, saveDraft, shareOut } from './index.ts'
import { aTicket } from './testing.ts'

const database = useDatabase()

const anAccountOf = async (ctx: Writing, { person_id }: StaffActor) => {
  await ctx.tx.insertInto('accounts').values({ person_id, auth_user_id: newId() }).execute()
  await sql`update contact_points set verified_at = now() where person_id = ${person_id}::uuid`.execute(ctx.tx)
}

test('evenly: each to whoever of its desk has the fewest; a desk without anybody takes its own back', () => {
  const ticket = (id: string, desk_id: string) => ({ id, number: id, subject: '', desk_id })
  const colleague = (person_id: string, desk_id: string, open_count: number) => ({
    person_id,
    name: '',
    desk_id,
    open_count,
  })
  const tickets = [ticket('1', 'a'), ticket('2', 'a'), ticket('3', 'a'), ticket('4', 'b'), ticket('5', 'c')]
  const colleagues = [colleague('x', 'a', 1), colleague('y', 'a', 0), colleague('x', 'b', 1)]
  const to = (receiver: string) => shareOut(tickets, colleagues, receiver).map(({ person_id }) => person_id)
  expect(to('evenly')).toEqual(['y', 'x', 'y', 'x', null])
  expect(to('y')).toEqual(['y', 'y', 'y', null, null])
  expect(to('nobody')).toEqual([null, null, null, null, null])
})

test(
  'somebody leaves: their requests are shared out, one fact each, one mail each, and what they had written can be read',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const desk = await aDesk(setting)
    const administrator = await aStaff(setting, { role: 'administrator' })
    const [leaver, first, second] = [
      await aStaff(setting, { desk, name: 'Petugas Pergi Contoh' }),
      await aStaff(setting, { desk }),
      await aStaff(setting, { desk }),
    ]
    for (const one of [administrator, leaver, first, second]) await anAccountOf(setting, one)
    const tickets = []
    for (let number = 0; number < 5; number++) {
      const ticket = await aTicket(await as(system), { desk })
      await assign(await as(leaver), { ticket_id: ticket.id, desk_id: desk.id, person_id: leaver.person_id })
      tickets.push(ticket)
    }
    await saveDraft(await as(leaver), {
      ticket_id: tickets[0]!.id,
      kind: 'reply',
      fields: { text: 'Coba ganti kabelnya.' },
    })
    await expect(handOver(await as(first), { from_id: leaver.person_id, to: 'evenly' })).rejects.toMatchObject({
      kind: 'forbidden',
    })

    const ctx = await as(administrator)
    // Of an account that is open nobody else reads a draft.
    expect(await heldBy(ctx, leaver.person_id)).toMatchObject({ total: 5, drafts: 0 })
    expect(await noteDraftsOf(ctx, leaver.person_id)).toBe(0)
    await disableAccount(ctx, { person_id: leaver.person_id })
    expect(await heldBy(ctx, leaver.person_id)).toMatchObject({ total: 5, drafts: 1 })
    expect(await handOver(ctx, { from_id: leaver.person_id, to: 'evenly' })).toEqual({ given: 5, returned: 0, left: 0 })
    expect(await handOver(ctx, { from_id: leaver.person_id, to: 'evenly' })).toEqual({ given: 0, returned: 0, left: 0 })

    const { tx } = await as(system)
    const holders = await tx
      .selectFrom('tickets')
      .select('holder_person_id')
      .where(
        'id',
        'in',
        tickets.map(({ id }) => id),
      )
      .execute()
    const counts = [first, second].map(
      ({ person_id }) => holders.filter((row) => row.holder_person_id === person_id).length,
    )
    expect(counts.toSorted()).toEqual([2, 3])
    const mails = await tx.selectFrom('outbox').select(['recipient_id', 'text']).where('kind', '=', 'notice').execute()
    expect(mails.map((mail) => mail.recipient_id).toSorted()).toEqual([first.person_id, second.person_id].toSorted())
    const notes = await tx
      .selectFrom('messages')
      .select(['text', 'author_id'])
      .where('direction', '=', 'note')
      .execute()
    expect(notes).toMatchObject([
      { author_id: administrator.person_id, text: expect.stringContaining('Coba ganti kabelnya.') as unknown },
    ])
    for (const { id } of tickets) expect((await facts(id)).filter((kind) => kind === 'ticket.handed')).toHaveLength(2)
  }),
)

test(
  'to a colleague of one desk: what another desk holds goes back to that desk; a stranger gets nothing',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const [desk, other] = [await aDesk(setting), await aDesk(setting)]
    const administrator = await aStaff(setting, { role: 'administrator' })
    const [leaver, colleague, stranger] = [
      await aStaff(setting, { desk }),
      await aStaff(setting, { desk }),
      await aStaff(setting),
    ]
    await setting.tx
      .insertInto('desk_members')
      .values({ desk_id: other.id, person_id: leaver.person_id, role: 'agent' })
      .execute()
    for (const one of [leaver, colleague, stranger]) await anAccountOf(setting, one)
    const [here, there] = [await aTicket(setting, { desk }), await aTicket(setting, { desk: other })]
    await sql`update tickets set holder_person_id = ${leaver.person_id}::uuid where id = any (${[here.id, there.id]}::uuid[])`.execute(
      setting.tx,
    )
    const ctx = await as(administrator)
    await expect(handOver(ctx, { from_id: leaver.person_id, to: stranger.person_id })).rejects.toMatchObject({
      kind: 'invalid',
    })
    expect(await handOver(ctx, { from_id: leaver.person_id, to: colleague.person_id })).toEqual({
      given: 1,
      returned: 1,
      left: 0,
    })
    expect(await facts(here.id)).toContain('ticket.handed')
    expect(await facts(there.id)).toContain('ticket.released')
  }),
)
