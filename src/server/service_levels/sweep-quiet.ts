import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Reading, type Writing } from '../platform/context.ts'
import { hoursOfDesks } from '../desks/index.ts'
import { addWorkingDays, holidayCalendar, workingDaysBefore, type WorkingTime } from '../regions/index.ts'
import { closeQuiet, remindQuiet, resolveQuiet } from '../tickets/index.ts'
import { quietRules, type QuietRules } from './quiet-rules.ts'

const SWEEP_MAX = 500
const DAY = 24 * 60 * 60_000

export interface Swept {
  reminded: number
  resolved: number
  closed: number
}

/**
 * Moves quiet tickets on: waiting → reminded → resolved → closed. Nobody's ticket is resolved who was not reminded before, with the day
 * on which it will be; however late a sweep comes, the days between the two are kept. Three transactions of at most 500 tickets each;
 * what is left comes with the next round. Two sweeps at once share the work.
 */
export async function sweepQuiet(app: App): Promise<Swept> {
  const step = async (work: (ctx: Writing) => Promise<string[]>) => (await write(app, system, work)).length
  return { reminded: await step(remindDue), resolved: await step(resolveDue), closed: await step(closeDue) }
}

/** Each answers the ids of the tickets that it moved. */
export async function remindDue(ctx: Writing): Promise<string[]> {
  const rules = await quietRules(ctx)
  const desks = await waitingDesks(ctx)
  const cuts = cutsOf(ctx, desks, rules.remind_after_working_days)
  const { rows } = await sql<{ id: string; desk_id: string }>`
    select t.id, t.holder_desk_id as desk_id from tickets t
    join unnest(${cuts.map((cut) => cut.desk_id)}::uuid[], ${cuts.map((cut) => cut.before)}::timestamptz[]) as cut (desk_id, before)
      on cut.desk_id = t.holder_desk_id
    where t.state = 'waiting' and t.spam_at is null and t.reminded_at is null and t.state_since < cut.before
    order by t.state_since, t.id limit ${SWEEP_MAX} for update of t skip locked`.execute(ctx.tx)
  const days = daysBetween(rules)
  const next = new Map(
    rows.map(({ id, desk_id }) => {
      const desk = desks.get(desk_id)!
      return [id, { at: addWorkingDays({ ...desk, start: ctx.now, days }).due_at, zone: desk.zone }] as const
    }),
  )
  return remindQuiet(ctx, [...next.keys()], next)
}

export async function resolveDue(ctx: Writing): Promise<string[]> {
  const rules = await quietRules(ctx)
  const desks = await waitingDesks(ctx)
  // Counted from the reminder, so that the requester has had the days that it named.
  const cuts = cutsOf(ctx, desks, daysBetween(rules))
  const { rows } = await sql<{ id: string; desk_id: string }>`
    select t.id, t.holder_desk_id as desk_id from tickets t
    join unnest(${cuts.map((cut) => cut.desk_id)}::uuid[], ${cuts.map((cut) => cut.before)}::timestamptz[]) as cut (desk_id, before)
      on cut.desk_id = t.holder_desk_id
    where t.state = 'waiting' and t.spam_at is null and t.reminded_at < cut.before
    order by t.reminded_at, t.id limit ${SWEEP_MAX} for update of t skip locked`.execute(ctx.tx)
  const closing = new Date(ctx.now.getTime() + rules.close_after_days * DAY)
  const next = new Map(rows.map(({ id, desk_id }) => [id, { at: closing, zone: desks.get(desk_id)!.zone }] as const))
  return resolveQuiet(ctx, [...next.keys()], next)
}

export async function closeDue(ctx: Writing): Promise<string[]> {
  const { close_after_days } = await quietRules(ctx)
  const { rows } = await sql<{ id: string }>`
    select id from tickets where state = 'resolved' and spam_at is null
      and state_since <= ${new Date(ctx.now.getTime() - close_after_days * DAY)}::timestamptz
    order by state_since, id limit ${SWEEP_MAX} for update skip locked`.execute(ctx.tx)
  return closeQuiet(
    ctx,
    rows.map((row) => row.id),
  )
}

const daysBetween = (rules: QuietRules) => rules.resolve_after_working_days - rules.remind_after_working_days

/** Hours, zone and holidays of every desk that has a waiting ticket. */
async function waitingDesks(ctx: Reading): Promise<Map<string, WorkingTime>> {
  const { rows } = await sql<{ id: string }>`select id from desks d
    where exists (select from tickets where holder_desk_id = d.id and state = 'waiting') limit 5000`.execute(ctx.db)
  const desks = await hoursOfDesks(
    ctx,
    rows.map((row) => row.id),
  )
  // Working days are also counted backwards from now; the calendar begins long before.
  const holidays = await holidayCalendar(ctx, new Date(ctx.now.getTime() - 400 * DAY), ctx.now)
  return new Map([...desks].map(([id, desk]) => [id, { ...desk, holidays }]))
}

const cutsOf = (ctx: Reading, desks: ReadonlyMap<string, WorkingTime>, days: number) =>
  [...desks].map(([desk_id, desk]) => ({ desk_id, before: workingDaysBefore({ ...desk, now: ctx.now, days }) }))
