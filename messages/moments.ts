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

const formatters = new Map<string, Intl.DateTimeFormat>()
const locale = { id: 'id-ID', en: 'en-GB' } as const

function partsOf(at: Date, zone: string, language: Language): Record<string, string> {
  const name = `${language} ${zone}`
  let formatter = formatters.get(name)
  if (!formatter)
    formatters.set(
      name,
      (formatter = new Intl.DateTimeFormat(locale[language], {
        timeZone: zone,
        weekday: 'short',
        day: 'numeric',
        month: 'short',
        year: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      })),
    )
  return Object.fromEntries(formatter.formatToParts(at).map((part) => [part.type, part.value]))
}

/** @example moment(at, 'Asia/Jayapura', 'id') → "Sel 18 Nov 2025 16.05 WIT" */
export function moment(at: Date, zone: string, language: Language): string {
  const part = partsOf(at, zone, language)
  const separator = language === 'id' ? '.' : ':'
  return `${part['weekday']} ${part['day']} ${part['month']} ${part['year']} ${part['hour']}${separator}${part['minute']} ${ZONES[zone] ?? zone}`
}

/** The time of day alone: "14.05 WIB". */
export function timeOfDay(at: Date, zone: string, language: Language): string {
  const part = partsOf(at, zone, language)
  return `${part['hour']}${language === 'id' ? '.' : ':'}${part['minute']} ${shortZone(zone)}`
}

/** The day alone: "Sel 18 Nov 2025". */
export function day(at: Date, zone: string, language: Language): string {
  const part = partsOf(at, zone, language)
  return `${part['weekday']} ${part['day']} ${part['month']} ${part['year']}`
}
