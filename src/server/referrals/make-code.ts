import { randomInt } from 'node:crypto'

/** Without letters that look like another one or like a figure: it is read from a screen and typed into a telephone. */
export const SIGNS = '23456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * What is typed into an SMS to answer an offer. Longer when shorter ones were taken. It holds a figure, so that no word of a sentence is taken
 * for one ("terima banget": read-command.ts), and is no ordinary name of something, which is not taken for one either.
 */
export function makeCode(length: number): string {
  for (;;) {
    const signs = Array.from({ length }, () => SIGNS[randomInt(SIGNS.length)]!)
    signs[randomInt(length)] = SIGNS[randomInt(FIGURES)]!
    const code = signs.join('')
    if (!isOrdinary(code)) return code
  }
}
/** The first so many signs are figures. */
const FIGURES = 8

/** Names of things with digits that no code is meant by: "24jam", "2hari", "H240", "x64", "A4". */
export const isOrdinary = (word: string): boolean => ORDINARY.test(word)
const ORDINARY =
  /^\d+(?:jam|hari|menit|x|gb|tb|mb|rb|jt|bit|km|th|kali|org|orang|unit)?[.,;:!]?$|^(?:x64|x86|mp3|mp4|win\d+|a\d|f\d{1,2})[.,;:!]?$/i
