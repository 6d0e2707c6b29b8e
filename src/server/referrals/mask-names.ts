import { marked, type Mark } from './marks.ts'

/** Words of names that are words of offices as well: they stay, because they name nobody. */
// prettier-ignore
const OFFICE_WORDS = new Set(['dinas', 'badan', 'kantor', 'bagian', 'bidang', 'seksi', 'sekolah', 'desa', 'kelurahan', 'kecamatan', 'kabupaten',
  'kota', 'provinsi', 'pemerintah', 'daerah', 'admin', 'administrator', 'operator', 'petugas', 'staf', 'kepala', 'dan', 'the', 'of', 'di', 'pt', 'cv',
  'yayasan', 'universitas', 'rumah', 'sakit', 'puskesmas', 'meja', 'bantuan', 'helpdesk', 'info', 'contoh', 'tim', 'umum', 'negeri', 'republik', 'indonesia'])
/** After "Pak" and "Bu" these are no names: what people go on with, and what somebody is. */
// prettier-ignore
const NOT_NAMES = new Set(['kepala', 'camat', 'lurah', 'sekda', 'bupati', 'walikota', 'gubernur', 'kabid', 'kasi', 'kadis', 'kasubag', 'sekretaris', 'guru', 'dosen',
  'direktur', 'bidan', 'dokter', 'kota', 'ketua', 'pimpinan', 'admin', 'operator', 'rt', 'rw', 'kades', 'tolong', 'mohon', 'maaf', 'minta', 'saya', 'kami', 'kita', 'bisa',
  'tidak', 'gak', 'nggak', 'ga', 'apa', 'apakah', 'bagaimana', 'gimana', 'kenapa', 'mengapa', 'yang', 'di', 'ke', 'dari', 'dan', 'atau', 'ini', 'itu', 'sudah', 'belum',
  'ada', 'mau', 'ingin', 'terima', 'makasih', 'selamat', 'untuk', 'agar', 'supaya', 'kalau', 'jika', 'jadi', 'karena', 'dengan', 'pada', 'lagi', 'masih', 'juga', 'bapak',
  'ibu', 'pak', 'bu', 'sekalian', 'tentang', 'mengenai', 'printer', 'komputer', 'laptop', 'yth', 'the', 'and', 'please'])

