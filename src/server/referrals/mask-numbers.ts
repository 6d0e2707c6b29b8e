import { marked } from './marks.ts'

/** Digits with what people put between them: blanks, dots, dashes, strokes, brackets. */
const RUN = /[+(]{0,2}\d(?:[ \t.\-/()\u2010-\u2015]{0,3}\d)*/g
const CALLED =
  /(?:\b(?:telp|telepon|tlp|tel|phone|hp|wa|whatsapp|sms|fax|faks|hubungi|kontak|call|ext)\b)[^\p{L}\p{N}]{0,4}$/iu
const BORN = /(?:lahir|ttl|born)\P{N}{0,40}$/iu
const MONEY = /(?:\brp|\bidr)[. \t]{0,3}$/iu
const DAY = /^(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([-/.])\d{1,2}\1(?:19|20)?\d{2})(?:[ \t]{1,3}\d{1,2}[.:]\d{2})?$/
const DIGITS_MAX = 6
/** So long a number behind "telp" is one without its area code; "HP 240" is a laptop. */
const CALLED_DIGITS_MIN = 5

const NUMERAL =
  '(?:nol|kosong|satu|dua|tiga|empat|lima|enam|tujuh|delapan|lapan|sembilan|zero|one|two|three|four|five|six|seven|eight|nine)'
/** "nol delapan satu dua …": seven numerals and more, as people write who want to hide a number from machines. */
const SPELLED = new RegExp(`(?<!\\p{L})${NUMERAL}(?:[ \\t,.\\-]{0,3}${NUMERAL}){6,}(?!\\p{L})`, 'giu')

/**
 * Blots out telephone numbers in all spellings, NIK, NIP, NPWP and every other long number: of account, card, office. What stays has at most six
 * digits (versions, codes of faults), or is a day or a sum of money. A short number goes where "telp", "WA" or the like stands before it.
 */
export function maskNumbers(text: string): string {
  return text
    .replace(SPELLED, marked('phone'))
    .replace(RUN, (run, at: number, whole: string) => replaced(run, whole.slice(Math.max(0, at - 60), at)))
}

function replaced(run: string, before: string): string {
  const digits = run.replace(/\D/g, '')
  if (DAY.test(run)) return BORN.test(before) ? marked('number') : run
  const is_called = digits.length >= CALLED_DIGITS_MIN && CALLED.test(before)
  if (!is_called && (digits.length <= DIGITS_MAX || MONEY.test(before))) return run
  if (is_called || /^(?:\(?0|\(?\+|62|8\d{8})/.test(run)) return marked('phone')
  return marked(digits.length === 16 ? 'nik' : digits.length === 18 ? 'nip' : 'number')
}
