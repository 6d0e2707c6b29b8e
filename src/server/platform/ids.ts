import { v7 } from 'uuid'

/** A UUIDv7: sorts by the time it was made. Keys are made here, because PostgreSQL 16 and 17 have no uuidv7(). */
export const newId = (): string => v7()

/** An id whose time is given: for rows that must lie in the partition of an injected clock. */
export const newIdAt = (at: Date): string => v7({ msecs: at.getTime() })

const DAY_MS = 86_400_000

/** The moment in which an id was made, in ms since 1970: the first 48 bits of a UUIDv7. */
const madeAt = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)

/**
 * Below every id that was made after this one. The journal lies in a part for each month: with this bound PostgreSQL opens those since a
 * ticket was opened, not all that there ever were. A day earlier, because clocks of several machines differ.
 */
export const boundBelow = (id: string): string => {
  const moment = Math.max(0, madeAt(id) - DAY_MS)
  const digits = moment.toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`
}

/** A new id that {@link boundBelow} of another one finds, also when the clock was set back since that was made. */
export const newIdAfter = (other: string): string => {
  const id = newId()
  return id < boundBelow(other) ? newIdAt(new Date(madeAt(other))) : id
}

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
export const isId = (text: string): boolean => SHAPE.test(text)
