import { z } from 'zod'
import { timeZones } from '../regions/index.ts'

const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/)

// With the longest answer time (160 hours) four hours a week keep every due time within a year.
const WEEKLY_MINUTES_MIN = 4 * 60

/** Opening hours of a week: several stretches a day make a break; they may not overlap, and together are four hours at least. */
export const Hours = z
  .array(z.strictObject({ weekday: z.int().min(1).max(7), opens: clockTime, closes: clockTime }))
  .max(42)
  .superRefine((hours, check) => {
    const sorted = hours
      .map((row, index) => ({ ...row, index }))
      .sort((a, b) => a.weekday - b.weekday || (a.opens < b.opens ? -1 : 1))
    for (const [position, row] of sorted.entries()) {
      const before = sorted[position - 1]
      if (row.closes <= row.opens)
        check.addIssue({ code: 'custom', path: [row.index, 'closes'], message: 'desk.hours_backwards' })
      else if (before?.weekday === row.weekday && before.closes > row.opens)
        check.addIssue({ code: 'custom', path: [row.index, 'opens'], message: 'desk.hours_overlap' })
    }
    const weekly = hours.reduce((total, row) => total + minutesOf(row.closes) - minutesOf(row.opens), 0)
    if (weekly < WEEKLY_MINUTES_MIN) check.addIssue({ code: 'custom', path: [], message: 'desk.hours_too_few' })
  })

// Addresses that mail servers and people expect to mean something else.
const RESERVED = new Set(['postmaster', 'abuse', 'mailer-daemon', 'noreply', 'no-reply', 'root', 'webmaster'])

export const LocalPart = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'desk.address_shape')
  .refine((part) => !RESERVED.has(part), 'desk.address_reserved')

/** What can be said about a desk, when it is added and when it is changed. */
export const deskFields = {
  name: z.string().trim().min(1).max(120),
  organisation_id: z.uuid().nullable(),
  mail_local_part: LocalPart.nullable(),
  time_zone: z.enum(timeZones),
  accepting: z.boolean(),
  /** Kemendagri codes of the provinces or regencies that it covers. */
  regions: z.array(z.string().regex(/^\d{2}(\.\d{2})?$/)).max(600),
  hours: Hours,
  competences: z.array(z.string().min(1).max(40)).max(200),
  members: z.array(z.strictObject({ person_id: z.uuid(), role: z.enum(['agent', 'coordinator']) })).max(500),
}
