/** How moments and durations are written for people: "Sel 18 Nov 2025 14.05 WIB", always with the zone. */
import type { Language } from './format.ts'

const ZONES: Record<string, string> = {
  'Asia/Jakarta': 'WIB',
  'Asia/Pontianak': 'WIB',
  'Asia/Makassar': 'WITA',
  'Asia/Jayapura': 'WIT',
  UTC: 'UTC',
}
/** "WIB" for Asia/Jakarta; the zone's own name where Indonesia has no letters for it. */
export const shortZone = (zone: string): string => ZONES[zone] ?? zone

/** The name of an ISO weekday: 1 is "Senin", "Monday". */
export const weekdayName = (weekday: number, language: Language): string =>
  // The first of January 2024 was a Monday.
  new Intl.DateTimeFormat(locale[language], { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2024, 0, weekday))

const locale = { id: 'id-ID', en: 'en-GB' } as const
const DAY_MS = 86_400_000
const QUARTER_MS = 900_000
/** Days and offsets that are kept: a few years of each zone and language. A list tells fifty moments, and Intl takes 5 µs for each. */
const KEPT_MAX = 5_000

/** A day as it is written, by language and number of the day: its name does not depend on a zone. */
const days = { id: new Map<number, string>(), en: new Map<number, string>() }
const dayFormatters = new Map<Language, Intl.DateTimeFormat>()

function nameOfDay(number: number, language: Language): string {
  const known = days[language].get(number)
  if (known !== undefined) return known
  let formatter = dayFormatters.get(language)
  if (!formatter)
    dayFormatters.set(
      language,
      (formatter = new Intl.DateTimeFormat(locale[language], {
        timeZone: 'UTC',
        weekday: 'short',
        day: 'numeric',
        month: 'short',
        year: 'numeric',
      })),
    )
  const part = Object.fromEntries(formatter.formatToParts(number * DAY_MS).map(({ type, value }) => [type, value]))
  const name = `${part['weekday']} ${part['day']} ${part['month']} ${part['year']}`
  return keep(days[language], number, name)
}

/** How far a zone's clocks were ahead of UTC in a quarter of an hour, in milliseconds: no clock is changed within one. */
const offsets = new Map<string, Map<number, number>>()
const clocks = new Map<string, Intl.DateTimeFormat>()

function offsetAt(at: number, zone: string): number {
  let ofZone = offsets.get(zone)
  if (!ofZone) offsets.set(zone, (ofZone = new Map()))
  const quarter = Math.floor(at / QUARTER_MS)
  const known = ofZone.get(quarter)
  if (known !== undefined) return known
  let clock = clocks.get(zone)
  if (!clock)
    clocks.set(
      zone,
      (clock = new Intl.DateTimeFormat('en-GB', {
        timeZone: zone,
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
        hourCycle: 'h23',
      })),
    )
  const begun = quarter * QUARTER_MS
  const part = Object.fromEntries(clock.formatToParts(begun).map(({ type, value }) => [type, Number(value)]))
  const shown = new Date(Date.UTC(2000, 0, 1, part['hour'], part['minute'], part['second']))
  shown.setUTCFullYear(part['year']!, part['month']! - 1, part['day'])
  return keep(ofZone, quarter, shown.getTime() - begun)
}

function keep<Value>(kept: Map<number, Value>, key: number, value: Value): Value {
  if (kept.size >= KEPT_MAX) kept.clear()
  kept.set(key, value)
  return value
}

const twoDigits = (number: number) => String(number).padStart(2, '0')

/** The day and the time of day by a zone's clocks. */
function told(at: Date, zone: string, language: Language): { day: string; time: string } {
  const local = at.getTime() + offsetAt(at.getTime(), zone)
  const number = Math.floor(local / DAY_MS)
  const minutes = Math.floor((local - number * DAY_MS) / 60_000)
  const separator = language === 'id' ? '.' : ':'
  return {
    day: nameOfDay(number, language),
    time: `${twoDigits(Math.floor(minutes / 60))}${separator}${twoDigits(minutes % 60)}`,
  }
}

/** @example moment(at, 'Asia/Jayapura', 'id') → "Sel 18 Nov 2025 16.05 WIT" */
export function moment(at: Date, zone: string, language: Language): string {
  const { day, time } = told(at, zone, language)
  return `${day} ${time} ${shortZone(zone)}`
}

/** The time of day alone: "14.05 WIB". */
export const timeOfDay = (at: Date, zone: string, language: Language): string =>
  `${told(at, zone, language).time} ${shortZone(zone)}`

/** The day alone: "Sel 18 Nov 2025". */
export const day = (at: Date, zone: string, language: Language): string => told(at, zone, language).day
