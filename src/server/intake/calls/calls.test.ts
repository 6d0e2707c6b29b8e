/** Calls as exchanges tell of them: in any order, doubled, with something lost; and whoever was missed, to be called back. */
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { read, system, write, type StaffActor, type Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { setLimits } from '../../platform/set-limits.ts'
import { useDatabase } from '../../platform/testing.ts'
import {
  addPhoneLine,
  applyCalls,
  callItem,
  callSteps,
  listCallTakers,
  takeCalls,
  takeItem,
  type CallNews,
} from '../../channels/index.ts'
import { prepare } from '../../desks/index.ts'
import { aDesk, aStaff } from '../../desks/testing.ts'
import { findOrMakePeople } from '../../people/index.ts'
import { anOrganisation } from '../../people/testing.ts'
import { close, note, recordTicket } from '../../tickets/index.ts'
import { sweepCalls } from './sweep-calls.ts'
import { takeInCalls } from './take-in-calls.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
let agent: StaffActor
let desk: Awaited<ReturnType<typeof aDesk>>
const LINE = '+622150001500'
beforeAll(async () => {
  await prepare(database.app())
  await asSystem(async (ctx) => {
    desk = await aDesk(ctx)
    agent = await aStaff(ctx, { desk })
    await addPhoneLine(ctx, { number: LINE, desk_id: desk.id })
  })
})

const SECOND = 1000
const START = Date.now() - 60 * SECOND
let numbers = 0
const aNumber = () => `+62812345${String(++numbers).padStart(5, '0')}`

/** What an exchange tells of one call: who rang, and then its steps, a second apart. */
const told = (call: string, from: string | undefined, steps: readonly CallNews['event'][]): CallNews[] =>
  steps.map((event) => ({
    event,
    call,
    direction: 'in',
    ts: new Date(START + callSteps.indexOf(event) * SECOND),
    ...(event === 'ringing' || event === 'missed' ? { from, to: LINE } : {}),
  }))

/** As its door does, and then everything that waits. Answers the items' ids. */
async function tell(...news: readonly CallNews[]): Promise<string[]> {
  const ids: string[] = []
  for (const one of news) {
    const body = Buffer.from(JSON.stringify(one))
    const asked = {
      method: 'POST',
      target: '/channels/phone',
      headers: { 'content-type': 'application/json' },
      body,
      remote: undefined,
    }
    ids.push((await takeItem(database.app(), callItem(asked, one, { source: 'contoh', desk_id: null }))).id)
  }
  while (await takeInCalls(database.app()));
  return ids
}
const outcomes = async (ids: readonly string[]) =>
  (
    await sql<{ outcome: string; ticket_id: string | null }>`select outcome, ticket_id from intake_items
    where id = any (${ids}::uuid[]) order by array_position(${ids}::uuid[], id)`.execute(database.app().worker)
  ).rows
const callBacks = async (number: string) =>
  (
    await sql<{
      id: string
      ticket_id: string
      times: number
      done: boolean
      state: string
      urgency: string
      desk_id: string
    }>`select b.id,
      b.ticket_id, b.times, b.done_at is not null as done, t.state, t.urgency, b.desk_id
    from call_backs b join tickets t on t.id = b.ticket_id where b.number = ${number} order by b.id`.execute(
      database.app().worker,
    )
  ).rows

/** Deterministic: a failure can be run again. */
function shuffled<T>(list: readonly T[], seed: number): T[] {
  let state = seed + 1
  const random = () => ((state = (state * 48271) % 2147483647), state / 2147483647)
  const left = [...list]
  return Array.from({ length: list.length }, () => left.splice(Math.floor(random() * left.length), 1)[0]!)
}

describe('what was told of a call', () => {
  test('comes to the same end in any order, doubled, in any batches, and no state ever steps back', async () => {
    const lives: CallNews['event'][][] = [
      ['ringing', 'answered', 'ended'],
      ['ringing', 'missed'],
      ['ringing', 'missed', 'ended'],
      ['ringing', 'answered'],
      ['answered', 'ended'],
      ['ended'],
      ['missed'],
      ['ringing', 'missed', 'answered', 'ended'],
    ]
    const rank = { ringing: 0, missed: 1, answered: 2, ended: 3 }
    await database.story(async ({ as }) => {
      const ctx = await as(system)
      for (let round = 0; round < 60; round++) {
        const life = lives[round % lives.length]!
        const call = newId()
        const from = aNumber()
        const all = told(call, from, life)
        const order = shuffled([...all, ...all.slice(0, round % 3)], round)
        let before = -1
        while (order.length > 0) {
          const batch = order.splice(0, 1 + (round % 3))
          const [now] = await applyCalls(
            ctx,
            batch.map((news) => ({ news, source: 'contoh', desk_id: null, received_at: new Date(START + 5 * SECOND) })),
          )
          expect(rank[now!.state]).toBeGreaterThanOrEqual(before)
          before = rank[now!.state]
        }
        const { rows } =
          await sql`select state, number, desk_id, at, rang_at, answered_at, missed_at, ended_at from calls
          where remote_id = ${call}`.execute(ctx.tx)
        const at = (step: CallNews['event']) =>
          life.includes(step) ? new Date(START + callSteps.indexOf(step) * SECOND) : null
        const known = life.includes('ringing') || life.includes('missed')
        expect(rows, `${life.join(' ')} in round ${round}`).toEqual([
          {
            state: life.reduce((one, other) => (rank[one] > rank[other] ? one : other)),
            number: known ? from : null,
            desk_id: known ? desk.id : expect.any(String),
            at: new Date(Math.min(...all.map(({ ts }) => ts!.getTime()))),
            rang_at: at('ringing'),
            answered_at: at('answered'),
            missed_at: at('missed'),
            ended_at: at('ended'),
          },
        ])
      }
    })()
  })

  test('the same bytes twice are one item; another time of the same step changes nothing that was earlier', async () => {
    const call = newId()
    const [ringing] = told(call, aNumber(), ['ringing'])
    const ids = await tell(ringing!, ringing!, { ...ringing!, ts: new Date(START + 30 * SECOND) })
    expect((await outcomes(ids)).map(({ outcome }) => outcome)).toEqual(['report', 'duplicate', 'report'])
    const { rows } = await sql<{ rang_at: Date }>`select rang_at from calls where remote_id = ${call}`.execute(
      database.app().worker,
    )
    expect(rows).toEqual([{ rang_at: new Date(START) }])
  })

  test('whoever answers at an extension that somebody said is theirs is that person', async () => {
    const call = newId()
    await asSystem((ctx) =>
      sql`insert into call_takers (person_id, extension, since, until) values (${agent.person_id}::uuid, '101', now(), now() + interval '1 minute')`.execute(
        ctx.tx,
      ),
    )
    const [ringing, answered] = told(call, aNumber(), ['ringing', 'answered'])
    await tell({ ...ringing!, extension: '102' }, { ...answered!, extension: '101' })
    const { rows } = await sql`select agent_id, extension from calls where remote_id = ${call}`.execute(
      database.app().worker,
    )
    expect(rows).toEqual([{ agent_id: agent.person_id, extension: '101' }])
  })
})

describe('two at one telephone', () => {
  test('whoever said last that they take calls there has it; the other goes on without one, and both are told', async () => {
    const app = database.app()
    const [early, late, elsewhere] = await asSystem(async (ctx) => [
      await aStaff(ctx, { desk }),
      await aStaff(ctx, { desk }),
      await aStaff(ctx, { desk: await aDesk(ctx) }),
    ])
    const take = (who: StaffActor, extension: string) =>
      write(app, who, (ctx) => takeCalls(ctx, { on: true, extension }))
    const answeredBy = async () => {
      const call = newId()
      const [ringing, answered] = told(call, aNumber(), ['ringing', 'answered'])
      await tell({ ...ringing!, extension: '7' }, { ...answered!, extension: '7' })
      const { rows } = await sql<{ agent_id: string }>`select agent_id from calls where remote_id = ${call}`.execute(
        app.worker,
      )
      return rows[0]!.agent_id
    }
    await take(early!, '7')
    await take(late!, '7')
    // Another house, another telephone of the same number.
    await take(elsewhere!, '7')
    for (let times = 0; times < 3; times++) expect(await answeredBy()).toBe(late!.person_id)
    const holders = async (who: StaffActor) =>
      (await read(app, who, listCallTakers))
        .filter(({ extension }) => extension === '7')
        .map(({ person, taken_by }) => [person.id, taken_by?.id ?? null])
    expect(await holders(early!)).toEqual([
      [early!.person_id, late!.person_id],
      [late!.person_id, null],
    ])
    // Back at it: saying so again is saying it last.
    await take(early!, '8')
    await take(early!, '7')
    expect(await answeredBy()).toBe(early!.person_id)
    expect(await holders(late!)).toEqual([
      [late!.person_id, early!.person_id],
      [early!.person_id, null],
    ])
  })
})

describe('whoever was missed', () => {
  test('is one ticket however often they ring, until somebody called back or the ticket ended; then the next call is another', async () => {
    const from = aNumber()
    const [first] = await tell(...told(newId(), from, ['missed']))
    const [second, third] = await tell(...told(newId(), from, ['missed']), ...told(newId(), from, ['missed']))
    const [one] = await callBacks(from)
    expect(one).toMatchObject({ times: 3, done: false, state: 'new', desk_id: desk.id })
    expect(await outcomes([first!, second!, third!])).toEqual([
      { outcome: 'ticket', ticket_id: one!.ticket_id },
      { outcome: 'message', ticket_id: one!.ticket_id },
      { outcome: 'message', ticket_id: one!.ticket_id },
    ])
    await write(database.app(), agent, (ctx) =>
      close(ctx, { ticket_id: one!.ticket_id, reason: 'out_of_scope', pointer: 'x' }),
    )
    await tell(...told(newId(), from, ['missed']))
    expect(await callBacks(from)).toMatchObject([
      { times: 3, done: true },
      { times: 1, done: false },
    ])
    // The exchange tells that one of us reached them.
    const out = newId()
    await tell(
      { event: 'ringing', call: out, direction: 'out', from: LINE, to: from },
      { event: 'answered', call: out, direction: 'out' },
    )
    expect((await callBacks(from)).map(({ done }) => done)).toEqual([true, true])
  })

  test('nobody is called back who hides their number, is in the house, is one of us, or is blocked', async () => {
    const blocked = aNumber()
    await sql`insert into blocked_senders (id, channel, address, reason, blocked_at) values (${newId()}::uuid, 'phone', ${blocked}, '', now())`.execute(
      database.app().worker,
    )
    const before = await sql<{ count: number }>`select count(*)::int as count from tickets`.execute(
      database.app().worker,
    )
    const ids: string[] = []
    for (const from of ['anonymous', '', '102', LINE, blocked, undefined])
      ids.push(...(await tell(...told(newId(), from, ['missed']))))
    const { rows } = await sql<{
      reason: string
    }>`select reason from intake_items where id = any (${ids}::uuid[]) order by array_position(${ids}::uuid[], id)`.execute(
      database.app().worker,
    )
    expect(rows.map(({ reason }) => reason)).toEqual([
      'missed_hidden',
      'missed_hidden',
      'missed_internal',
      'missed_own',
      'missed_blocked',
      'missed_hidden',
    ])
    const after = await sql<{ count: number }>`select count(*)::int as count from tickets`.execute(
      database.app().worker,
    )
    expect(after.rows).toEqual(before.rows)
  })

  test('of a number that several share nobody is guessed, and the same stranger is found again', async () => {
    const [shared, alone] = [aNumber(), aNumber()]
    const [sari] = await asSystem((ctx) =>
      findOrMakePeople(ctx, [
        { name: 'Sari Contoh', channel: 'phone', address: alone },
        { name: 'Ani Contoh', channel: 'phone', address: shared },
        { name: 'Budi Contoh', channel: 'phone', address: shared },
      ]),
    )
    const requesters = async (number: string) => {
      await tell(...told(newId(), number, ['missed']))
      const { rows } = await sql<{
        id: string
        name: string
      }>`select p.id, p.name from call_backs b join tickets t on t.id = b.ticket_id
        join people p on p.id = t.requester_id where b.number = ${number} and b.done_at is null`.execute(
        database.app().worker,
      )
      await sql`update call_backs set done_at = now() where number = ${number}`.execute(database.app().worker)
      return rows[0]!
    }
    expect((await requesters(alone)).id).toBe(sari!.id)
    const stranger = await requesters(shared)
    expect(stranger.name).toBe(shared)
    expect((await requesters(shared)).id).toBe(stranger.id)
  })

  test('and answered after all, at another telephone of the group, waits for nothing: the ticket ends unless somebody touched it', async () => {
    const [untouched, noted, twice] = [aNumber(), aNumber(), aNumber()]
    const calls = { untouched: newId(), noted: newId(), twice: newId() }
    await tell(...told(calls.untouched, untouched, ['ringing', 'missed']), ...told(calls.noted, noted, ['missed']))
    await tell(...told(newId(), twice, ['missed']), ...told(calls.twice, twice, ['missed']))
    const [{ ticket_id } = { ticket_id: '' }] = await callBacks(noted)
    await write(database.app(), agent, (ctx) => note(ctx, { ticket_id, text: 'saya telepon nanti' }))
    await tell(...Object.values(calls).flatMap((call) => told(call, undefined, ['answered'])))
    expect(await callBacks(untouched)).toMatchObject([{ done: true, state: 'closed' }])
    expect(await callBacks(noted)).toMatchObject([{ done: true, state: expect.not.stringMatching('closed') }])
    expect(await callBacks(twice), 'the other call was missed').toMatchObject([{ done: false, state: 'new' }])
    const { rows } =
      await sql`select c.reason, c.closed_by from closures c join call_backs b on b.ticket_id = c.ticket_id
      where b.number = ${untouched}`.execute(database.app().worker)
    expect(rows).toEqual([{ reason: 'withdrawn', closed_by: null }])
  })

  test('beyond the limit of the line opens no ticket and says so in the list; who waits already is counted', async () => {
    const app = database.app()
    const known = aNumber()
    await tell(...told(newId(), known, ['missed']))
    const administrator = await asSystem((ctx) => aStaff(ctx, { role: 'administrator', sees_all: true }))
    const limit = (value: number) =>
      write(app, administrator, (ctx) => setLimits(ctx, { limits: [{ name: 'call.missed', value }] }))
    await limit(10)
    await sql`delete from limit_hits`.execute(app.worker)
    const forged = Array.from({ length: 12 }, aNumber)
    const ids = await tell(
      ...forged.flatMap((number) => told(newId(), number, ['missed'])),
      ...told(newId(), known, ['missed']),
    )
    const { rows } = await sql<{ reason: string; n: number }>`select reason, count(*)::int as n from intake_items
      where id = any (${ids}::uuid[]) group by 1 order by 1`.execute(app.worker)
    expect(rows).toEqual([
      { reason: 'missed_again', n: 1 },
      { reason: 'missed_call', n: 10 },
      { reason: 'missed_many', n: 2 },
    ])
    const left =
      await sql`select left_alone, ticket_id from calls where number = any (${forged}::text[]) and left_alone is not null`.execute(
        app.worker,
      )
    expect(left.rows).toEqual(Array.from({ length: 2 }, () => ({ left_alone: 'many', ticket_id: null })))
    await limit(200)
  })

  test('a flood of strangers takes no room from whom the house knows, and a forged number is not known by having rung once', async () => {
    const app = database.app()
    const administrator = await asSystem((ctx) => aStaff(ctx, { role: 'administrator', sees_all: true }))
    await write(app, administrator, (ctx) => setLimits(ctx, { limits: [{ name: 'call.missed', value: 10 }] }))
    await sql`delete from limit_hits`.execute(app.worker)
    const forged = Array.from({ length: 12 }, aNumber)
    await tell(...forged.flatMap((number) => told(newId(), number, ['missed'])))
    // What they left behind comes to its end without anybody having called back, and they ring again.
    await sql`update call_backs set done_at = now() where number = any (${forged}::text[])`.execute(app.worker)
    const [wrote, reached] = [aNumber(), aNumber()]
    await write(app, agent, (ctx) =>
      recordTicket(ctx, {
        text: 'Pencetak mati',
        channel: 'walk_in',
        requester: { name: 'Wati Contoh', channel: 'phone', address: wrote },
        desk_id: desk.id,
      }),
    )
    await asSystem((ctx) => findOrMakePeople(ctx, [{ name: '', channel: 'phone', address: reached }]))
    const again = await tell(...[forged[0]!, reached, wrote].flatMap((number) => told(newId(), number, ['missed'])))
    expect((await outcomes(again)).map(({ outcome }) => outcome)).toEqual(['report', 'report', 'ticket'])
    expect(await callBacks(wrote)).toMatchObject([{ done: false }])
    // Somebody of us spoke with them once: from then on they are known.
    await sql`update call_backs set done_by = ${agent.person_id}::uuid where number = ${forged[1]!}`.execute(app.worker)
    expect(
      (await outcomes(await tell(...told(newId(), forged[1]!, ['missed'])))).map(({ outcome }) => outcome),
    ).toEqual(['ticket'])
    await write(app, administrator, (ctx) => setLimits(ctx, { limits: [{ name: 'call.missed', value: 200 }] }))
  })

  test('at the number of a desk that was closed is the secretariat’s', async () => {
    const number = aNumber()
    await asSystem(async (ctx) => {
      const gone = await aDesk(ctx)
      await addPhoneLine(ctx, { number: '+622150009999', desk_id: gone.id })
      await sql`update desks set closed_at = now() where id = ${gone.id}::uuid`.execute(ctx.tx)
    })
    await tell({ event: 'missed', call: newId(), direction: 'in', from: number, to: '+622150009999', ts: new Date() })
    const { rows } = await sql<{ kind: string }>`select d.kind from call_backs b join desks d on d.id = b.desk_id
      where b.number = ${number}`.execute(database.app().worker)
    expect(rows).toEqual([{ kind: 'secretariat' }])
  })

  test('who was given a number that was silent for half a year, or is not whom we mean, does not become that person by ringing', async () => {
    const [silent, disowned, own] = [aNumber(), aNumber(), aNumber()]
    const people = await asSystem((ctx) =>
      findOrMakePeople(
        ctx,
        [silent, disowned, own].map((address) => ({ name: 'Sari Contoh', channel: 'phone' as const, address })),
      ),
    )
    const asked = await write(database.app(), agent, (ctx) =>
      recordTicket(ctx, {
        text: 'Pencetak mati',
        channel: 'phone',
        requester: { name: 'Sari Contoh', channel: 'phone', address: disowned },
        desk_id: desk.id,
      }),
    )
    await asSystem(async (ctx) => {
      await sql`update contact_points set created_at = now() - interval '400 days' where normalised = ${silent}`.execute(
        ctx.tx,
      )
      await sql`update participants set disowned_at = now() where ticket_id = ${asked.id}::uuid`.execute(ctx.tx)
    })
    const missed = [silent, disowned, own].map((number, index) => told(`lama${index}`, number, ['ringing', 'missed']))
    await tell(...missed.flat())
    const { rows } = await sql<{ number: string; id: string }>`select b.number, t.requester_id as id
      from call_backs b join tickets t on t.id = b.ticket_id where b.number in (${silent}, ${disowned}, ${own})`.execute(
      database.app().worker,
    )
    const askedBy = new Map(rows.map(({ number, id }) => [number, id]))
    expect(askedBy.get(own)).toBe(people[2]!.id)
    expect(askedBy.get(silent)).not.toBe(people[0]!.id)
    expect(askedBy.get(disowned)).not.toBe(people[1]!.id)
  })

  test('a number of ours is given to a desk that there is, and whose telephone it can be', async () => {
    const add = (desk_id: string) => asSystem((ctx) => addPhoneLine(ctx, { number: '+622150008888', desk_id }))
    const [gone, provider] = await asSystem(async (ctx) => [
      await aDesk(ctx, { closed_at: new Date() }),
      await aDesk(ctx, { kind: 'provider', organisation_id: (await anOrganisation(ctx)).id }),
    ])
    for (const id of [newId(), gone!.id, provider!.id])
      await expect(add(id)).rejects.toMatchObject({
        kind: 'invalid',
        faults: [{ path: 'desk_id', key: 'fault.desk_closed' }],
      })
    await write(database.app(), agent, (ctx) => addPhoneLine(ctx, { number: '+622150008888', desk_id: desk.id })).then(
      () => expect.unreachable('an agent gave a desk a number'),
      (error: unknown) => expect(error).toMatchObject({ kind: 'forbidden' }),
    )
    await add(desk.id)
  })

  test('that the end was lost, or was told without a word of why, is found out by the sweep', async () => {
    const [lost, ended, answered] = [aNumber(), aNumber(), aNumber()]
    // Just now, however long the tests before took.
    const now = (...news: CallNews[]) => news.map((one) => ({ ...one, ts: new Date() }))
    await tell(
      ...now(
        ...told('hilang', lost, ['ringing']),
        ...told('berakhir', ended, ['ringing', 'ended']),
        ...told('terjawab', answered, ['ringing', 'answered', 'ended']),
      ),
    )
    await sql`update calls set missed_at = at where missed_at is null and remote_id not in ('hilang', 'berakhir', 'terjawab')`.execute(
      database.app().worker,
    )
    expect(await sweepCalls(database.app()), 'too early').toBe(0)
    await sql`update calls set at = at - interval '2 minutes', rang_at = rang_at - interval '2 minutes', ended_at = ended_at - interval '2 minutes'`.execute(
      database.app().worker,
    )
    expect(await sweepCalls(database.app())).toBe(1)
    expect(await callBacks(ended)).toMatchObject([{ times: 1, done: false }])
    await sql`update calls set at = at - interval '10 minutes', rang_at = rang_at - interval '10 minutes' where remote_id = 'hilang'`.execute(
      database.app().worker,
    )
    await sweepCalls(database.app())
    expect(await callBacks(lost)).toMatchObject([{ times: 1, done: false }])
    expect(await callBacks(answered)).toEqual([])
  })
})
