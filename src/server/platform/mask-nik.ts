/** Codes of the 38 provinces as they stand in a NIK; 91 to 96 are Papua's. */
// prettier-ignore
const PROVINCES = new Set([
  '11', '12', '13', '14', '15', '16', '17', '18', '19', '21', '31', '32', '33', '34', '35', '36', '51', '52', '53', '61', '62', '63', '64',
  '65', '71', '72', '73', '74', '75', '76', '81', '82', '91', '92', '93', '94', '95', '96',
])
/** Nothing of a longer number, word, file name or id; a blank, point or hyphen may stand between two digits. */
const SIXTEEN = /(?:(?<![\p{L}\p{N}+_/.-])|(?<=(?:nik|ktp|kk)))\d(?:[ .-]?\d){15}(?![\p{L}\p{N}_/]|[.-]\d)/giu
const NAMED = /(?:\bnik|\bktp|\bkk|kependudukan|kartu keluarga)\P{L}{0,12}$/iu
const MAYBE = /\d{2}[ .-]?\d{2}/

/**
 * Blots out national identity numbers (NIK, also of family cards): nobody needs one here, and people send them all the same. What is taken
 * for one: sixteen digits that are province (one of 38), regency (01–79), district (01–99), day (a woman's plus 40), month and year of a day that there
 * is, and a serial that is not 0000. A number that is also a valid payment card (first digit 5 or 6, Luhn's sum) counts only where the
 * word NIK, KTP or KK stands just before it. By chance about one other number of sixteen digits in fifty looks so; its last two digits stay, as
 * of every one, so that two can be told apart.
 */
export function maskNik(text: string): string {
  if (!MAYBE.test(text)) return text
  return text.replace(SIXTEEN, (found, at: number) => {
    const digits = found.replace(/\D/g, '')
    return isNik(digits) && (!isCard(digits) || NAMED.test(text.slice(Math.max(0, at - 40), at)))
      ? '•'.repeat(14) + digits.slice(-2)
      : found
  })
}

/** In the name of a file nothing stands around a number that says what it is (`KTP_3201….jpg`), so a number of sixteen digits that looks so is one. */
export const maskNikInName = (name: string): string =>
  name.replace(/(?<!\d)\d{16}(?!\d)/g, (digits) => (isNik(digits) ? '•'.repeat(14) + digits.slice(-2) : digits))

export const maskedNames = <File extends { name: string }>(files: readonly File[]): File[] =>
  files.map((file) => ({ ...file, name: maskNikInName(file.name) }))

export function isNik(digits: string): boolean {
  if (!/^\d{16}$/.test(digits) || !PROVINCES.has(digits.slice(0, 2))) return false
  const [regency, district, day, month, year] = [2, 4, 6, 8, 10].map((at) => Number(digits.slice(at, at + 2)))
  const born = day! > 40 ? day! - 40 : day!
  if (regency! < 1 || regency! > 79 || district! < 1 || digits.endsWith('0000')) return false
  if (month! < 1 || month! > 12 || born < 1) return false
  // The century is not said; the 29th of February is looked for in both.
  return [1900, 2000].some((century) => born <= new Date(Date.UTC(century + year!, month!, 0)).getUTCDate())
}

/** Mastercard, Maestro and UnionPay begin like provinces; Visa (4) and American Express (15 digits) do not. */
function isCard(digits: string): boolean {
  if (!/^[56]/.test(digits)) return false
  const sum = [...digits].reduce((total, digit, index) => {
    const twice = Number(digit) * (index % 2 === 0 ? 2 : 1)
    return total + (twice > 9 ? twice - 9 : twice)
  }, 0)
  return sum % 10 === 0
}

/** The same in some fields of a row; what is null stays so. */
export function maskedIn<Row extends object>(row: Row, fields: readonly (keyof Row)[]): Row {
  const masked = { ...row }
  for (const field of fields) {
    const text = row[field]
    if (typeof text === 'string') masked[field] = maskNik(text) as Row[typeof field]
  }
  return masked
}
