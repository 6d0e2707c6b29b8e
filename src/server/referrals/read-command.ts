import { isOrdinary } from './make-code.ts'

/** What somebody may do about an offer or a case by one whole message, and without a code for their desk. */
export type Command =
  | { word: 'TERIMA'; code: string }
  | { word: 'TOLAK' | 'KEMBALIKAN'; code: string; reason: string }
  /** What was done, in words; null: the last answer tells it. */
  | { word: 'SELESAI'; code: string; words: string | null }
  /** To the requester of a case. */
  | { word: 'BALAS'; code: string; words: string }
  /** `proof`: what was sent to the number by which they asked for it, and comes back from there; null where they ask. */
  | { word: 'LIBUR'; days: number; proof: string | null }
  /** The code that was sent to this number, whose contact is to be on duty. */
  | { word: 'SETUJU'; code: string }
  /** Paid work: whether they would do it, or what they want to know first. */
  | { word: 'BERMINAT' | 'TIDAK'; code: string }
  | { word: 'TANYA'; code: string; words: string }
  /** Takes back the last command. */
  | { word: 'BATAL' }
export type CommandWord = Command['word']

/** A message is a command, or it is nearly one and is asked back, or it is words for somebody. */
export type Heard =
  | { kind: 'command'; command: Command }
  /** What they may mean, as far as it can be told: "Maksud Anda TERIMA 7K3?" */
  | { kind: 'asked'; word: CommandWord | null; code: string | null; days: number | null }
  | { kind: 'words' }

export const PAUSE_DAYS_MAX = 60
export const REASON_LENGTH_MAX = 500
const WORDS_LENGTH_MAX = 5_000
const QUESTION_LENGTH_MAX = 2_000
/** A message of more words than this speaks to somebody, even with a code in it. */
const ASKED_WORDS_MAX = 8

/** As offers have it (`offers.code`), and with a digit: else "TERIMA BANGET" were a command. */
const CODE = /^(?=[A-Z]*\d)[2-9A-HJKMNP-TV-Z]{3,8}$/

/**
 * Reads a whole message, without the quotation and the signature of a mail: a command counts only if nothing else stands there. Case, blanks and
 * quotation marks around it do not matter; nothing else is corrected into effect (issue: the provider needs no training). Pure.
 */
export function readCommand(text: string): Heard {
  const message = tidy(text)
  const command = exactly(message)
  return command ? { kind: 'command', command } : nearly(message)
}

const tidy = (text: string): string =>
  text
    .slice(0, 20_000)
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/[^\S\n]+/gu, ' ')
    .replace(/ ?\n ?/g, '\n')
    // Looking behind, a long run of signs is tried once and not from each of its letters.
    .replace(/^[\s"'“”‘’«»„]+|(?<![\s"'“”‘’«»„])[\s"'“”‘’«»„]+$/gu, '')

function exactly(message: string): Command | null {
  if (/^batal$/i.test(message)) return { word: 'BATAL' }
  const pause = /^libur\s(\d{1,2}) hari(?: ([\p{L}\p{N}]{3,8}))?$/iu.exec(message)
  if (pause) {
    const days = Number(pause[1])
    const proof = pause[2]?.toUpperCase() ?? null
    if (days < 1 || days > PAUSE_DAYS_MAX || (proof !== null && (!CODE.test(proof) || isOrdinary(proof)))) return null
    return { word: 'LIBUR', days, proof }
  }
  const [, first = '', given = '', rest = ''] =
    /^(\p{L}{5,10}) ([\p{L}\p{N}]{3,8})(?:[ \n]+(\S[^]*))?$/u.exec(message) ?? []
  const word = first.toUpperCase()
  const code = given.toUpperCase()
  if (!CODE.test(code)) return null
  if (word === 'SETUJU') return rest === '' && isCode(given) ? { word, code } : null
  if (word === 'TERIMA') return rest === '' ? { word, code } : null
  if (word === 'TOLAK' || word === 'KEMBALIKAN')
    return isReason(rest) ? { word, code, reason: rest.replace(/\s+/g, ' ') } : null
  if (word === 'SELESAI') {
    if (rest === '') return { word, code, words: null }
    return saysWhat(rest) && rest.length <= WORDS_LENGTH_MAX ? { word, code, words: rest } : null
  }
  if (word === 'BERMINAT' || word === 'TIDAK') return rest === '' && isCode(given) ? { word, code } : null
  if (word === 'TANYA')
    return isCode(given) && isAnswer(rest) && rest.length <= QUESTION_LENGTH_MAX ? { word, code, words: rest } : null
  if (word === 'BALAS')
    return isCode(given) && isAnswer(rest) && rest.length <= WORDS_LENGTH_MAX ? { word, code, words: rest } : null
  return null
}

/** One paragraph that says why. */
const isReason = (rest: string): boolean => rest.length <= REASON_LENGTH_MAX && !rest.includes('\n\n') && saysWhat(rest)

