/**
 * Working time: which moment lies so many working minutes, or working days, after another, in a desk's hours, zone and holidays.
 * Pure: nothing here reads a clock or the database. Zones are reckoned by Intl, never by fixed offsets.
 */
import { refuse } from '../platform/refusal.ts'
import { nextDate, previousDate, weekdayOf, zoneClock } from './zone-clock.ts'

export interface OpenHours {
  /** ISO weekday: 1 = Monday … 7 = Sunday. Several rows of one day make a lunch break. */
  weekday: number
  /** HH:MM, local. */
  opens: string
  /** HH:MM, local; 24:00 is the end of the day. */
  closes: string
}
/** Days on which nobody works: bare dates (YYYY-MM-DD), or dates with what they are. */
export type HolidayCalendar = ReadonlyMap<string, { kind: 'national' | 'cuti_bersama'; name: string }>
export type Holidays = ReadonlySet<string> | HolidayCalendar

export interface WorkingTime {
  zone: string
  hours: readonly OpenHours[]
  holidays: Holidays
}

/**
 * One line of the sum that "Lihat rincian perhitungan" prints: a stretch that counted (from, to, minutes), or a day that was skipped
 * (minutes 0) with its reason: no opening hours on that weekday, the day's hours were over, a national holiday, or cuti bersama.
 */
export interface SumLine {
  /** YYYY-MM-DD in the desk's zone */
  date: string
  /** HH:MM in the desk's zone; null on a day that did not count */
  from: string | null
  to: string | null
  minutes: number
  reason?: 'not_open' | 'over' | 'national' | 'cuti_bersama'
  /** The holiday's name, where it is known. */
  name?: string
}

const MINUTE = 60_000
// A year and a little: an answer that would be due later says that the hours or the holidays are wrong, and the walk must end.
const DAYS_MAX = 400

/**
 * The moment that lies `minutes` of working time after `start`, and how it was reckoned, day by day.
 * The start counts from the next full minute. Work that ends exactly at closing time is due then, not at the next opening; what starts
 * exactly at closing time counts from the next opening.
 * Refuses `invalid` when the desk has no hours at all, and when the due time would lie more than 400 days away.
 */
export function addWorkingMinutes(question: WorkingTime & { start: Date; minutes: number }): {
  due_at: Date
  sum: SumLine[]
} {
  const { zone, holidays } = question
  const week = openWeek(question.hours)
  const clock = zoneClock(zone)
  const start = Math.ceil(question.start.getTime() / MINUTE) * MINUTE
  if (question.minutes <= 0) return { due_at: new Date(start), sum: [] }

  const sum: SumLine[] = []
  let left = question.minutes
  let date = clock.dateOf(start)
  for (let day = 0; day <= DAYS_MAX; day++, date = nextDate(date)) {
    const skipped = whySkipped(date, week, holidays)
    if (skipped) {
      sum.push(skipped)
      continue
    }
    let counted = false
    for (const { opens, closes } of week[weekdayOf(date)]!) {
      const from = Math.max(clock.instantOf(date, opens), start)
      const until = clock.instantOf(date, closes)
      if (until <= from) continue
      counted = true
      const minutes = Math.min(left, (until - from) / MINUTE)
      const to = from + minutes * MINUTE
      sum.push({ date, from: clock.timeOf(from), to: to === until ? closes : clock.timeOf(to), minutes })
      left -= minutes
      if (left === 0) return { due_at: new Date(to), sum }
    }
    if (!counted) sum.push({ date, from: null, to: null, minutes: 0, reason: 'over' })
  }
  refuse('invalid', 'working_time.too_far')
}

/**
 * The moment when the `days`-th working day after the day of `start` opens. A working day is one on which the desk is open at all.
 * Refuses like {@link addWorkingMinutes}.
 */
