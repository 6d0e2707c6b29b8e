import { readNumber } from '../../tickets/index.ts'
import { readTerms, spelledTerms, type AgreementTerms } from './agreement-terms.ts'

/**
 * What whoever needs paid work may say about it; each organisation is called by its number in the list. They are commands only to whoever has such a
 * need (decide-text.ts): to everybody else "pilih 1" answers a question of ours.
 */
export type PaidWord =
  /** The list, from that place on; or one of it. */
  | { word: 'LIHAT'; place: number | null; from: number | null; number: string | null }
  /** What is to be done, where and by when. */
  | { word: 'LIHAT PEKERJAAN'; number: string | null }
  /** Whom to ask; null for all. */
  | { word: 'PILIH'; places: readonly number[] | null; number: string | null }
  /** To the question of one of them. */
  | { word: 'JAWAB'; place: number; number: string | null; words: string }
  /** That each sees how to reach the other. `code`: what was sent to the number by which they asked for it; null where they ask. */
  | { word: 'KONTAK'; place: number; number: string | null; code: string | null }
  /** With whom they agreed; 0 for nobody. */
  | { word: 'SEPAKAT'; place: number; number: string | null }
  /** The work is needed no more; the request goes on. */
  | { word: 'TARIK PEKERJAAN'; number: string | null }
  /**
   * The agreement with one of them: what it says; with `code`, which was sent with that, whether it is right or has ended; or its terms, to record it (null where they
   * cannot be read), which is done when they come once more with the code that was sent for them.
   */
  | { word: 'PERJANJIAN'; place: number; number: string | null; step: AgreementStep; code: string | null }
  | {
      word: 'PERJANJIAN'
      place: number
      number: string | null
      step: 'record'
      terms: AgreementTerms | null
      code: string | null
    }

export type AgreementStep = 'see' | 'confirm' | 'decline' | 'end'

const PLACE = '(\\d{1,3})'
/** A ticket's number has five figures at least; one with its sign may be shorter. */
const NUMBER = '(?: (?:# ?(\\d{2,11})|(\\d{5,11})))?'
/** As referrals/paid/paid-codes.ts makes them: no figure stands first, so it is never the number of a ticket. */
const CODE = '([A-HJKMNP-Z]\\d[2-9A-HJKMNP-Z]{3})'
const shape = (spelling: string) => new RegExp(`^${spelling}$`, 'i')

