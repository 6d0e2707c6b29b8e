/**
 * Numbers with their type (TON) and plan (NPI), SMPP 3.4, 5.2.5 and 5.2.6: 1 is international, 2 national, 5 letters instead of a number.
 */

export const INTERNATIONAL = 1
const NATIONAL = 2
const LETTERS = 5
const UNKNOWN = 0
/** E.164: the plan of telephone numbers. */
const TELEPHONE = 1
const NO_PLAN = 0

export interface TypedNumber {
  number: string
  ton: number
  npi: number
}

/** As people write it: `+62…` for international, `0…` for national; everything else as it came. */
export function numberOf(ton: number | undefined, given: string | undefined): string {
  const number = (given ?? '').replaceAll('\0', '').trim()
  if (!/^\d+$/.test(number)) return number
  if (ton === INTERNATIONAL) return `+${number}`
  return ton === NATIONAL && !number.startsWith('0') ? `0${number}` : number
}

/** `+62811…`, a short number such as 1500, or up to eleven letters. */
export function typedNumber(text: string): TypedNumber {
  if (/^\+\d+$/.test(text)) return { number: text.slice(1), ton: INTERNATIONAL, npi: TELEPHONE }
  if (/^\d*$/.test(text)) return { number: text, ton: UNKNOWN, npi: text === '' ? NO_PLAN : TELEPHONE }
  return { number: text, ton: LETTERS, npi: NO_PLAN }
}
