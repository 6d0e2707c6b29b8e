import { v7 } from 'uuid'

/** A UUIDv7: sorts by the time it was made. Keys are made here, because PostgreSQL 16 and 17 have no uuidv7(). */
export const newId = (): string => v7()

/** An id whose time is given: for rows that must lie in the partition of an injected clock. */
export const newIdAt = (at: Date): string => v7({ msecs: at.getTime() })

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
export const isId = (text: string): boolean => SHAPE.test(text)
