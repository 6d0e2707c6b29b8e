import ICAL from 'ical.js'

/** What a calendar invitation says, in words that fit in a line each. '' where it says nothing. */
export interface Invitation {
  /** Lower case: `request`, `cancel`, `reply`, `publish` …; '' if the calendar gives none. */
  method: string
  summary: string
  location: string
  organizer: string
  begins: InvitationTime | null
  ends: InvitationTime | null
}

export interface InvitationTime {
  /** As written, without zone: `2026-11-24T09:00` or, for whole days, `2026-11-24`. */
  written: string
  /** Null where the zone is not known; then only what was written can be shown. */
  at: Date | null
}

const CALENDAR_LENGTH_MAX = 262_144
const WORDS_LENGTH_MAX = 300
const INVITATIONS_MAX = 5
/** Outlook names zones in its own way; of these the three of Indonesia. */
const WINDOWS_ZONES: Record<string, string> = {
  'SE Asia Standard Time': 'Asia/Jakarta',
  'Singapore Standard Time': 'Asia/Makassar',
  'Tokyo Standard Time': 'Asia/Jayapura',
}

/** The invitations of a text/calendar part; none if it cannot be read. Repetitions are not reckoned: the first time is what is said. */
export function readInvitations(text: string): Invitation[] {
  if (text.length > CALENDAR_LENGTH_MAX) return []
  try {
    const parsed = ICAL.parse(text.trim()) as unknown[]
    return invitationsOf(new ICAL.Component((parsed[0] === 'vcalendar' ? parsed : parsed[0]) as object[]))
  } catch {
    // Not a calendar, whatever its type says. It stays an attachment.
    return []
  }
}

function invitationsOf(calendar: ICAL.Component): Invitation[] {
  const method = words(calendar.getFirstPropertyValue('method')).toLowerCase()
  return calendar
    .getAllSubcomponents('vevent')
    .slice(0, INVITATIONS_MAX)
    .map((entry) => ({
      method,
      summary: words(entry.getFirstPropertyValue('summary')),
      location: words(entry.getFirstPropertyValue('location')),
      organizer: organizerOf(entry),
      begins: timeOf(calendar, entry.getFirstProperty('dtstart')),
      ends: timeOf(calendar, entry.getFirstProperty('dtend')),
    }))
}

const words = (value: unknown) =>
  (typeof value === 'string' ? value : '').replace(/\s+/g, ' ').trim().slice(0, WORDS_LENGTH_MAX)

function organizerOf(entry: ICAL.Component): string {
  const organizer = entry.getFirstProperty('organizer')
  const name = organizer?.getParameter('cn')
  return words(name) || words(organizer?.getFirstValue()).replace(/^mailto:/i, '')
}

function timeOf(calendar: ICAL.Component, property: ICAL.Property | null): InvitationTime | null {
  const time = property?.getFirstValue() as ICAL.Time | null | undefined
  if (!property || !time || typeof time.toString !== 'function' || !('isDate' in time)) return null
  const written = time.toString().replace(/(T\d\d:\d\d).*$/, '$1')
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d)?$/.test(written)) return null
  const minutes = time.isDate ? null : offsetMinutes(calendar, property, written)
  return { written, at: minutes === null ? null : new Date(Date.parse(`${written}Z`) - minutes * 60_000) }
}

/** How far the written time is ahead of UTC. */
function offsetMinutes(calendar: ICAL.Component, property: ICAL.Property, written: string): number | null {
  if ((property.toJSON() as unknown[]).some((part) => typeof part === 'string' && part.endsWith('Z'))) return 0
  const name = words(property.getParameter('tzid')).replace(/^"|"$/g, '')
  if (name === '') return null
  return zoneMinutes(WINDOWS_ZONES[name] ?? name, written) ?? definedMinutes(calendar, name)
}

function zoneMinutes(zone: string, written: string): number | null {
  const utc = Date.parse(`${written}Z`)
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(utc)
    const [, sign, hours, minutes] =
      /GMT(?:([+-])(\d\d):(\d\d))?/.exec(parts.find(({ type }) => type === 'timeZoneName')!.value) ?? []
    return (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -1 : 1)
  } catch {
    // Not a zone that we know by name.
    return null
  }
}

/** The calendar's own definition, its first standard time: Indonesia has no summer time. */
function definedMinutes(calendar: ICAL.Component, name: string): number | null {
  const zone = calendar.getAllSubcomponents('vtimezone').find((each) => each.getFirstPropertyValue('tzid') === name)
  const offset = zone?.getFirstSubcomponent('standard')?.getFirstPropertyValue('tzoffsetto')
  const [, sign, hours, minutes] = /^([+-]?)(\d\d):?(\d\d)/.exec(String(offset ?? '')) ?? []
  return hours === undefined ? null : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
}