const WORD = /\p{L}[\p{L}\p{M}]*(?:['’ʼ`]\p{L}[\p{L}\p{M}]*)*/gu
const NAME = String.raw`\p{Lu}[\p{L}\p{M}'’.\-]*(?:[ \t](?:(?:bin|binti|van|al|el)[ \t])?\p{Lu}[\p{L}\p{M}'’.\-]*){0,5}`
/** "Pak Budi", "sdri. Sitti Aminah", "mas joko": with these a name is often written small. */
const SPOKEN_TO =
  /(?<![\p{L}\p{N}])(?:bapak|pak|bpk|ibu|bu|sdri?|saudar[ai]|mas|mbak|kang|bang|kak|ustad[zs]?|mr|mrs)\.?[ \t]((?:(?:h|hj|drs|dra|drg|dr|ir|prof)\.?[ \t])*)/giu
const FOLLOWS = new RegExp(`^(?:${NAME}|\\p{L}[\\p{L}\\p{M}'’]*)`, 'u')
/** "Dr. Sitti", "Hj. Aminah". "dr" without a point is often "dari". */
const TITLED = new RegExp(
  String.raw`((?<![\p{L}\p{N}])(?:(?:[Dd]rs?|[Dd]ra|[Dd]rg|Ir|Prof|Hj?|Tn|Ny|Nn|Mrs?)\.|Dr|Drs|Dra|Drg|Ir|Prof|Hj|Mrs?)[ \t]?)(${NAME})`,
  'gu',
)
/** "nama saya …", "a.n. …", "PIC: …", "hubungi …", "Saya … dari": what stands there names somebody, if it is written with capitals. */
const INTRODUCED = new RegExp(
  String.raw`((?<![\p{L}\p{N}])(?:[Nn]ama(?:[ \t](?:saya|lengkap|pelapor|pemohon))?|NAMA|[Pp]erkenalkan,?(?:[ \t]saya)?|[Aa]tas[ \t]nama|[Aa]\.?[ \t]?n\.?|PIC|CP|[Kk]ontak|[Hh]ubungi|[Tt]td\.?|[Oo]perator|[Pp]etugas|[Mm]y name is|I am|I'm)[ \t]?[:=,]?[ \t]?)(${NAME})`,
  'gu',
)
const FROM_OFFICE = new RegExp(
  String.raw`((?<![\p{L}\p{N}])[Ss]aya[ ,]{1,2})(${NAME})(?=[ ,.]{0,2}(?:dari|selaku|sebagai|staf|bagian|di|from)(?!\p{L}))`,
  'gu',
)
const FIELD =
  /^([ \t]?(?:nama|name|pelapor|pemohon|pic|cp|contact person|kontak)(?: (?:lengkap|saya|pelapor|pemohon|pegawai|kontak|pengguna|penanggung jawab|pic))?[ \t]?[:=])[ \t]?\S.*$/gimu

/**
 * Blots out the names that are known and what is written as somebody's name: behind "Pak", "Bu", "nama saya" and the like. One pass over the words
 * for all known names together, so that the cost does not grow with how many they are. It rather takes a word too many.
 */
export function maskNames(text: string, known: readonly string[], mark: Mark): string {
  const name = marked(mark)
  const words = wordsOf(known)
  // "Rina Desa": the second is hers where it stands behind the first.
  const family = new Set(known.flatMap((one) => (one.match(WORD) ?? []).map(fold)))
  return text
    .replace(FIELD, `$1 ${name}`)
    .replace(INTRODUCED, (_, before: string) => before + name)
    .replace(FROM_OFFICE, (_, before: string) => before + name)
    .replace(TITLED, (_, before: string) => before + name)
    .replace(SPOKEN_TO, (found: string, _: string, at: number, whole: string) => {
      const follows = FOLLOWS.exec(whole.slice(at + found.length, at + found.length + 200))?.[0] ?? ''
      return follows === '' || NOT_NAMES.has(follows.split(/[ \t]/, 1)[0]!.toLowerCase()) ? found : found + HEARD
    })
    .replace(AFTER_HEARD, name)
    .replace(WORD, (word) => (words.has(fold(word)) ? name : word))
    .replace(new RegExp(`${name}(?:[ \\t_.\\-]{1,2}${WORD.source}){1,3}`, 'gu'), (found) =>
      withoutFamily(found, name, family),
    )
    .replace(new RegExp(`${name}(?:[ \\t_.\\-]{0,2}${name})+`, 'g'), name)
}

/** The words behind a name as far as they are somebody's names too. */
function withoutFamily(found: string, name: string, family: ReadonlySet<string>): string {
  const parts = found.slice(name.length).split(/(?<=\p{L}|\p{M})(?=[ \t_.-])/u)
  const own = parts.findIndex((part) => !family.has(fold(part.replace(/^[ \t_.-]+/, ''))))
  return name + (own < 0 ? '' : parts.slice(own).join(''))
}

/** Set before a name whose title was read, so that the name itself is taken in a second pass. */
const HEARD = '\u{F8FF}'
const AFTER_HEARD = new RegExp(`${HEARD}(?:${NAME}|\\p{L}[\\p{L}\\p{M}'’]*)?`, 'gu')

function wordsOf(known: readonly string[]): Set<string> {
  const words = new Set<string>()
  for (const name of known) {
    const parts = (name.match(WORD) ?? []).map(fold)
    for (const part of parts) if (part.length >= 2 && !OFFICE_WORDS.has(part)) words.add(part)
    // As it stands in names of files, computers and accounts.
    for (let at = 0; at < parts.length; at++)
      for (let end = at + 2; end <= Math.min(parts.length, at + 4); end++) words.add(parts.slice(at, end).join(''))
  }
  return words
}

const fold = (word: string) =>
  word
    .normalize('NFKD')
    .replace(/[\p{M}'’ʼ`]+/gu, '')
    .toLowerCase()
