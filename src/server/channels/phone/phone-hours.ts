import { sql } from 'kysely'
import type { Reading } from '../../platform/context.ts'
import { officeHours } from '../../desks/index.ts'
import {
  addWorkingMinutes,
  holidayCalendar,
  momentAt,
  type HolidayCalendar,
  type OpenHours,
} from '../../regions/index.ts'
import { Refusal } from '../../platform/refusal.ts'

/** All that is needed to say for any moment whether a desk's telephone is answered. */
export interface PhoneHours {
  /** By our number, as {@link lineOf} writes it. */
  lines: ReadonlyMap<string, string>
  desks: ReadonlyMap<string, PhoneDesk>
  secretariat_id: string
  holidays: HolidayCalendar
}
export interface PhoneDesk {
  id: string
  zone: string
  hours: readonly OpenHours[]
  /** Closed for good, or taking no requests at present. */
  takes: boolean
}

/** Asked once for many calls (platform/remembered.ts): it is the same for everybody. */
export async function phoneHours(ctx: Reading): Promise<PhoneHours> {
  const [desks, lines, holidays] = await Promise.all([
    sql<{ id: string; zone: string; kind: string; takes: boolean; hours: OpenHours[] | null }>`select d.id, d.kind,
        d.time_zone as zone, d.closed_at is null and (d.accepting or d.kind = 'secretariat') as takes,
        (select jsonb_agg(jsonb_build_object('weekday', weekday, 'opens', to_char(opens, 'HH24:MI'), 'closes', to_char(closes, 'HH24:MI'))
          order by weekday, opens) from desk_hours h where h.desk_id = d.id) as hours
      from desks d where d.kind <> 'provider' order by d.id limit 2000`.execute(ctx.db),
    sql<{
      number: string
      desk_id: string
    }>`select number, desk_id from phone_lines where desk_id in (select id from desks where closed_at is null and kind <> 'provider')
      order by number limit 1000`.execute(ctx.db),
    holidayCalendar(ctx, ctx.now),
  ])
  return {
    lines: new Map(lines.rows.map(({ number, desk_id }) => [number, desk_id])),
    desks: new Map(desks.rows.map((row) => [row.id, { ...row, hours: row.hours ?? officeHours }])),
    secretariat_id: desks.rows.find(({ kind }) => kind === 'secretariat')?.id ?? '',
    holidays,
  }
}

export interface OpenState {
  open: boolean
  /** When it opens next; null while it is open, and where nobody can say. */
  opens_at: Date | null
  zone: string
  /** Why it is closed: out of hours, a holiday's name, or nobody takes requests here now. */
  why: 'hours' | 'holiday' | 'paused' | null
  holiday: string | null
}

const MINUTE = 60_000

/** Whether a desk is open at this moment, by its own hours, zone, national holidays and cuti bersama. Pure. */
export function openAt(desk: PhoneDesk, holidays: HolidayCalendar, at: Date): OpenState {
  const { zone, hours } = desk
  if (!desk.takes) return { open: false, opens_at: null, zone, why: 'paused', holiday: null }
  // The minute that has begun counts as begun: at the stroke of closing time it is closed.
  const start = new Date(Math.floor(at.getTime() / MINUTE) * MINUTE)
  const reckoned = nextMinute({ zone, hours, holidays, start })
  if (reckoned === null) return { open: false, opens_at: null, zone, why: 'hours', holiday: null }
  const { sum } = reckoned
  const last = sum.at(-1)!
  const opens_at = momentAt(zone, last.date, last.from!)
  if (opens_at.getTime() <= at.getTime()) return { open: true, opens_at: null, zone, why: null, holiday: null }
  const [today] = sum
  const holiday = today?.reason === 'national' || today?.reason === 'cuti_bersama' ? (today.name ?? '') : null
  return { open: false, opens_at, zone, why: holiday === null ? 'hours' : 'holiday', holiday }
}

/** Null for a desk that has no hours, or whose next opening lies more than a year away. */
function nextMinute(given: { zone: string; hours: readonly OpenHours[]; holidays: HolidayCalendar; start: Date }) {
  try {
    return addWorkingMinutes({ ...given, minutes: 1 })
  } catch (thrown) {
    if (thrown instanceof Refusal) return null
    throw thrown
  }
}
