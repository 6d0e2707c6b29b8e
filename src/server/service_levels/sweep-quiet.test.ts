import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { read, system, write, type Writing } from '../platform/context.ts'
import { useDatabase, type Story } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { loadHolidays } from '../regions/index.ts'
import { receiveMessages, reply, resolve } from '../tickets/index.ts'
import { aTicketWithAgent } from '../tickets/testing.ts'
import { nextQuietStep, quietRules, saveQuietRules, SaveQuietRules, sweepQuiet } from './index.ts'
import { closeDue, remindDue, resolveDue } from './sweep-quiet.ts'

const database = useDatabase()
const at = (text: string) => new Date(`${text}+07:00`)

/** Answered on Monday 6 July 2026 at 10:00 WIB: the requester's turn. */
async function answered(
  { as }: Story,
  given: Parameters<typeof aTicketWithAgent>[1] = {},
  when = at('2026-07-06T10:00'),
) {
  const scene = await aTicketWithAgent(await as(system, when), given)
  await reply(await as(scene.agent, when), { ticket_id: scene.ticket.id, text: 'Apakah sudah dicoba?', at_once: true })
  return scene
}
const rowOf = (ctx: Writing, id: string) =>
  ctx.db
    .selectFrom('tickets')
    .select(['state', 'state_since', 'reminded_at'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
/** What went out by itself about a ticket, oldest first. */
const told = async (ctx: Writing, id: string) =>
  (
    await ctx.db
      .selectFrom('outbox')
      .select('text')
      .where('about_id', '=', id)
      .where('automatic', '=', true)
      .orderBy('id')
      .execute()
  ).map((mail) => mail.text)

test(
  'waiting → reminded → resolved → closed, each told before it happens',
  database.story(async (story) => {
    const { ticket } = await answered(story)
    const sweep = async (when: string) => {
      const ctx = await story.as(system, at(when))
      return [await remindDue(ctx), await resolveDue(ctx), await closeDue(ctx)].map((ids) => ids.length)
    }
    const row = async () => rowOf(await story.as(system), ticket.id)

    // the fifth working day after Monday 6 July is Monday 13 July, when the desk opens
    expect(await sweep('2026-07-13T07:59')).toEqual([0, 0, 0])
    expect(await sweep('2026-07-13T08:00')).toEqual([1, 0, 0])
    expect(await row()).toMatchObject({ state: 'waiting', reminded_at: at('2026-07-13T08:00') })
    expect(await sweep('2026-07-13T09:00')).toEqual([0, 0, 0])
    // ten working days: five more after the reminder
    expect(await sweep('2026-07-20T07:59')).toEqual([0, 0, 0])
    expect(await sweep('2026-07-20T08:00')).toEqual([0, 1, 0])
    expect(await row()).toMatchObject({ state: 'resolved', state_since: at('2026-07-20T08:00') })
    expect(await sweep('2026-08-19T07:59')).toEqual([0, 0, 0])
    expect(await sweep('2026-08-19T08:00')).toEqual([0, 0, 1])
    expect(await row()).toMatchObject({ state: 'closed' })
    expect(await sweep('2027-08-19T08:00')).toEqual([0, 0, 0])

    const [reminder, resolved, closed, ...more] = await told(await story.as(system), ticket.id)
    expect(reminder).toContain('akan kami anggap teratasi pada Sen 20 Jul 2026')
    expect(resolved).toContain('akan ditutup pada Rab 19 Agu 2026')
    expect(closed).toContain('kini ditutup')
    expect(more).toEqual([])
    const facts = await story.facts(ticket.id)
    expect(facts.filter((kind) => kind.startsWith('ticket.'))).toEqual([
      'ticket.opened',
      'ticket.reminded',
      'ticket.resolved',
      'ticket.closed',
    ])
    const closure = await (
      await story.as(system)
    ).db
      .selectFrom('closures')
      .select('reason')
      .where('ticket_id', '=', ticket.id)
      .executeTakeFirstOrThrow()
    expect(closure.reason).toBe('no_answer')
  }),
)

test(
  'what a desk resolved is closed as solved after thirty days',
  database.story(async (story) => {
    const { ticket, agent } = await answered(story)
    await resolve(await story.as(agent, at('2026-07-06T11:00')), {
      ticket_id: ticket.id,
      problem: 'Macet',
      steps: 'Bersihkan',
      at_once: true,
    })
    const ctx = await story.as(system, at('2026-08-05T11:00'))
    expect([await remindDue(ctx), await resolveDue(ctx), await closeDue(ctx)]).toEqual([[], [], [ticket.id]])
    expect(
      (
        await ctx.db
          .selectFrom('closures')
          .select('reason')
          .where('ticket_id', '=', ticket.id)
          .executeTakeFirstOrThrow()
      ).reason,
    ).toBe('solved')
  }),
)

test(
  'each desk by its own days: holidays count nowhere, and a desk in the east opens first',
  database.story(async (story) => {
    await loadHolidays(await story.as(system))
    const eastern = await aDesk(await story.as(system), { time_zone: 'Asia/Jayapura' })
    // Monday 9 March 2026; 18 to 24 March are leave, Nyepi and Idulfitri
    const when = at('2026-03-12T10:00')
    const west = (await answered(story, {}, when)).ticket.id
    const east = (await answered(story, { desk: eastern }, when)).ticket.id
    const due = async (text: string) => remindDue(await story.as(system, at(text)))
    // 13, 16, 17, 25, 26 March
    expect(await due('2026-03-26T05:59')).toEqual([])
    expect(await due('2026-03-26T06:00')).toEqual([east])
    expect(await due('2026-03-26T08:00')).toEqual([west])
  }),
)

test(
  'an answer at any time stops it, and our next question begins the days anew',
  database.story(async (story) => {
    const { ticket, agent } = await answered(story)
    await remindDue(await story.as(system, at('2026-07-13T08:00')))
    await receiveMessages(await story.as(system, at('2026-07-14T10:00')), [
      {
        ticket_id: ticket.id,
        author_id: ticket.requester.id,
        channel: 'web',
        text: 'Sudah, tetap macet.',
        reopen_within_days: 60,
      },
    ])
    expect(await resolveDue(await story.as(system, at('2026-07-30T08:00')))).toEqual([])
    await reply(await story.as(agent, at('2026-07-30T10:00')), {
      ticket_id: ticket.id,
      text: 'Coba kabel lain?',
      at_once: true,
    })
    const ctx = await story.as(system, at('2026-08-05T08:00'))
    expect([await remindDue(ctx), await resolveDue(ctx)]).toEqual([[], []])
    expect(await remindDue(await story.as(system, at('2026-08-06T08:00')))).toEqual([ticket.id])
  }),
)

test(
  'a sweep that comes months late reminds first and keeps the days between',
  database.story(async (story) => {
    const { ticket } = await answered(story)
    const ctx = await story.as(system, at('2026-10-05T08:00'))
    expect([await remindDue(ctx), await resolveDue(ctx)]).toEqual([[ticket.id], []])
    expect(await resolveDue(await story.as(system, at('2026-10-09T16:00')))).toEqual([])
    expect(await resolveDue(await story.as(system, at('2026-10-12T08:00')))).toEqual([ticket.id])
  }),
)

test(
  'the next step can be shown before it comes, and is the day on which it comes',
  database.story(async (story) => {
    const { ticket } = await answered(story)
    const next = async (when: string) => {
      const ctx = await story.as(system, at(when))
      return nextQuietStep(ctx, { ...(await rowOf(ctx, ticket.id)), desk_id: ticket.desk.id })
    }
    expect(await next('2026-07-06T11:00')).toEqual({ step: 'remind', at: at('2026-07-13T08:00'), zone: 'Asia/Jakarta' })
    await remindDue(await story.as(system, at('2026-07-13T08:07')))
    expect(await next('2026-07-14T11:00')).toEqual({
      step: 'resolve',
      at: at('2026-07-20T08:00'),
      zone: 'Asia/Jakarta',
    })
    await resolveDue(await story.as(system, at('2026-07-20T08:07')))
    expect(await next('2026-07-21T11:00')).toEqual({ step: 'close', at: at('2026-08-19T08:07'), zone: 'Asia/Jakarta' })
    await closeDue(await story.as(system, at('2026-08-19T08:07')))
    expect(await next('2026-08-20T11:00')).toBeNull()
  }),
)

test(
  'spam stays quiet',
  database.story(async (story) => {
    const { ticket } = await answered(story)
    const ctx = await story.as(system, at('2026-10-05T08:00'))
    await ctx.tx.updateTable('tickets').set({ spam_at: ctx.now }).where('id', '=', ticket.id).execute()
    expect([await remindDue(ctx), await resolveDue(ctx), await closeDue(ctx)]).toEqual([[], [], []])
  }),
)

test(
  'the days are edited by the secretariat, in their order',
  database.story(async ({ as, facts }) => {
    const [administrator, agent] = [
      await aStaff(await as(system), { role: 'administrator' }),
      await aStaff(await as(system)),
    ]
    expect(await quietRules(await as(agent))).toEqual({
      remind_after_working_days: 5,
      resolve_after_working_days: 10,
      close_after_days: 30,
      reopen_within_days: 60,
    })
    const rules = SaveQuietRules.parse({
      remind_after_working_days: 3,
      resolve_after_working_days: 6,
      close_after_days: 14,
      reopen_within_days: 90,
    })
    await expect(saveQuietRules(await as(agent), rules)).rejects.toMatchObject({ kind: 'forbidden' })
    await saveQuietRules(await as(administrator), rules)
    expect(await quietRules(await as(agent))).toEqual(rules)
    expect(SaveQuietRules.safeParse({ ...rules, resolve_after_working_days: 3 }).success).toBe(false)
    expect(await facts()).toEqual(['service_level.changed'])
  }),
)

test('two sweeps at once remind everybody once', async () => {
  const app = database.app()
  const ids = await write(app, system, async (ctx) => {
    const desk = await aDesk(ctx)
    const made: string[] = []
    for (let i = 0; i < 30; i++) made.push((await aTicketWithAgent(ctx, { desk })).ticket.id)
    await sql`update tickets set state = 'waiting', waiting_since = null, state_since = now() - interval '60 days' where id = any (${made}::uuid[])`.execute(
      ctx.tx,
    )
    return made
  })
  const swept = await Promise.all([sweepQuiet(app), sweepQuiet(app), sweepQuiet(app)])
  expect(swept.reduce((total, one) => total + one.reminded, 0)).toBe(30)
  const mails = await read(app, system, (ctx) =>
    ctx.db.selectFrom('outbox').select('about_id').where('about_id', 'in', ids).execute(),
  )
  expect([mails.length, new Set(mails.map((mail) => mail.about_id)).size]).toEqual([30, 30])
})