export function addWorkingDays(question: WorkingTime & { start: Date; days: number }): {
  due_at: Date
  sum: SumLine[]
} {
  const week = openWeek(question.hours)
  const clock = zoneClock(question.zone)
  const sum: SumLine[] = []
  let left = question.days
  let date = clock.dateOf(question.start.getTime())
  for (let day = 0; day < DAYS_MAX; day++) {
    date = nextDate(date)
    const skipped = whySkipped(date, week, question.holidays)
    if (skipped) {
      sum.push(skipped)
      continue
    }
    const { opens, closes } = week[weekdayOf(date)]![0]!
    sum.push({ date, from: opens, to: closes, minutes: 0 })
    left -= 1
    if (left <= 0) return { due_at: new Date(clock.instantOf(date, opens)), sum }
  }
  refuse('invalid', 'working_time.too_far')
}

/**
 * The other way round, for sweeps: what started before the answered moment has `days` working days behind it at `now`, that is
 * `addWorkingDays({ start, days }).due_at <= now` exactly when `start < workingDaysBefore({ now, days })`.
 */
export function workingDaysBefore(question: WorkingTime & { now: Date; days: number }): Date {
  const week = openWeek(question.hours)
  const clock = zoneClock(question.zone)
  let left = question.days
  let date = clock.dateOf(question.now.getTime())
  for (let day = 0; day <= DAYS_MAX; day++, date = previousDate(date)) {
    if (whySkipped(date, week, question.holidays)) continue
    if (clock.instantOf(date, week[weekdayOf(date)]![0]!.opens) > question.now.getTime()) continue
    left -= 1
    if (left <= 0) return new Date(clock.instantOf(date, '00:00'))
  }
  refuse('invalid', 'working_time.too_far')
}

/**
 * How many working minutes lie between two moments: `addWorkingMinutes({ start, minutes })` is due at `end` when both lie within working
 * time. Whole minutes, at most 400 days of them; 0 when `end` is not later.
 * Refuses `invalid` when the desk has no hours at all.
 */
export function workingMinutesBetween({ start, end, ...question }: WorkingTime & { start: Date; end: Date }): number {
  const week = openWeek(question.hours)
  const clock = zoneClock(question.zone)
  const [from, to] = [start.getTime(), end.getTime()]
  let minutes = 0
  let date = clock.dateOf(from)
  const last = clock.dateOf(to)
  for (let day = 0; day <= DAYS_MAX && date <= last; day++, date = nextDate(date)) {
    if (whySkipped(date, week, question.holidays)) continue
    for (const { opens, closes } of week[weekdayOf(date)]!)
      minutes +=
        Math.max(0, Math.min(clock.instantOf(date, closes), to) - Math.max(clock.instantOf(date, opens), from)) / MINUTE
  }
  return Math.floor(minutes)
}

/** The opening hours by weekday, each day's in order. Overlapping or touching stretches become one. */
function openWeek(hours: readonly OpenHours[]): Record<number, { opens: string; closes: string }[]> {
  const week: Record<number, { opens: string; closes: string }[]> = { 1: [], 2: [], 3: [], 4: [], 5: [], 6: [], 7: [] }
  for (const { weekday, opens, closes } of [...hours].sort((a, b) => (a.opens < b.opens ? -1 : 1))) {
    const last = week[weekday]?.at(-1)
    if (last && opens <= last.closes) last.closes = last.closes > closes ? last.closes : closes
    else if (opens < closes) week[weekday]?.push({ opens, closes })
  }
  if (Object.values(week).every((day) => day.length === 0)) refuse('invalid', 'working_time.never_open')
  return week
}

function whySkipped(date: string, week: ReturnType<typeof openWeek>, holidays: Holidays): SumLine | null {
  const skipped = { date, from: null, to: null, minutes: 0 }
  if (week[weekdayOf(date)]!.length === 0) return { ...skipped, reason: 'not_open' }
  if (!holidays.has(date)) return null
  const known = 'get' in holidays ? holidays.get(date) : undefined
  return known ? { ...skipped, reason: known.kind, name: known.name } : { ...skipped, reason: 'national' }
}
