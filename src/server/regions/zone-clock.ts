/** Calendar dates, and the wall clocks of time zones, by Intl: no offset is written down here. */
const DAY = 24 * 60 * 60_000

// Calendar dates as text; midnight UTC stands for the date, so that no zone can move it.
const asUtc = (date: string) => Date.parse(`${date}T00:00:00Z`)
const shiftDate = (date: string, days: number) => new Date(asUtc(date) + days * DAY).toISOString().slice(0, 10)
export const nextDate = (date: string) => shiftDate(date, 1)
export const previousDate = (date: string) => shiftDate(date, -1)
/** ISO weekday: 1 = Monday … 7 = Sunday. */
export const weekdayOf = (date: string) => new Date(asUtc(date)).getUTCDay() || 7

/** The moment at which the clocks of a zone show this date (YYYY-MM-DD) and time (HH:MM). */
export const momentAt = (zone: string, date: string, time: string): Date =>
  new Date(zoneClock(zone).instantOf(date, time))

/** Between moments and the wall clock of a zone. */
export function zoneClock(zone: string) {
  const offsetAt = offsetsOf(zone)
  const local = (at: number) => new Date(at + offsetAt(at)).toISOString()
  return {
    dateOf: (at: number) => local(at).slice(0, 10),
    timeOf: (at: number) => local(at).slice(11, 16),
    /** The offset is asked at the guess and once more at the answer, because a zone may change it in between. */
    instantOf(date: string, time: string) {
      const wall = time === '24:00' ? asUtc(nextDate(date)) : Date.parse(`${date}T${time.slice(0, 5)}:00Z`)
      const guess = wall - offsetAt(wall)
      return wall - offsetAt(guess)
    },
  }
}

// Asking Intl costs more than the rest of a sum, and zones change their offset on a quarter of an hour only: one question a quarter.
const QUARTER = 15 * 60_000
const QUARTERS_MAX = 10_000
const zones = new Map<string, (at: number) => number>()

/** A zone's offset in milliseconds at a moment, by Intl. Pure, hence remembered for all who ask; as many as there are zones. */
function offsetsOf(zone: string): (at: number) => number {
  const before = zones.get(zone)
  if (before) return before
  const formatter = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  const offsets = new Map<number, number>()
  const offsetAt = (at: number) => {
    const quarter = Math.floor(at / QUARTER) * QUARTER
    let offset = offsets.get(quarter)
    if (offset === undefined) {
      const part = Object.fromEntries(formatter.formatToParts(quarter).map(({ type, value }) => [type, value]))
      const { year, month, day, hour, minute, second } = part
      offset = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - quarter
      if (offsets.size >= QUARTERS_MAX) offsets.clear()
      offsets.set(quarter, offset)
    }
    return offset
  }
  zones.set(zone, offsetAt)
  return offsetAt
}