const LIHAT = shape(`lihat(?: (?:(dari) )?${PLACE})?${NUMBER}`)
const LIHAT_ALL = shape(`lihat (?:daftar|semua)${NUMBER}`)
const LIHAT_WORK = shape(`lihat (?:pekerjaan|kerja|pekerjaannya)${NUMBER}`)
const PILIH = shape(`pilih (semua|\\d{1,3}(?:(?: ?[,;&+] ?| dan | )\\d{1,3}){0,19})${NUMBER}`)
const JAWAB = /^jawab (\d{1,3})(?: (?:# ?(\d{2,11})|(\d{5,11})))? ?: ?(\S[^]*)$/i
const KONTAK = shape(`kontak ${PLACE}(?: ${CODE})?${NUMBER}(?: ${CODE})?`)
const SEPAKAT = shape(`sepakat ${PLACE}${NUMBER}`)
const TARIK = shape(`tarik (?:pekerjaan|kerja|pekerjaan berbayar)${NUMBER}`)
const PERJANJIAN = shape(`perjanjian ${PLACE}${NUMBER}(?: (benar|salah|berakhir|tarik)(?: ${CODE})?${NUMBER})?`)
/** The code stands behind them: the same text once more, with the code at its end. */
const TERMS = new RegExp(`^perjanjian ${PLACE}${NUMBER} ?: ?(\\S[^]*?)(?:[ \\n]${CODE})?$`, 'i')

const WORDS_LENGTH_MAX = 2_000

/** Of a whole text, tidied; null for anything else. */
export function readPaidWord(message: string): PaidWord | null {
  const listed = LIHAT_ALL.exec(message)
  if (listed)
    return withNumber(listed[1] ?? listed[2], (number) => ({ word: 'LIHAT', place: null, from: null, number }))
  const work = LIHAT_WORK.exec(message)
  if (work) return withNumber(work[1] ?? work[2], (number) => ({ word: 'LIHAT PEKERJAAN', number }))
  const seen = LIHAT.exec(message)
  if (seen) {
    const at = placeOf(seen[2])
    if (at === 0) return null
    const [place, from] = seen[1] ? [null, at] : [at, null]
    return withNumber(seen[3] ?? seen[4], (number) => ({ word: 'LIHAT', place, from, number }))
  }
  const chosen = PILIH.exec(message)
  if (chosen) {
    const places = /^semua$/i.test(chosen[1]!) ? null : [...new Set(chosen[1]!.match(/\d+/g)!.map(Number))]
    if (places?.includes(0)) return null
    return withNumber(chosen[2] ?? chosen[3], (number) => ({ word: 'PILIH', places, number }))
  }
  const answered = JAWAB.exec(message)
  if (answered && Number(answered[1]) > 0 && /\p{L}|\d/u.test(answered[4]!) && answered[4]!.length <= WORDS_LENGTH_MAX)
    return withNumber(answered[2] ?? answered[3], (number) => ({
      word: 'JAWAB',
      place: Number(answered[1]),
      number,
      words: answered[4]!,
    }))
  const shown = KONTAK.exec(message)
  if (shown && Number(shown[1]) > 0)
    return withNumber(shown[3] ?? shown[4], (number) => ({
      word: 'KONTAK',
      place: Number(shown[1]),
      number,
      code: (shown[2] ?? shown[5])?.toUpperCase() ?? null,
    }))
  const agreed = SEPAKAT.exec(message)
  if (agreed)
    return withNumber(agreed[2] ?? agreed[3], (number) => ({ word: 'SEPAKAT', place: Number(agreed[1]), number }))
  const taken_back = TARIK.exec(message)
  if (taken_back) return withNumber(taken_back[1] ?? taken_back[2], (number) => ({ word: 'TARIK PEKERJAAN', number }))
  const known = PERJANJIAN.exec(message)
  if (known && Number(known[1]) > 0)
    return withNumber(known[2] ?? known[3] ?? known[6] ?? known[7], (number) => ({
      word: 'PERJANJIAN',
      place: Number(known[1]),
      number,
      step: STEPS[known[4]?.toLowerCase() ?? ''] ?? 'see',
      code: known[5]?.toUpperCase() ?? null,
    }))
  const terms = TERMS.exec(message)
  if (!terms || Number(terms[1]) === 0) return null
  return withNumber(terms[2] ?? terms[3], (number) => ({
    word: 'PERJANJIAN',
    place: Number(terms[1]),
    number,
    step: 'record',
    terms: readTerms(terms[4]!),
    code: terms[5]?.toUpperCase() ?? null,
  }))
}

const STEPS: Record<string, AgreementStep> = { benar: 'confirm', salah: 'decline', berakhir: 'end', tarik: 'end' }

const placeOf = (given: string | undefined): number | null => (given === undefined ? null : Number(given))

/** A number that is none makes it no command: with its check digit wrong, a slip of the thumb is words, and nobody else's request. */
function withNumber(given: string | undefined, word: (number: string | null) => PaidWord): PaidWord | null {
  const number = given === undefined ? null : readNumber(given)
  return given !== undefined && number === null ? null : word(number)
}

const ONES = ['satu', 'dua', 'tiga', 'empat', 'lima', 'enam', 'tujuh', 'delapan', 'sembilan', 'sepuluh']
const ONE = `(?:no(?:mor|\\.)? ?)?(\\d{1,3}|${ONES.join('|')})`
const NEARLY: readonly (readonly [RegExp, (place: string) => string])[] = [
  [shape(`(?:pilih|saya pilih|kami pilih|tanya|tanyakan|undang) ${ONE}`), (place) => `PILIH ${place}`],
  [shape('(?:pilih|tanya|tanyakan|undang) (?:semua|semuanya)'), () => 'PILIH SEMUA'],
  [shape('pilih'), () => 'PILIH 1'],
  [shape('perjanjian(?:nya)?'), () => 'PERJANJIAN 1'],
  [shape(`(?:minta |lihat |tampilkan |tukar |beri )?kontak(?:nya)? ${ONE}`), (place) => `KONTAK ${place}`],
  [shape(`(?:setuju|sepakat)(?: dengan)? ${ONE}`), (place) => `SEPAKAT ${place}`],
  [shape('(?:tidak|tak|belum|gak|nggak) (?:sepakat|ada yang sepakat)|sepakat (?:tidak ada|nihil)'), () => 'SEPAKAT 0'],
  [shape('lihat(?:lah)? ?\\?|(?:minta )?daftar(?:nya)?|lihat daftarnya'), () => 'LIHAT'],
  [shape(`lihat ${ONE}`), (place) => `LIHAT ${place}`],
  // With a number that is none: a slip of the thumb.
  [shape('(?:pilih|kontak|sepakat|lihat) \\d{1,3} #? ?\\d{4,11}'), () => ''],
  [shape(`jawab ${ONE}(?: [^:]*)?`), (place) => `JAWAB ${place}: isi jawaban`],
]

/** What they may mean, as it would have to be written; null where it speaks to somebody. Asked back of whoever has a need only. */
export function nearlyPaidWord(message: string): string | null {
  for (const [spelling, means] of NEARLY) {
    const match = spelling.exec(message)
    if (!match) continue
    const slip = /^(\p{L}+ \d{1,3}) #? ?\d{4,11}$/u.exec(message)?.[1]
    if (slip) return slip.toUpperCase()
    const spoken = match[1]?.toLowerCase()
    const place =
      spoken === undefined ? '' : /^\d/.test(spoken) ? String(Number(spoken)) : String(ONES.indexOf(spoken) + 1)
    return means(place)
  }
  return null
}

const numbered = (number: string | null): string => (number === null ? '' : ` ${number}`)

/** A command as it is written. */
export function spelledPaid(command: PaidWord): string {
  switch (command.word) {
    case 'LIHAT': {
      const where = command.from !== null ? ` DARI ${command.from}` : command.place !== null ? ` ${command.place}` : ''
      return `LIHAT${where}${numbered(command.number)}`
    }
    case 'PILIH':
      return `PILIH ${command.places?.join(' ') ?? 'SEMUA'}${numbered(command.number)}`
    case 'JAWAB':
      return `JAWAB ${command.place}${numbered(command.number)}: ${command.words}`
    case 'KONTAK':
      return `KONTAK ${command.place}${numbered(command.number)}${command.code === null ? '' : ` ${command.code}`}`
    case 'SEPAKAT':
      return `SEPAKAT ${command.place}${numbered(command.number)}`
    case 'LIHAT PEKERJAAN':
    case 'TARIK PEKERJAAN':
      return `${command.word}${numbered(command.number)}`
    case 'PERJANJIAN':
      return `PERJANJIAN ${command.place}${numbered(command.number)}${behind(command)}`
  }
}

const SPELLED = { see: '', confirm: ' BENAR', decline: ' SALAH', end: ' BERAKHIR' } as const
function behind(command: Extract<PaidWord, { word: 'PERJANJIAN' }>): string {
  const said =
    command.step === 'record'
      ? `: ${command.terms === null ? 'isinya' : spelledTerms(command.terms)}`
      : SPELLED[command.step]
  return `${said}${command.code === null ? '' : ` ${command.code}`}`
}
