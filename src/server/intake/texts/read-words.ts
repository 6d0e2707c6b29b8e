import { readNumber } from '../../tickets/index.ts'
import { readDataWord, spelledData, type DataWord } from './data-words.ts'
import { nearlyPaidWord, readPaidWord, spelledPaid, type PaidWord } from './paid-words.ts'

/** What somebody may command by one whole text about their own tickets, or about their number. */
export type Word =
  | { word: 'STATUS' | 'BELUM'; number: string | null }
  /**
   * This number is not (or no more) that person's: no texts about the ticket any more. `weak`: "salah", "bukan saya", which answer many a question of ours:
   * asked back of whoever speaks in the ticket.
   */
  | { word: 'SALAH'; number: string | null; weak: boolean }
  /** `weak`: "SUDAH", which is an answer as often as a command: it counts only for a ticket of which we asked whether it is solved. */
  | { word: 'SELESAI'; number: string | null; weak: boolean }
  /** `words`: why, behind a colon. */
  | { word: 'NILAI'; score: number; number: string | null; words: string | null }
  /** They no longer need us. TAUTAN: the link to the ticket's page, once more. */
  | { word: 'TARIK' | 'TAUTAN'; number: string | null }
  /** They do not agree with whom their request went to; why, behind a colon. */
  | { word: 'KEBERATAN'; number: string | null; words: string }
  /** In which language they are written to. */
  | { word: 'BAHASA'; language: 'id' | 'en' }
  | { word: 'CARI'; query: string }
  /** `text`: what the other matter is, where it stands behind the word. */
  | { word: 'BARU'; text: string | null }
  | { word: 'BANTUAN' | 'BATAL' | 'STOP' | 'MULAI' }
  /** Where files go, which no SMS carries. */
  | { word: 'KIRIM BERKAS'; number: string | null }
  | PaidWord
  | DataWord

/**
 * A text is a command, or nearly one and is asked back, or it answers what we asked (a place in a list, the number of a ticket), or it is words for
 * somebody.
 */
export type Heard =
  | { kind: 'command'; command: Word }
  /**
   * What they may mean, as it would have to be written. `solved_only`: only of a ticket that waits to be confirmed, `paid_only`: only to whoever needs
   * paid work; else it is words.
   */
  | { kind: 'asked'; means: string; solved_only: boolean; paid_only?: true }
  /** A command with a number that is none: a slip of the thumb. */
  | { kind: 'slip' }
  | { kind: 'choice'; choice: number }
  | { kind: 'number'; number: string }
  /** A thank-you, an "ok": it opens nothing that is ended. */
  | { kind: 'thanks' }
  | { kind: 'words' }

/**
 * Reads a whole text: a command counts only if nothing else stands there. Case, blanks, quotation marks around it and a full stop behind it do not
 * matter; nothing else is corrected into effect, it is asked back. Pure.
 */
export function readWords(text: string): Heard {
  const message = tidy(text)
  const command = exactly(message)
  if (command) return { kind: 'command', command }
  if (/^\d{1,2}$/.test(message)) return { kind: 'choice', choice: Number(message) }
  const number = /^#? ?(\d{3,11})$/.exec(message)?.[1]
  const known = number === undefined ? null : readNumber(number)
  if (known !== null) return { kind: 'number', number: known }
  if (THANKS.test(message)) return { kind: 'thanks' }
  return nearly(message)
}

