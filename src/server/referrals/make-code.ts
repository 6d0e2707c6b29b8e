import { randomInt } from 'node:crypto'

/** Without letters that look like another one or like a figure: it is read from a screen and typed into a telephone. */
export const SIGNS = '23456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * What is typed into an SMS to answer an offer. Longer when shorter ones were taken. It holds a figure, so that no word of a sentence is taken
 * for one ("terima banget": read-command.ts).
 */
export function makeCode(length: number): string {
  const signs = Array.from({ length }, () => SIGNS[randomInt(SIGNS.length)]!)
  signs[randomInt(length)] = SIGNS[randomInt(FIGURES)]!
  return signs.join('')
}
/** The first so many signs are figures. */
const FIGURES = 8
