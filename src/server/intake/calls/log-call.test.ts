/** What somebody at a desk writes down about a call, and who has a number. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, type Actor, type Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { useDatabase } from '../../platform/testing.ts'
import {
  callsOfTicket,
  callViews,
  listCalls,
  listRinging,
  seeCall,
  stayForCalls,
  takeCall,
  takeCalls,
} from '../../channels/index.ts'
import { aDesk, aStaff } from '../../desks/testing.ts'
import { findOrMakePeople } from '../../people/index.ts'
import { listMessages, seeTicket } from '../../tickets/index.ts'
import { findCallers } from './find-callers.ts'
import { keepMissed } from './keep-missed.ts'
import { logCall, markCalledBack, type LogCall } from './log-call.ts'

const database = useDatabase()
const NUMBER = '+6281234567890'
const aCall = (given: Partial<LogCall> = {}): LogCall => ({
  call_id: null,
  caller: '0812-3456-7890',
  ticket_id: null,
  person_id: null,
  name: 'Sari Contoh',
  subject: 'Pencetak mati',
  text: '',
  region_code: null,
  topic_code: null,
  result: 'noted',
  call_back_at: null,
  ...given,
})
type As = (actor: Actor) => Promise<Writing>
async function ring(as: As, desk_id: string, more: { missed?: boolean; number?: string | null } = {}): Promise<string> {
  const ctx = await as(system)
  const id = newId()
  const number = more.number === undefined ? NUMBER : more.number
  await sql`insert into calls (id, source, remote_id, desk_id, number, number_told, rang_at, missed_at, at) values (${id}::uuid, 'contoh', ${id},
    ${desk_id}::uuid, ${number}, ${number ?? ''}, now(), ${more.missed ? sql`now()` : null}, now())`.execute(ctx.tx)
  return id
}
async function twoDesks(as: As) {
  const ctx = await as(system)
  const [desk, elsewhere] = [await aDesk(ctx), await aDesk(ctx)]
  return {
    desk,
    agent: await aStaff(ctx, { desk }),
    colleague: await aStaff(ctx, { desk }),
    other: await aStaff(ctx, { desk: elsewhere }),
  }
}
const textsOf = async (ctx: Writing, ticket_id: string) =>
  (await listMessages(ctx, ticket_id)).map(({ direction, text }) => ({ direction, text }))

test(
  'a new caller is a new ticket; the same one again is known by the number, and a note goes onto what is open',
  database.story(async ({ as, facts }) => {
    const { agent } = await twoDesks(as)
    const ctx = await as(agent)
    expect(await findCallers(ctx, { number: '0812 3456 7890' })).toMatchObject({
      number: NUMBER,
      people: [],
      call_backs: [],
    })
    const first = await logCall(ctx, aCall({ text: 'Sejak kemarin.' }))
    expect(await seeTicket(ctx, { number: first.ticket!.number })).toMatchObject({
      channel: 'phone',
      subject: 'Pencetak mati',
      requester: { name: 'Sari Contoh' },
    })
    expect(await textsOf(ctx, first.ticket!.id)).toEqual([{ direction: 'in', text: 'Pencetak mati\n\nSejak kemarin.' }])
    const { people } = await findCallers(ctx, { number: NUMBER })
    expect(people).toMatchObject([
      { name: 'Sari Contoh', tickets: [{ number: first.ticket!.number, subject: 'Pencetak mati' }] },
    ])

    await logCall(ctx, aCall({ ticket_id: first.ticket!.id, subject: 'Masih mati', name: '' }))
    expect((await textsOf(ctx, first.ticket!.id)).at(-1)).toEqual({ direction: 'note', text: 'Masih mati' })
    const again = await logCall(ctx, aCall({ person_id: people[0]!.id, name: '', subject: 'Layar gelap' }))
    expect((await findCallers(ctx, { number: NUMBER })).people).toHaveLength(1)
    expect((await callsOfTicket(ctx, first.ticket!.id)).map(({ result, agent: who }) => [result, who?.id])).toEqual([
      ['noted', agent.person_id],
      ['noted', agent.person_id],
    ])
    expect(await facts(again.ticket!.id)).toContain('call.logged')
  }),
)

test(
  'a hidden number, and a number that they did not have: it is the chosen person’s, never a second one of the same name',
  database.story(async ({ as }) => {
    const { agent } = await twoDesks(as)
    const ctx = await as(agent)
    await logCall(ctx, aCall())
    const [sari] = (await findCallers(ctx, { number: NUMBER })).people
    const people = () =>
      sql<{ n: number }>`select count(*)::int as n from people where name = 'Sari Contoh'`.execute(ctx.tx)
    for (const caller of ['', 'anonymous', '0813 9999 0000']) {
      const { ticket } = await logCall(ctx, aCall({ caller, person_id: sari!.id, name: '', subject: 'Layar gelap' }))
      expect((await seeTicket(ctx, { number: ticket!.number })).requester.id, caller).toBe(sari!.id)
      // Who hides their number is told where they are known.
      const { rows } = await sql<{ normalised: string }>`select c.normalised from participants p
        join contact_points c on c.id = p.contact_point_id where p.ticket_id = ${ticket!.id}::uuid`.execute(ctx.tx)
      expect(rows).toEqual([{ normalised: caller === '0813 9999 0000' ? '+6281399990000' : NUMBER }])
    }
    expect((await people()).rows).toEqual([{ n: 1 }])
    expect((await findCallers(ctx, { number: '081399990000' })).people.map(({ id }) => id)).toEqual([sari!.id])
  }),
)

test(
  'whoever sees all desks and calls back for one of them has called back for it',
  database.story(async ({ as }) => {
    const { desk, agent } = await twoDesks(as)
    const id = await ring(as, desk.id, { missed: true })
    await keepMissed(await as(system), [
      { id, desk_id: desk.id, number: NUMBER, number_told: NUMBER, at: new Date(), our_number: null, item_id: null },
    ])
    const [owed] = (await findCallers(await as(agent), { number: NUMBER })).call_backs
    const scene = await as(system)
    const secretary = await aStaff(scene, { desk: await aDesk(scene, { kind: 'secretariat' }) })
    await logCall(await as(secretary), aCall({ ticket_id: owed!.ticket_id, name: '', result: 'call_back' }))
    expect((await findCallers(await as(agent), { number: NUMBER })).call_backs).toHaveLength(1)
    await logCall(await as(secretary), aCall({ ticket_id: owed!.ticket_id, name: '' }))
    expect((await findCallers(await as(agent), { number: NUMBER })).call_backs).toEqual([])
  }),
)

test(
  'a shared telephone shows all who have it, of whom the desk knows; nobody is guessed, and another desk sees none of them',
  database.story(async ({ as }) => {
    const { agent, other } = await twoDesks(as)
    const ctx = await as(agent)
    for (const name of ['Ani Contoh', 'Budi Contoh']) await logCall(ctx, aCall({ name }))
    expect((await findCallers(ctx, { number: NUMBER })).people.map(({ name }) => name).toSorted()).toEqual([
      'Ani Contoh',
      'Budi Contoh',
    ])
    expect((await findCallers(await as(other), { number: NUMBER })).people).toEqual([])
    const mine = await as(agent)
    for (const number of ['', 'anonymous', '101', 'bukan nomor'])
      expect((await findCallers(mine, { number })).people, number).toEqual([])
  }),
)

test(
  'a ringing call is seen by its own desk alone; one takes it, the other is told who',
  database.story(async ({ as }) => {
    const { desk, agent, colleague, other } = await twoDesks(as)
    const id = await ring(as, desk.id)
    expect((await listRinging(await as(other))).length).toBe(0)
    await expect(takeCall(await as(other), { id })).rejects.toMatchObject({ kind: 'not_found' })
    const ctx = await as(agent)
    expect((await listRinging(ctx)).map((call) => call.id)).toEqual([id])
    await takeCall(ctx, { id })
    await takeCall(ctx, { id })
    await expect(takeCall(await as(colleague), { id })).rejects.toMatchObject({ kind: 'conflict', key: 'call.taken' })
    expect((await listRinging(await as(colleague)))[0]!.agent).toMatchObject({ id: agent.person_id })
    const { ticket } = await logCall(await as(agent), aCall({ call_id: id }))
    expect(await seeCall(await as(agent), id)).toMatchObject({
      ticket,
      result: 'noted',
      note: 'Pencetak mati',
      is_missed: false,
    })
    expect(await listRinging(await as(agent))).toEqual([])
  }),
)

test(
  'who takes calls is there for as long as their page says so, and no longer',
  database.story(async ({ as }) => {
    const { agent } = await twoDesks(as)
    const ctx = await as(agent)
    expect(await stayForCalls(ctx)).toBe(false)
    await takeCalls(ctx, { on: true, extension: '101' })
    expect(await stayForCalls(ctx)).toBe(true)
    const later = { ...ctx, now: new Date(ctx.now.getTime() + 151_000) }
    expect(await stayForCalls(later), 'their pages are closed').toBe(false)
    await takeCalls(ctx, { on: false })
    expect(await stayForCalls(ctx)).toBe(false)
  }),
)

test(
  'whoever reaches a missed caller ends the waiting, and so does whoever only says so; "call again" goes on with a time',
  database.story(async ({ as, facts }) => {
    const { desk, agent, other } = await twoDesks(as)
    const miss = async () => {
      const id = await ring(as, desk.id, { missed: true })
      const call = {
        id,
        desk_id: desk.id,
        number: NUMBER,
        number_told: NUMBER,
        at: new Date(),
        our_number: null,
        item_id: null,
      }
      await keepMissed(await as(system), [call])
    }
    await miss()
    await miss()
    const waiting = async () =>
      (await listCalls(await as(agent), { view: 'call_back', today_since: new Date(0) })).calls.map(
        ({ call_back }) => call_back!,
      )
    const [owed] = await waiting()
    expect(owed).toMatchObject({ times: 2, reason: 'missed', done_at: null })
    const [found] = (await findCallers(await as(agent), { number: NUMBER })).call_backs
    await expect(markCalledBack(await as(other), { call_back_id: owed!.id })).rejects.toMatchObject({
      kind: 'not_found',
    })

    const at = new Date('2031-03-05T03:00:00Z')
    await logCall(await as(agent), aCall({ ticket_id: found!.ticket_id, result: 'call_back', call_back_at: at }))
    expect(await waiting()).toMatchObject([{ id: owed!.id, times: 2 }])
    expect(new Date((await waiting())[0]!.planned_at!)).toEqual(at)
    await logCall(await as(agent), aCall({ ticket_id: found!.ticket_id }))
    expect(await waiting()).toEqual([])
    expect(await facts(found!.ticket_id)).toContain('call.called_back')

    await miss()
    const [again] = await waiting()
    expect(again!.id).not.toBe(owed!.id)
    await markCalledBack(await as(agent), { call_back_id: again!.id })
    await expect(markCalledBack(await as(agent), { call_back_id: again!.id })).rejects.toMatchObject({
      kind: 'conflict',
    })
  }),
)

test(
  'what cannot be written down is said by field: no word, no number, nobody',
  database.story(async ({ as }) => {
    const { agent } = await twoDesks(as)
    const ctx = await as(agent)
    const paths = (given: Partial<LogCall>) =>
      logCall(ctx, aCall(given)).then(
        () => 'done',
        (refusal: { faults: { path: string }[] }) => refusal.faults.map(({ path }) => path).join(),
      )
    expect(await paths({ subject: '' })).toBe('subject')
    expect(await paths({ caller: 'nomor Sari' })).toBe('caller')
    expect(await paths({ caller: '', result: 'call_back' })).toBe('caller')
    expect(await paths({ caller: '', name: '' })).toBe('name')
    expect(await paths({ caller: '', subject: '', name: '', result: 'wrong_number' })).toBe('done')
    expect(await paths({ caller: '', name: 'Tanpa Nomor' })).toBe('done')
    expect(await paths({ name: '' }), 'called by their number').toBe('done')
    const [person] = await findOrMakePeople(await as(system), [
      { name: 'Orang Lain', channel: 'phone', address: NUMBER },
    ])
    await expect(logCall(await as(agent), aCall({ person_id: person!.id }))).rejects.toMatchObject({
      kind: 'not_found',
    })
  }),
)

test(
  'every view of the calls is read page by page: each call once, in its order, also several of one moment',
  database.story(async ({ as }) => {
    const { desk, agent } = await twoDesks(as)
    const ctx = await as(system)
    await sql`insert into calls (id, source, remote_id, desk_id, number, number_told, agent_id, missed_at, at)
      select gen_random_uuid(), 'contoh', 'laman ' || n, ${desk.id}::uuid, '+62811000' || n, '+62811000' || n, ${agent.person_id}::uuid,
        case when n % 2 = 0 then now() end, now() - make_interval(mins => n / 3) from generate_series(1, 23) n`.execute(
      ctx.tx,
    )
    for (let n = 0; n < 5; n++) {
      const [id, number] = [await ring(as, desk.id, { missed: true, number: `+62812000${n}` }), `+62812000${n}`]
      await keepMissed(await as(system), [
        { id, desk_id: desk.id, number, number_told: number, at: new Date(), our_number: null, item_id: null },
      ])
    }
    const reader = await as(agent)
    for (const view of callViews) {
      const question = { view, today_since: new Date(0) }
      const whole = (await listCalls(reader, { ...question, limit: 200 })).calls.map(({ id }) => id)
      const read: string[] = []
      let cursor: string | undefined
      do {
        const page = await listCalls(reader, { ...question, limit: 4, ...(cursor ? { cursor } : {}) })
        read.push(...page.calls.map(({ id }) => id))
        cursor = page.next ?? undefined
      } while (cursor)
      expect(whole.length, view).toBeGreaterThan(4)
      expect(read, view).toEqual(whole)
    }
    for (const cursor of ['x', newId()])
      await expect(listCalls(reader, { view: 'all', today_since: new Date(0), cursor })).rejects.toMatchObject({
        key: 'cursor',
      })
  }),
)
