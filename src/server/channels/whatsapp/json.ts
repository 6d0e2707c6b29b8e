/** What stands in JSON that strangers wrote, without believing that it has any form. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** The record that it is; an empty one for anything else. */
export const recordIn = (value: Json | undefined): Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}

/** The list under a name; an empty one where there is none. */
export const listIn = (record: Record<string, Json>, name: string): Json[] => {
  const value = own(record, name)
  return Array.isArray(value) ? value : []
}

/** The text under a name, in letters that a database can keep; '' where there is none. A number counts as its digits. */
export const textIn = (record: Record<string, Json>, name: string): string => {
  const value = own(record, name)
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '') : ''
}

/** Whole numbers that are not negative; null for anything else. */
export const countIn = (record: Record<string, Json>, name: string): number | null => {
  const value = Number(textIn(record, name) || 'none')
  return Number.isSafeInteger(value) && value >= 0 ? value : null
}

const own = (record: Record<string, Json>, name: string) => (Object.hasOwn(record, name) ? record[name] : undefined)
