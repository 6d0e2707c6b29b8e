import type { Writing } from '../platform/context.ts'
import { sameBytes } from '../platform/secrets.ts'
import { SIGNS } from './make-code.ts'

/** A code of the window before still counts, so it holds for a quarter of an hour at least. */
const WINDOW_MS = 15 * 60_000
const CODE_LENGTH = 5

interface Pausing {
  person_id: string
  desk_id: string
  days: number
}

/**
 * What goes to the number of a contact who asked for a pause by SMS and has to come back from there: who forges the sender never sees it. It is of this contact,
 * desk, number of days and quarter of an hour, and stands nowhere: whoever asks twice gets the same.
 */
export const pauseCode = (ctx: Writing, { person_id, desk_id, days }: Pausing, windows_ago = 0): string => {
  const window = Math.floor(ctx.now.getTime() / WINDOW_MS) - windows_ago
  const bytes = ctx.app.secrets.sign('pause_code', person_id, desk_id, String(days), String(window))
  // With a figure, so that no word is one (read-command.ts); the first eight signs are figures.
  return Array.from(
    { length: CODE_LENGTH },
    (_, place) => SIGNS[bytes[place]! % (place === 1 ? 8 : SIGNS.length)],
  ).join('')
}

export const isPauseCode = (ctx: Writing, pausing: Pausing, code: string): boolean =>
  [0, 1].some((windows_ago) => sameBytes(pauseCode(ctx, pausing, windows_ago), code))
