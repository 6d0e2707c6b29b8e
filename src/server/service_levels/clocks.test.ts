import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, write, type StaffActor, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase, type Story } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { loadHolidays } from '../regions/index.ts'
import {
  assign,
  close,
  markSpam,
  receiveMessages,
  reopen,
  reply,
  takeBack,
  triage,
  unmarkSpam,
} from '../tickets/index.ts'
import { aTicket, aTicketWithAgent, theRequester } from '../tickets/testing.ts'
import { expectedAnswer, listAnswerTimes, listClocks, saveAnswerTimes, SaveAnswerTimes, startClocks } from './index.ts'
import { reckonClocks } from './reckon-clocks.ts'

const database = useDatabase()
// Monday 6 July 2026, 09:00 WIB
const asked = new Date('2026-07-06T09:00+07:00')
const later = (minutes: number) => new Date(asked.getTime() + minutes * 60_000)

/** The state after the job has run: what the clocks and the ticket's row say. */
async function reckoned({ as }: Story, ticket_id: string, now = later(30)) {
  const ctx = await as(system, now)
  await reckonClocks(ctx, [ticket_id])
  const row = await ctx.db.selectFrom('tickets').select('due_at').where('id', '=', ticket_id).executeTakeFirstOrThrow()
  return { clocks: await listClocks(ctx, ticket_id), due_at: row.due_at }
}

test(
  'the start values, and half as long again by letter',
  database.story(async ({ as }) => {
    const times = await listAnswerTimes(await as(system))
    expect(times.map((time) => [time.urgency, time.channel, time.working_minutes / 60])).toEqual([
      ['low', 'other', 24],
      ['low', 'letter', 36],
      ['normal', 'other', 16],
      ['normal', 'letter', 24],
      ['high', 'other', 8],
      ['high', 'letter', 12],
      ['emergency', 'other', 2],
      ['emergency', 'letter', 3],
    ])
  }),
)

test(
  'asked on a Friday 16.30 WIT before cuti bersama',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    await loadHolidays(ctx)
    const desk = await aDesk(ctx, { time_zone: 'Asia/Jayapura' })
    const at = new Date('2026-02-13T16:30+09:00')
    const expected = await expectedAnswer(ctx, { urgency: 'normal', channel: 'web', desk_id: desk.id, at })
    // Saturday, Sunday, cuti bersama, Imlek; then 7 + 7 + 2 hours
    expect(expected).toMatchObject({
      due_at: new Date('2026-02-20T10:00+09:00'),
      zone: 'Asia/Jayapura',
      working_minutes: 960,
    })
    expect(expected.sum.filter((line) => line.minutes === 0).map((line) => line.reason)).toEqual([
      'over',
      'not_open',
      'not_open',
      'cuti_bersama',
      'national',
    ])
    const letter = await expectedAnswer(ctx, { urgency: 'normal', channel: 'letter', desk_id: desk.id, at })
    expect(letter.due_at).toEqual(new Date('2026-02-23T11:00+09:00'))
    await expect(
      expectedAnswer(ctx, { urgency: 'normal', channel: 'web', desk_id: newId(), at }),
    ).rejects.toMatchObject({ kind: 'not_found' })
  }),
)

