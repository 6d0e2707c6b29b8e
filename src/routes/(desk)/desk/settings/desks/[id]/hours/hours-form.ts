/** The week as a form: so many stretches a day, as people type them. */
import type { OpenHours } from '#server/regions/index.ts'
import type { Fault } from '#server/platform/refusal.ts'
import { textOf } from '../../../../../../../edge/form-fields.ts'

export const weekdays = [1, 2, 3, 4, 5, 6, 7] as const
/** A lunch break makes two; a desk that has more keeps them. */
const STRETCHES_MIN = 2
const STRETCHES_MAX = 6

export const stretchesOf = (hours: readonly OpenHours[]): number =>
  Math.max(STRETCHES_MIN, ...weekdays.map((day) => hours.filter(({ weekday }) => weekday === day).length))

/** What stands in each field: `opens_1_0` is the beginning of Monday's first stretch. */
export function hoursAsTyped(hours: readonly OpenHours[]): Record<string, string> {
  const typed: Record<string, string> = {}
  for (const day of weekdays)
    for (const [index, { opens, closes }] of hours.filter(({ weekday }) => weekday === day).entries()) {
      typed[`opens_${day}_${index}`] = opens
      typed[`closes_${day}_${index}`] = closes
    }
  return typed
}

export function typedHours(form: FormData): Record<string, string> {
  const typed: Record<string, string> = {}
  for (const day of weekdays)
    for (let index = 0; index < STRETCHES_MAX; index++)
      for (const end of ['opens', 'closes']) {
        const name = `${end}_${day}_${index}`
        const text = textOf(form, name)
        if (text !== '') typed[name] = text
      }
  return typed
}

/** The typed week as the command takes it, with the field that each part of it came from, so that its faults find their place. */
export function readHours(typed: Record<string, string>): { hours: OpenHours[]; fields: string[]; faults: Fault[] } {
  const hours: OpenHours[] = []
  const fields: string[] = []
  const faults: Fault[] = []
  for (const day of weekdays)
    for (let index = 0; index < STRETCHES_MAX; index++) {
      const name = `${day}_${index}`
      const [from, to] = [typed[`opens_${name}`] ?? '', typed[`closes_${name}`] ?? '']
      if (from === '' && to === '') continue
      const [opens, closes] = [clockTime(from), clockTime(to)]
      if (opens === null) faults.push({ path: `opens_${name}`, key: 'settings.fault_time' })
      if (closes === null) faults.push({ path: `closes_${name}`, key: 'settings.fault_time' })
      hours.push({ weekday: day, opens: opens ?? '', closes: closes ?? '' })
      fields.push(name)
    }
  return { hours, fields, faults }
}

/** "8", "8.30", "08:30" and "24.00" as people write them; null for what is no time of day. */
export function clockTime(text: string): string | null {
  const match = /^(\d{1,2})(?:[.:](\d{2}))?$/.exec(text)
  if (!match) return null
  const [hour, minute] = [Number(match[1]), Number(match[2] ?? 0)]
  if (minute > 59 || hour > 24 || (hour === 24 && minute > 0)) return null
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}

/** The command names a fault `hours.3.closes`; the form calls that field `closes_2_0`. */
export function faultsInForm(faults: readonly Fault[], fields: readonly string[]): Fault[] {
  return faults.map(({ path, key }) => {
    const [, index, end] = path.split('.')
    const field = index === undefined ? undefined : fields[Number(index)]
    return { path: field === undefined ? 'opens_1_0' : `${end ?? 'opens'}_${field}`, key }
  })
}