const tidy = (text: string): string =>
  text
    .slice(0, 2_000)
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/[^\S\n]+/gu, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/^[\s"'“”‘’«»„]+|[\s"'“”‘’«»„.!]+$/gu, '')
    // Messengers write commands with a stroke: "/start".
    .replace(/^\/(?=[a-z]{4,10}$)/i, '')

const WORDS: readonly (readonly [RegExp, Word])[] = [
  [/^(?:bantuan|help)$/i, { word: 'BANTUAN' }],
  [/^batal$/i, { word: 'BATAL' }],
  // The English ones are what operators and other gateways teach; a single word only ("STOP PLEASE" is none).
  [/^(?:stop|stopall|unsubscribe|cancel|end|quit|berhenti)$/i, { word: 'STOP' }],
  [/^(?:mulai|start|unstop)$/i, { word: 'MULAI' }],
  [/^(?:english|in english|bahasa inggris)$/i, { word: 'BAHASA', language: 'en' }],
  [/^(?:bahasa indonesia|in indonesian)$/i, { word: 'BAHASA', language: 'id' }],
  [/^(?:baru|(?:ini )?(?:soal|masalah|tiket) (?:baru|lain))$/i, { word: 'BARU', text: null }],
]

function exactly(message: string): Word | null {
  const plain = WORDS.find(([spelling]) => spelling.test(message))
  if (plain) return plain[1]
  const data = readDataWord(message)
  if (data) return data
  const paid = readPaidWord(message)
  if (paid) return paid
  const files = /^kirim (?:berkas|foto|gambar|file|lampiran)(?: #? ?(\d{2,11}))?$/i.exec(message)
  if (files) {
    const number = numberOf(files[1])
    return number === undefined ? null : { word: 'KIRIM BERKAS', number }
  }
  const about = /^(status|selesai|beres|sudah|belum|tarik|tautan|link)(?: #? ?(\d{2,11}))?$/i.exec(message)
  if (about) return aboutTicket(about[1]!.toLowerCase(), about[2])
  const wrong = WRONG.exec(message)
  if (wrong) {
    const number = numberOf(wrong[1])
    return number === undefined ? null : { word: 'SALAH', number, weak: WRONG_WEAK.test(message) }
  }
  const rated = /^nilai ([1-5])(?: #? ?(\d{2,11}))?(?: ?: ?(\S[^]*))?$/i.exec(message)
  if (rated) {
    const number = numberOf(rated[2])
    return number === undefined ? null : { word: 'NILAI', score: Number(rated[1]), number, words: rated[3] ?? null }
  }
  const objected = /^keberatan(?: #? ?(\d{2,11}))? ?: ?(\S[^]*)$/i.exec(message)
  if (objected && objected[2]!.length >= OTHER_LENGTH_MIN) {
    const number = numberOf(objected[1])
    return number === undefined ? null : { word: 'KEBERATAN', number, words: objected[2]! }
  }
  const other = /^(?:(?:ini )?(?:soal|masalah) (?:baru|lain)|baru) ?[:,.;\n–—-]\s*(\S[^]*)$/i.exec(message)
  if (other && other[1]!.length >= OTHER_LENGTH_MIN) return { word: 'BARU', text: other[1]! }
  const searched = /^cari (.+)$/i.exec(message)?.[1]?.trim()
  return searched !== undefined && isQuery(searched) ? { word: 'CARI', query: searched } : null
}

/** Fewer letters tell nobody of another matter. */
const OTHER_LENGTH_MIN = 8

/** SALAH, in the words in which people say it. */
const WRONG =
  /^(?:salah(?: (?:nomor|nomer|no|sambung|orang|kirim|alamat))?|(?:ini |maaf,? )*bukan (?:saya|nomor saya|nomor dia|nomornya|orangnya)|(?:maaf,? )?(?:ini )?(?:anda )?salah (?:nomor|nomer|sambung|orang|kirim)(?: pak| bu| mas| mbak| kak)?|wrong number)(?: #? ?(\d{2,11}))?$/i
const WRONG_WEAK = /^(?:salah|(?:ini |maaf,? )*bukan (?:saya|orangnya))$/i
/** Words within a text that say it, or that the number changed hands. */
const WRONG_WITHIN =
  /(?<![\p{L}\p{N}])(?:salah (?:nomor|nomer|sambung|orang)|bukan (?:nomor|nomer) (?:saya|dia|beliau|bapak|ibu|pak|bu)|(?:ini|saya) bukan (?:pak|bu|bapak|ibu|mas|mbak|sdr|saudara)|bukan saya yang|nomor (?:ini )?(?:sudah |baru )?(?:ganti|pindah|berpindah) (?:pemilik|orang|tangan)|(?:nomor|nomer|kartu) (?:ini )?baru (?:saya )?beli|pemilik (?:nomor )?(?:yang )?(?:lama|sebelumnya)|wrong number)(?![\p{L}\p{N}])/iu

/** Whether a text that goes in as a message also says that its number is somebody else's than we think. */
export const saysWrongNumber = (text: string): boolean => WRONG_WITHIN.test(text.slice(0, 2_000))

function aboutTicket(word: string, given: string | undefined): Word | null {
  const number = numberOf(given)
  if (number === undefined) return null
  if (word === 'status') return { word: 'STATUS', number }
  if (word === 'belum') return { word: 'BELUM', number }
  if (word === 'tarik') return { word: 'TARIK', number }
  if (word === 'tautan' || word === 'link') return { word: 'TAUTAN', number }
  return { word: 'SELESAI', number, weak: word === 'sudah' }
}

/** With its check digit; null where none was given, undefined for what is no number of a ticket. */
const numberOf = (given: string | undefined): string | null | undefined =>
  given === undefined ? null : (readNumber(given) ?? undefined)

/** Words by which somebody speaks to us, or says that they are looking for something themselves. */
const NO_QUERY =
  /(?:^|\s)(?:ya|dong|deh|sih|kah|pak|bu|mas|mbak|kak|min|gan|tolong|mohon|saya|kami|kita|aku|anda|tahu|tau|aman|orang|siapa|yang|apa|mana|dimana|kemana|bagaimana|gimana|dulu|sudah|belum|nggak|gak|tidak ketemu|ketemu|kerja|alasan|muka|cari)(?=\s|$)/i
const QUERY_WORDS_MAX = 5
const QUERY_WORD = /^[\p{L}\p{N}][\p{L}\p{N}+./-]*$/u
// Word by word: one expression over all of them tries every way to cut a long word in five, and a stranger's text would hold up the process.
const isQuery = (query: string): boolean => {
  const words = query.split(' ')
  return (
    query.length >= 3 &&
    words.length <= QUERY_WORDS_MAX &&
    words.every((word) => QUERY_WORD.test(word)) &&
    !NO_QUERY.test(query)
  )
}

/** Thank-yous and nods, alone; none of them asks for anything. */
const THANKS =
  /^(?:(?:ok|oke|okay|okey|oke deh|baik|siap|sip|iya|ya|mantap|alhamdulillah|wah)[ ,.!]*)*(?:(?:ok|oke|okay|okey|baik|siap|sip|mantap|alhamdulillah)|(?:terima ?kasih|terimakasih|trima ?kasih|makasih|makasi|mksh|mks|trims|thanks|thank you|thx|tks|tq|matur ?nuwun|hatur ?nuhun|suksma)(?: (?:banyak|banget|sekali|ya|yah|pak|bu|mas|mbak|kak|min|gan|atas bantuannya|bantuannya|very much|a lot|so much))*)[ .!]*$/i

const ASKED: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:setatus|statu|statuss|sttus|stauts|statsu|staus|status ?tiket|(?:cek|lihat|minta|tanya) status(?: tiket)?(?: saya)?|status(?: tiket)? saya|status ?\?)$/i,
    'STATUS',
  ],
  [/^(?:slesai|selesei|selsai|selesia|seleai|selesaii+|slsai)$/i, 'SELESAI'],
  [/^(?:nilai|nilai [06-9]|nilai \d{2,3}|nilai:? ?[1-5] ?\/ ?5|(?:rating|bintang|skor) [1-5])$/i, 'NILAI 5'],
  [/^(?:bantuann?\?|batuan|banuan|bntuan)$/i, 'BANTUAN'],
  [/^(?:batalkan|batalin|dibatalkan|batall+)$/i, 'BATAL'],
  [
    /^(?:(?:stop|berhenti|hentikan|setop)(?: (?:sms|pesan|wa|kirim sms|kirim pesan|sms ini|semua sms|please|dulu))|stoop|setop|brhenti|jangan sms(?: lagi| saya)*|unreg|stop all)$/i,
    'STOP',
  ],
  [/^(?:mulai lagi|mulai sms|muali|mulay)$/i, 'MULAI'],
  [/^cari\??$/i, 'CARI printer'],
  [
    /^(?:tarik (?:permintaan|tiket|laporan)(?: saya)?|(?:batalkan|batalin|cancel) (?:permintaan|tiket|laporan|ticket)(?: saya)?|tidak jadi|gak jadi|nggak jadi|ga jadi)$/i,
    'TARIK',
  ],
  [
    /^(?:(?:kirim|minta)(?: ulang| lagi)? (?:tautan|link)(?:nya)?(?: lagi| ulang)?|(?:tautan|link) (?:hilang|lagi))$/i,
    'TAUTAN',
  ],
  [/^keberatan$/i, 'KEBERATAN: alasan Anda'],
  [/^(?:(?:ini )?nomor baru|ganti nomor|(?:bukan|ini) siapa(?: ini)?\?*|slah nomor|salah no mor)$/i, 'SALAH NOMOR'],
]
const NUMERALS = ['satu', 'dua', 'tiga', 'empat', 'lima']
/** As it would have to be written, of a ticket that we asked about. */
const SOLVED =
  /^(?:(?:sudah|sdh|udah|udh|dah|telah) (?:selesai|beres|teratasi|bisa|ok|oke|normal|lancar|kembali normal|jalan|berfungsi)(?: (?:lagi|kok|pak|bu|min|kak|semua|terima ?kasih|makasih))*|teratasi|tuntas|rampung|clear|done|solved|selesai (?:pak|bu|min|kak|terima ?kasih|makasih)|beres (?:pak|bu|min|kak|terima ?kasih|makasih))$/i

/** Asked back only where somebody can hardly mean anything else. */
function nearly(message: string): Heard {
  const asked = (means: string, solved_only = false): Extract<Heard, { kind: 'asked' }> => ({
    kind: 'asked',
    means,
    solved_only,
  })
  const known = ASKED.find(([spelling]) => spelling.test(message))
  if (known) return asked(known[1])
  const rated = /^nilai:? ?(?:([1-5])|(\p{L}+))$/iu.exec(message)
  const score = rated?.[1] ?? NUMERALS.indexOf(rated?.[2]?.toLowerCase() ?? '') + 1
  if (Number(score) >= 1) return asked(`NILAI ${score}`)
  if (SOLVED.test(message)) return asked('SELESAI', true)
  const paid = nearlyPaidWord(message)
  if (paid !== null) return { ...asked(paid), paid_only: true }
  // A command behind which stands an emoji or a sign.
  const bare = message.replace(/[^\p{L}\p{N}\s#]+/gu, '').trim()
  const command = /[?？]/.test(message) ? null : exactly(bare)
  if (command && !('text' in command) && !('words' in command && command.words !== null) && command.word !== 'CARI')
    return { ...asked(spelled(command), isWeak(command)), ...(isPaidWord(command) && { paid_only: true as const }) }
  return SLIP.test(message) ? { kind: 'slip' } : { kind: 'words' }
}

const SLIP = /^(?:status|selesai|beres|belum|nilai [1-5]) #? ?\d{5,11}$/i
const PAID_WORDS: ReadonlySet<Word['word']> = new Set<PaidWord['word']>([
  'LIHAT',
  'LIHAT PEKERJAAN',
  'PILIH',
  'JAWAB',
  'KONTAK',
  'SEPAKAT',
  'TARIK PEKERJAAN',
  'PERJANJIAN',
])
export const isPaidWord = (command: Word): command is PaidWord => PAID_WORDS.has(command.word)
const isWeak = (command: Word): boolean => command.word === 'SELESAI' && command.weak

/** A command as it is written. */
export function spelled(command: Word): string {
  if (command.word === 'DATA' || command.word === 'KODE') return spelledData(command)
  if (isPaidWord(command)) return spelledPaid(command)
  const number = 'number' in command && command.number !== null ? ` ${command.number}` : ''
  if (command.word === 'NILAI') return `NILAI ${command.score}${number}`
  if (command.word === 'KEBERATAN') return `KEBERATAN${number}: ${command.words}`
  if (command.word === 'BAHASA') return command.language === 'en' ? 'ENGLISH' : 'BAHASA INDONESIA'
  return command.word === 'CARI' ? `CARI ${command.query}` : `${command.word}${number}`
}
