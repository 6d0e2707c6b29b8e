import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'
import { knownHolidays, type Holiday } from './known-holidays.ts'
import type { HolidayCalendar } from './working-time.ts'

export type { Holiday }

/**
 * Puts in the known holidays of every year that has no row yet. A year that has rows is the secretariat's: what was changed or removed
 * in it stays so.
 * @returns how many rows were new
 */
export async function loadHolidays(ctx: Writing): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into holidays (date, kind, name, decree)
    select date, kind, name, decree
    from jsonb_to_recordset(${JSON.stringify(knownHolidays)}::jsonb) as h (date date, kind text, name text, decree text)
    where not exists (select from holidays mine where extract(year from mine.date) = extract(year from h.date))
    on conflict do nothing`.execute(ctx.tx)
  return Number(numAffectedRows ?? 0)
}

/** One year's rows in the order of the calendar. */
export async function listHolidays(ctx: Reading, year: number): Promise<Holiday[]> {
  const { rows } = await sql<Holiday>`
    select date, kind, name, decree from holidays
    where date >= make_date(${year}::int, 1, 1) and date < make_date(${year}::int + 1, 1, 1)
    order by date, kind limit 400`.execute(ctx.db)
  return rows
}

/** The calendar that working time is reckoned with: every holiday from the day before `from` until 500 days after `until`. */
export async function holidayCalendar(ctx: Reading, from: Date, until: Date = from): Promise<HolidayCalendar> {
  // A date that is both (a national day inside a leave) counts as the national day.
  const { rows } = await sql<Holiday>`
    select distinct on (date) date, kind, name, decree from holidays
    where date between (${from}::timestamptz - interval '2 days')::date and (${until}::timestamptz + interval '500 days')::date
    order by date, kind desc limit 2000`.execute(ctx.db)
  return new Map(rows.map((row) => [row.date, { kind: row.kind, name: row.name }]))
}

export const SaveHoliday = z.strictObject({
  date: z.iso.date(),
  kind: z.enum(['national', 'cuti_bersama']),
  name: z.string().trim().min(1).max(120),
  decree: z.string().trim().max(200).default(''),
})
export type SaveHoliday = z.infer<typeof SaveHoliday>

/** Adds a holiday, or changes the name and decree of the one that has this date and kind. For administrators and the secretariat's coordinators. */
export async function saveHoliday(ctx: Writing, input: SaveHoliday): Promise<void> {
  mustCoordinateAll(ctx.actor)
  await ctx.tx
    .insertInto('holidays')
    .values(input)
    .onConflict((conflict) =>
      conflict.columns(['date', 'kind']).doUpdateSet({ name: input.name, decree: input.decree }),
    )
    .execute()
  await record(ctx, 'holiday.changed', { about: { date: input.date, kind: input.kind, removed: false } })
}

export const RemoveHoliday = SaveHoliday.pick({ date: true, kind: true })
export type RemoveHoliday = z.infer<typeof RemoveHoliday>

/** Takes a holiday out. Refuses `not_found` when it is gone already. */
export async function removeHoliday(ctx: Writing, input: RemoveHoliday): Promise<void> {
  mustCoordinateAll(ctx.actor)
  const removed = await ctx.tx
    .deleteFrom('holidays')
    .where('date', '=', input.date)
    .where('kind', '=', input.kind)
    .returning('date')
    .executeTakeFirst()
  if (!removed) refuse('not_found', 'holiday')
  await record(ctx, 'holiday.changed', { about: { date: input.date, kind: input.kind, removed: true } })
}
