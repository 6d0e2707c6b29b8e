/**
 * A ticket's number: a sequence and Damm's check digit (H. M. Damm, 2004), so that a number mistyped in an SMS or read out on the
 * telephone is found to be wrong instead of leading to somebody else's ticket. It is text everywhere outside PostgreSQL.
 */

// The quasigroup of the SQL function damm_digit(); a test holds both against each other.
const QUASIGROUP = [
  '0317598642',
  '7092154863',
  '4206871359',
  '1750983426',
  '6123045978',
  '3674209581',
  '5869720134',
  '8945362017',
  '9438617205',
  '2581436790',
] as const

/** The digit to put behind a row of digits; 0 for a row that ends with its own check digit. */
export function dammDigit(digits: string): number {
  let interim = 0
  for (const digit of digits) interim = Number(QUASIGROUP[interim]![Number(digit)])
  return interim
}

/** 2^53 has 16 digits; a reply address holds 11. */
const NUMBER = /^\d{2,11}$/

/**
 * What somebody typed, as a number: '#100057', '[#100057]', '100 057', 'no. 100.057'. Null when it is none, or when its check digit
 * says that it was mistyped.
 */
export function readNumber(text: string): string | null {
  const digits = /^\s*\[?\s*(?:(?:no|nomor|tiket|ticket)[.:]?\s*)?#?\s*([\d\s.-]+?)\s*\]?\s*$/i
    .exec(text)?.[1]
    ?.replace(/[\s.-]/g, '')
  if (digits === undefined || !NUMBER.test(digits) || digits.startsWith('0')) return null
  return dammDigit(digits) === 0 ? digits : null
}

/** How a mail's subject carries it: `[#100057] Printer mati`. */
export const subjectWithNumber = (number: string, subject: string): string => `[#${number}] ${subject}`