test(
  'a new ticket gets a clock, with its sum, and the ticket shows when it is due',
  database.story(async (story) => {
    const ticket = await aTicket(await story.as(system, asked))
    const { clocks, due_at } = await reckoned(story, ticket.id)
    expect(clocks).toEqual([
      {
        id: expect.any(String) as string,
        urgency: 'normal',
        time_zone: 'Asia/Jakarta',
        working_minutes: 960,
        started_at: asked,
        stopped_at: null,
        due_at: new Date('2026-07-08T11:00+07:00'),
        sum: [
          { date: '2026-07-06', from: '09:00', to: '12:00', minutes: 180 },
          { date: '2026-07-06', from: '13:00', to: '16:00', minutes: 180 },
          { date: '2026-07-07', from: '08:00', to: '12:00', minutes: 240 },
          { date: '2026-07-07', from: '13:00', to: '16:00', minutes: 180 },
          { date: '2026-07-08', from: '08:00', to: '11:00', minutes: 180 },
        ],
      },
    ])
    expect(due_at).toEqual(clocks[0]!.due_at)
    // the job comes a second time
    expect((await reckoned(story, ticket.id, later(60))).clocks).toEqual(clocks)
    // the requester sees it, another's link does not
    expect(await listClocks(await story.as(theRequester(ticket)), ticket.id)).toEqual(clocks)
    const other = await aTicket(await story.as(system))
    expect(await listClocks(await story.as(theRequester(other)), ticket.id)).toEqual([])
  }),
)

test(
  'another urgency and another desk are reckoned anew from the same start',
  database.story(async (story) => {
    const ctx = await story.as(system, asked)
    const { ticket, agent } = await aTicketWithAgent(ctx)
    const eastern = await aDesk(ctx, { time_zone: 'Asia/Jayapura' })
    const [first] = (await reckoned(story, ticket.id)).clocks
    await triage(await story.as(agent, later(30)), { ticket_id: ticket.id, urgency: 'emergency' })
    const urgent = await reckoned(story, ticket.id)
    expect(urgent.clocks).toEqual([
      expect.objectContaining({
        id: first!.id,
        urgency: 'emergency',
        started_at: asked,
        due_at: new Date('2026-07-06T11:00+07:00'),
      }),
    ])
    await assign(await story.as(agent, later(40)), { ticket_id: ticket.id, desk_id: eastern.id })
    const moved = await reckoned(story, ticket.id)
    // 11:00 WIT when it was asked: one hour before lunch, one after
    expect(moved.clocks).toEqual([
      expect.objectContaining({
        id: first!.id,
        time_zone: 'Asia/Jayapura',
        started_at: asked,
        due_at: new Date('2026-07-06T14:00+09:00'),
      }),
    ])
    expect(moved.due_at).toEqual(new Date('2026-07-06T14:00+09:00'))
  }),
)

test(
  'an answer stops the clock when it was given, not when the job comes; the next question starts another',
  database.story(async (story) => {
    const { ticket, agent } = await aTicketWithAgent(await story.as(system, asked))
    await reckoned(story, ticket.id)
    await reply(await story.as(agent, later(45)), { ticket_id: ticket.id, text: 'Coba nyalakan ulang.', at_once: true })
    const answered = await reckoned(story, ticket.id, later(300))
    expect(answered).toMatchObject({ due_at: null, clocks: [{ started_at: asked, stopped_at: later(45) }] })
    await receiveMessages(await story.as(system, later(310)), [
      {
        ticket_id: ticket.id,
        author_id: ticket.requester.id,
        channel: 'web',
        text: 'Belum bisa.',
        reopen_within_days: 60,
      },
    ])
    const again = await reckoned(story, ticket.id, later(320))
    expect(again.clocks.map((clock) => [clock.started_at, clock.stopped_at])).toEqual([
      [later(310), null],
      [asked, later(45)],
    ])
    expect(again.due_at).toEqual(again.clocks[0]!.due_at)
  }),
)

test(
  'question, answer and question again before any job has run: two clocks, as if the jobs had been in time',
  database.story(async (story) => {
    const { ticket, agent } = await aTicketWithAgent(await story.as(system, asked))
    await reckoned(story, ticket.id)
    await reply(await story.as(agent, later(45)), { ticket_id: ticket.id, text: 'Coba nyalakan ulang.', at_once: true })
    await receiveMessages(await story.as(system, later(50)), [
      { ticket_id: ticket.id, author_id: ticket.requester.id, channel: 'web', text: 'Belum.', reopen_within_days: 60 },
    ])
    const { clocks } = await reckoned(story, ticket.id, later(120))
    expect(clocks.map((clock) => [clock.started_at, clock.stopped_at])).toEqual([
      [later(50), null],
      [asked, later(45)],
    ])
  }),
)