/** Neither a question nor a second command. */
const saysWhat = (rest: string): boolean =>
  /\p{L}{3}/u.test(rest) && !/\?["'”’)]*$/u.test(rest) && !SECOND.test(rest) && !isCode(rest.split(/\s/, 1)[0]!)
const SECOND = /(?:^|\s)(?:TERIMA|TOLAK|KEMBALIKAN|SELESAI|BALAS)\s+[2-9A-HJKMNP-TV-Z]{3,8}(?:\s|$)/i

/** To a requester one may say "Ya", and ask. */
const isAnswer = (rest: string): boolean =>
  /\p{L}{2}/u.test(rest) && !SECOND.test(rest) && !isCode(rest.split(/\s/, 1)[0]!)

/** How the words are written in a hurry, and others for the same. Only for asking back. */
const SPELLINGS: readonly (readonly [CommandWord, RegExp])[] = [
  ['TERIMA', /^(?:terima|trima|tarima|terma|teria|terimaa|terimah|trma|menerima|diterima)$/i],
  ['TOLAK', /^(?:tolak|tolok|tolk|tolaak|ditolak|menolak)$/i],
  ['KEMBALIKAN', /^(?:kembalikan|kembalikn|kmbalikan|dikembalikan|mengembalikan|balikin|balikan)$/i],
  ['SELESAI', /^(?:selesai|slesai|selesei|selsai)$/i],
  ['LIBUR', /^libur$/i],
  ['BATAL', /^(?:batal|batalkan|batalin|dibatalkan)$/i],
]
const SHORT_ANSWERS: readonly (readonly [CommandWord, RegExp])[] = [
  ['TERIMA', /^(?:ok|oke|okay|ya|iya|siap|setuju|bersedia|ambil|accept|yes)$/i],
  ['TOLAK', /^(?:tidak|gak|nggak|decline|reject|no)$/i],
  ['KEMBALIKAN', /^(?:kembali|return)$/i],
  ['SELESAI', /^(?:beres|tuntas|rampung|done)$/i],
]
const EXACT = /^(?:terima|tolak|kembalikan|selesai|libur|batal)$/i
/** A short message: nothing but a word and a code, with "saya" or "tawaran" perhaps. */
const SHORT_WORDS_MAX = 3
const NUMERALS = ['nol', 'satu', 'dua', 'tiga', 'empat', 'lima', 'enam', 'tujuh', 'delapan', 'sembilan', 'sepuluh']

/** Asked back only where somebody can hardly mean anything else: a command's word and a code in few words, or the word alone. */
function nearly(message: string): Heard {
  const spoken = message
    .split(/\s+/)
    .map((word) => word.replace(/^[^\p{L}\p{N}]+|(?<=[\p{L}\p{N}])[^\p{L}\p{N}]+$/gu, ''))
    .filter(Boolean)
  const [first = '', second = ''] = spoken
  const leading = EXACT.test(first) ? wordOf(first, SPELLINGS) : null
  if (leading === 'LIBUR') return askedPause(spoken)
  if (/^balas$/i.test(first) && mayBeCode(second)) return asked('BALAS', second)
  if (leading !== null && leading !== 'BATAL' && mayBeCode(second)) return asked(leading, second)
  if (leading !== null && spoken.length === 1) return asked(leading, null)
  if (spoken.length > ASKED_WORDS_MAX || /\b(?:terima ?kasih|makasih)\b/i.test(message)) return { kind: 'words' }
  const is_short = spoken.length <= SHORT_WORDS_MAX
  const codes = [...new Set(spoken.filter((word) => isCode(word) || (is_short && mayBeCode(word))))]
  const words = [
    ...new Set(spoken.flatMap((word) => wordOf(word, is_short ? [...SPELLINGS, ...SHORT_ANSWERS] : SPELLINGS) ?? [])),
  ]
  const [word = null] = words
  if (codes.length !== 1 || words.length > 1 || word === 'LIBUR' || word === 'BATAL') return { kind: 'words' }
  return word !== null || spoken.length === 1 ? asked(word, codes[0]!) : { kind: 'words' }
}

const wordOf = (spoken: string, spellings: typeof SPELLINGS): CommandWord | null =>
  spellings.find(([, spelling]) => spelling.test(spoken))?.[0] ?? null

const isCode = (word: string) => CODE.test(word.toUpperCase()) && !isOrdinary(word)
/** A code cannot hold 0, 1, I, L, O, U; people copy it with them all the same. */
const mayBeCode = (word: string) => /^(?=.*\d)[0-9A-Z]{3,8}$/i.test(word) && !isOrdinary(word)

const asked = (word: CommandWord | null, code: string | null): Heard => ({
  kind: 'asked',
  word,
  code: code !== null && CODE.test(code.toUpperCase()) ? code.toUpperCase() : null,
  days: null,
})

/** "LIBUR 5", "libur lima hari": how long is asked, and never guessed. */
function askedPause(spoken: readonly string[]): Heard {
  const [, second = '', third = 'hari', ...more] = spoken
  const days = /^\d{1,3}$/.test(second) ? Number(second) : NUMERALS.indexOf(second.toLowerCase())
  if (more.length > 0 || !/^hari$/i.test(third) || (second !== '' && days < 0)) return { kind: 'words' }
  return { kind: 'asked', word: 'LIBUR', code: null, days: days >= 1 && days <= PAUSE_DAYS_MAX ? days : null }
}
