/**
 * The letters of an SMS: the GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, 6.2.1). A text of these letters alone
 * costs seven bits a letter; a single other letter makes all of it UCS-2, which more than doubles its price.
 */

// Each letter costs one septet. Form feed and escape are no letters that anybody types.
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
// An escape and a letter: two septets, never parted.
const EXTENSION = new Set('\f^{}\\[~]|€')

/** How many septets a letter costs; null for one that GSM 7-bit does not have. */
export const septetsOf = (letter: string): 1 | 2 | null => (BASIC.has(letter) ? 1 : EXTENSION.has(letter) ? 2 : null)

/** Whether the whole text can be sent at seven bits a letter. */
export const isGsm = (text: string): boolean => [...text].every((letter) => septetsOf(letter) !== null)

// What word processors and phones put in place of what was typed. Nothing of the meaning is lost; letters with accents are left alone.
const FOLDS: readonly (readonly [RegExp, string])[] = [
  [/\r\n?|[\u2028\u2029\u0085]/g, '\n'],
  [/[\u2018\u2019\u201A\u201B\u2032\u02BC\u00B4`]/g, "'"],
  [/[\u201C\u201D\u201E\u201F\u2033\u00AB\u00BB]/g, '"'],
  [/[\u2010-\u2015\u2212\u2043]/g, '-'],
  [/[\u2022\u2023\u25CF\u25AA\u00B7]/g, '-'],
  [/\u2026/g, '...'],
  [/[\t\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]/g, ' '],
  // Seen by nobody: marks of direction, joiners of words, soft hyphens. Joiners within emoji stay, those letters are UCS-2 anyway.
  [/[\u00AD\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\uFEFF]/g, ''],
  [/[\u2192\u21D2]/g, '->'],
]

/**
 * The same text in letters that cost less, where nothing is lost by it: curly quotes, dashes, bullets, wide spaces, invisible marks.
 * What has no counterpart stays as it is, and the text goes out as UCS-2.
 */
export function foldToGsm(text: string): string {
  return FOLDS.reduce(
    (folded, [pattern, to]) => folded.replace(pattern, to),
    text
      .normalize('NFC')
      // Full-width forms stand 0xFEE0 above the plain ones.
      .replace(/[\uFF01-\uFF5E]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0xfee0)),
  )
}