test(
  'a second question does not move the due time of the first',
  database.story(async (story) => {
    const ticket = await aTicket(await story.as(system, asked))
    const { clocks } = await reckoned(story, ticket.id)
    await receiveMessages(await story.as(system, later(60)), [
      {
        ticket_id: ticket.id,
        author_id: ticket.requester.id,
        channel: 'web',
        text: 'Masih menunggu.',
        reopen_within_days: 60,
      },
    ])
    expect((await reckoned(story, ticket.id, later(70))).clocks).toEqual(clocks)
  }),
)

test(
  'an answer that was taken back lets the old clock run on',
  database.story(async (story) => {
    const { ticket, agent } = await aTicketWithAgent(await story.as(system, asked))
    const before = await reckoned(story, ticket.id)
    const sent = await reply(await story.as(agent, later(45)), { ticket_id: ticket.id, text: 'Salah kirim.' })
    expect((await reckoned(story, ticket.id, later(45))).clocks[0]!.stopped_at).toEqual(later(45))
    await takeBack(await story.as(agent, later(45)), { ticket_id: ticket.id, message_id: sent.message_id })
    expect(await reckoned(story, ticket.id, later(46))).toEqual(before)
    // the next answer stops it, not the one that nobody got
    await reply(await story.as(agent, later(60)), { ticket_id: ticket.id, text: 'Coba nyalakan ulang.', at_once: true })
    expect((await reckoned(story, ticket.id, later(90))).clocks).toMatchObject([{ stopped_at: later(60) }])
  }),
)

test(
  'spam stops the clock, and spam that was none lets it run on',
  database.story(async (story) => {
    const { ticket, agent } = await aTicketWithAgent(await story.as(system, asked))
    const before = await reckoned(story, ticket.id)
    await markSpam(await story.as(agent, later(40)), { ticket_id: ticket.id })
    expect(await reckoned(story, ticket.id, later(41))).toMatchObject({
      due_at: null,
      clocks: [{ stopped_at: later(41) }],
    })
    await unmarkSpam(await story.as(agent, later(50)), { ticket_id: ticket.id })
    expect(await reckoned(story, ticket.id, later(51))).toEqual(before)
  }),
)

test(
  'closing ends it; a desk that reopens owes an answer from then on',
  database.story(async (story) => {
    const { ticket, agent } = await aTicketWithAgent(await story.as(system, asked))
    await reckoned(story, ticket.id)
    await close(await story.as(agent, later(60)), { ticket_id: ticket.id, reason: 'no_answer' })
    expect(await reckoned(story, ticket.id, later(90))).toMatchObject({
      due_at: null,
      clocks: [{ stopped_at: later(60) }],
    })
    await reopen(await story.as(agent, later(100)), { ticket_id: ticket.id })
    const { clocks } = await reckoned(story, ticket.id, later(110))
    expect(clocks.map((clock) => [clock.started_at, clock.stopped_at])).toEqual([
      [later(100), null],
      [asked, later(60)],
    ])
    await reply(await story.as(agent, later(120)), {
      ticket_id: ticket.id,
      text: 'Kami lanjutkan.',
      waiting: false,
      at_once: true,
    })
    expect(await reckoned(story, ticket.id, later(130))).toMatchObject({
      due_at: null,
      clocks: [{ stopped_at: later(120) }, {}],
    })
  }),
)

test(
  'what was promised stays promised when the table changes; a new question gets the new time',
  database.story(async (story) => {
    const administrator = await aStaff(await story.as(system), { role: 'administrator' })
    const ticket = await aTicket(await story.as(system, asked))
    const before = await reckoned(story, ticket.id)
    await saveAnswerTimes(
      await story.as(administrator),
      SaveAnswerTimes.parse({ times: [{ urgency: 'normal', channel: 'other', working_minutes: 60 }] }),
    )
    expect(await reckoned(story, ticket.id)).toEqual(before)
    const young = await aTicket(await story.as(system, asked))
    expect((await reckoned(story, young.id)).due_at).toEqual(later(60))
    expect(await story.facts()).toContain('service_level.changed')
  }),
)

test(
  'only the secretariat changes the table, within its bounds',
  database.story(async ({ as }) => {
    const coordinator: StaffActor = await aStaff(await as(system), { role: 'coordinator' })
    await expect(
      saveAnswerTimes(await as(coordinator), { times: [{ urgency: 'low', channel: 'other', working_minutes: 5 }] }),
    ).rejects.toMatchObject({ kind: 'forbidden' })
    expect(
      SaveAnswerTimes.safeParse({ times: [{ urgency: 'low', channel: 'other', working_minutes: 0 }] }).success,
    ).toBe(false)
    expect(
      SaveAnswerTimes.safeParse({ times: [{ urgency: 'low', channel: 'other', working_minutes: 9601 }] }).success,
    ).toBe(false)
    expect(
      SaveAnswerTimes.safeParse({ times: [{ urgency: 'soon', channel: 'other', working_minutes: 60 }] }).success,
    ).toBe(false)
  }),
)

test('a hundred tickets cost as many statements as one, and two jobs at once make one clock each', async () => {
  const app = database.app()
  const ids = await write(app, system, async (ctx) => {
    const desk = await aDesk(ctx)
    const requester = (await aTicket(ctx, { desk })).requester
    const tickets: string[] = []
    for (let i = 0; i < 100; i++) tickets.push((await aTicket(ctx, { desk, requester })).id)
    return tickets
  })
  const count = async (ticket_ids: string[]) =>
    write(app, system, async (ctx) => {
      let statements = 0
      const counted: Writing = {
        ...ctx,
        tx: ctx.tx.withPlugin({
          transformQuery: ({ node }) => (statements++, node),
          transformResult: async ({ result }) => result,
        }),
      }
      await reckonClocks({ ...counted, db: counted.tx }, ticket_ids)
      return statements
    })
  const jobs = ids.map((ticket_id) => ({ fact_id: newId(), kind: 'ticket.opened' as const, ticket_id, about: {} }))
  expect(await count(ids.slice(0, 1))).toBe(await count(ids.slice(1, 41)))
  await Promise.all([startClocks(app, jobs), startClocks(app, [...jobs].reverse()), startClocks(app, jobs)])
  const { rows } = await sql<{
    clocks: number
    tickets: number
  }>`select count(*)::int as clocks, count(distinct ticket_id)::int as tickets
    from clocks where ticket_id = any (${ids}::uuid[])`.execute(app.worker)
  expect(rows).toEqual([{ clocks: 100, tickets: 100 }])
})

test('a job that comes while the ticket is being answered waits for the answer', async () => {
  const app = database.app()
  const { ticket, agent } = await write(app, system, (ctx) => aTicketWithAgent(ctx))
  const job = { fact_id: newId(), kind: 'ticket.opened' as const, ticket_id: ticket.id, about: {} }
  let ready = false
  let running = Promise.resolve()
  await write(app, agent, async (ctx) => {
    await reply(ctx, { ticket_id: ticket.id, text: 'Coba nyalakan ulang.', at_once: true })
    running = startClocks(app, [job]).then(() => {
      ready = true
    })
    // until it waits for this transaction, or (which would be wrong) is done
    const waits = async () => (await sql`select from pg_locks where not granted`.execute(app.worker)).rows.length > 0
    while (!ready && !(await waits())) await new Promise((resolve) => setImmediate(resolve))
  })
  await running
  const { rows } = await sql`select from clocks where ticket_id = ${ticket.id}::uuid and stopped_at is null`.execute(
    app.worker,
  )
  expect(rows).toEqual([])
})
