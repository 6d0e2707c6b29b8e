import { districtsOfTheSameName } from './districts-of-the-same-name.ts'
import { namesOneLetterAway } from './names-one-letter-away.ts'
import { namesNear, namesOf, plainWords, type NamedRegion, type PlaceName, type PlaceNames } from './place-names.ts'
import { telephoneAreaCodes } from './telephone-area-codes.ts'
import {
  kindWords,
  namedNext,
  parts,
  prepositions,
  telephoneWords,
  wordsAround,
  wordsOfMessages,
} from './words-around-places.ts'

/** Why it is asked back. `several_places` also stands for a name that is a province and a Kota (Jambi), and for an area code. */
export type WhyAsk = 'both_kinds' | 'several_places' | 'two_places' | 'wrong_province' | 'wrong_kind' | 'unsure'

/** A code is that of a province ("33") or of a regency or city ("33.19"); candidates are in the order of their codes. */
export type UnderstoodPlace =
  { kind: 'region'; code: string } | { kind: 'ask'; candidates: string[]; why: WhyAsk } | { kind: 'unknown' }

/** An answer to "where are you?" is short; what is longer is a message. */
const ANSWER_LENGTH_MAX = 400
/** The longest official name has five words; "Kota" may belong to a name too. */
const NAME_WORDS_MAX = 6
/** How many words of its own a street, a village or an office may have. */
const OWN_WORDS_MAX = 4

/** With the 0 and the area code; shorter and longer ones are other numbers, unless the area code stands alone. */
const TELEPHONE_DIGITS_MIN = 8
const TELEPHONE_DIGITS_MAX = 14

type Kind = 'kabupaten' | 'kota' | 'province'
interface Mention {
  codes: readonly string[]
  doubt?: WhyAsk
  /** The name of a street or a village: it may lie anywhere. */
  weak?: boolean
}

/**
 * Understands what somebody writes when asked where they are, in an SMS or a chat: official and everyday names, abbreviations, area
 * codes, one wrong letter in a long name. A wrong place is worse than a question: names that are both a Kabupaten and a Kota, two
 * places, a regency with the wrong province are asked back; a text with any word that does not belong to an answer is a message and stays
 * unknown. Pure; linear in the length of the text.
 * @param regions all provinces and regencies (`listRegions`), or the candidates of a question asked before: then "kota" alone can
 *   decide. Their spellings are reckoned once for each array, so hold on to it
 */
export function understandPlace(text: string, regions: readonly NamedRegion[]): UnderstoodPlace {
  if (text.length > ANSWER_LENGTH_MAX) return { kind: 'unknown' }
  const answer = new Answer(wordsOf(text), namesOf(regions))
  if (!answer.read()) return { kind: 'unknown' }
  const strong = answer.mentions.filter((mention) => !mention.weak)
  if (strong.length > 0) return decide(strong)
  const weak = answer.mentions.flatMap((mention) => mention.codes)
  if (weak.length > 0) return ask(weak, 'unsure')
  const only = regions.filter(({ code }) => answer.kind !== undefined && kindOf(code) === answer.kind)
  return only.length === 1 ? { kind: 'region', code: only[0]!.code } : { kind: 'unknown' }
}

/** A number with the code of the country is written with the 0 of the area code. */
const wordsOf = (text: string): string[] =>
  plainWords(text.replace(/\+\s?62[\s.-]?(?:\(0\))?/g, ' 0').replace(/(^|\D)62(?=\d{7,12}(?!\d))/g, '$10'))

/** Reads the words of an answer from the first to the last, each once. */
class Answer {
  mentions: Mention[] = []
  kind: Kind | undefined
  private at = 0
  private named: 'street' | 'village' | 'district' | 'office' | undefined
  private ownWords = 0
  /** The place that a district or an office seems to be called by: "Kec. Sleman", but also "Kec. Batu Ampar". */
  private own: Mention | undefined
  private words: readonly string[]
  private names: PlaceNames

  constructor(words: readonly string[], names: PlaceNames) {
    this.words = words
    this.names = names
  }

  /** False when a word is no part of an answer to "where are you?". */
  read(): boolean {
    while (this.at < this.words.length) if (!(this.readPlace() || this.readNumber() || this.readWord())) return false
    return true
  }

  private readPlace(): boolean {
    const found = this.longest(this.at)
    if (!found) return false
    this.at += found.length
    const before = this.kind
    this.kind = undefined
    const after = before ? undefined : this.kindBehind()
    const mention = this.mentionOf(found.names, before ?? after)
    if (found.isDoubtful) mention.doubt ??= 'unsure'
    while (parts.has(this.words[this.at] ?? '') && !this.longest(this.at)) {
      if (!isPartOfCity(found.names, mention, this.words[this.at++]!)) mention.doubt ??= 'unsure'
    }
    this.mentions.push(mention)
    this.own = this.named && this.ownWords++ === 0 ? mention : undefined
    if (!this.own && this.named !== 'street') this.named = undefined
    return true
  }

  private mentionOf(names: readonly PlaceName[], kind: Kind | undefined): Mention {
    const isOwnName = this.ownWords === 0 && kind === undefined
    const weak = this.named === 'street' || (this.named === 'village' && isOwnName)
    const mentions = names.map((name) => mentionOf(name, kind))
    const same = names.flatMap((name) =>
      kind === undefined && (name.official.length === 0 || (this.named === 'district' && isOwnName))
        ? (districtsOfTheSameName.get(name.key) ?? [])
        : [],
    )
    const doubt = mentions.find((mention) => mention.doubt)?.doubt
    return { codes: [...mentions.flatMap((mention) => mention.codes), ...same], ...(doubt && { doubt }), weak }
  }

  /** "malang kota", unless the word belongs to the next name ("jabar kota bogor", not "tangerang kota banten"). */
  private kindBehind(): Kind | undefined {
    const kind = kindWords.get(this.words[this.at] ?? '')
    if (!kind || this.longest(this.at + 1)?.names.some(({ codes }) => codes.some((code) => kindOf(code) === kind)))
      return undefined
    this.at++
    return kind
  }

  private longest(from: number): { names: readonly PlaceName[]; length: number; isDoubtful: boolean } | undefined {
    let length = 0
    while (length < NAME_WORDS_MAX && /^[\p{L}\p{N}]/u.test(this.words[from + length] ?? '')) length++
    for (; length > 0; length--) {
      const words = this.words.slice(from, from + length)
      const name = this.names.exact.get(words.join(''))
      if (name && mayJoin(words, name)) return { names: [name], length, isDoubtful: this.isDoubled(from, length) }
      const near = this.named || words.some(isCommon) ? [] : namesNear(this.names, words.join(''))
      if (near.length > 0) return { names: near, length, isDoubtful: namesOneLetterAway.has(words.join('')) }
    }
    return undefined
  }

  /** "Bone-Bone" and "Batang-Batang" are other places than Bone and Batang. */
  private isDoubled(from: number, length: number): boolean {
    return length === 1 && (this.words[from] === this.words[from + 1] || this.words[from] === this.words[from - 1])
  }

  /** The area code of a fixed line is a place; every other number says nothing, unless it is all there is. */
  private readNumber(): boolean {
    const word = this.words[this.at]!
    if (!/^\p{N}/u.test(word)) return false
    this.at++
    const digits = word.slice(1)
    const area = word.startsWith('0')
      ? [digits.slice(0, 3), digits.slice(0, 2)].find((code) => telephoneAreaCodes.has(code))
      : undefined
    let length = word.length
    while (/^[\p{N}()]/u.test(this.words[this.at] ?? '')) length += this.words[this.at++]!.length
    const isTelephone = length >= TELEPHONE_DIGITS_MIN && length <= TELEPHONE_DIGITS_MAX
    if (area !== undefined && this.named !== 'street' && (isTelephone || digits === area))
      this.mentions.push({ codes: telephoneAreaCodes.get(area)! })
    return true
  }

  private readWord(): boolean {
    const word = this.words[this.at++]!
    const kind = kindWords.get(word)
    const next = namedNext.get(word)
    if (kind) this.kind = kind
    if (kind || next || endsName.test(word) || prepositions.has(word) || telephoneWords.has(word)) this.begin(next)
    else if (!wordsAround.has(word)) return this.readOwnWord(word)
    return true
  }

  private begin(named: Answer['named']): void {
    this.named = named
    this.ownWords = 0
    this.own = undefined
  }

  /** A word that nothing else knows may only belong to the name of a street, a village, a district or an office. */
  private readOwnWord(word: string): boolean {
    if (this.own) this.own.weak = true
    return this.named !== undefined && !wordsOfMessages.has(word) && ++this.ownWords <= OWN_WORDS_MAX
  }
}

const endsName = /^[,;\n()]$/

/** "gunung kidul" is Gunungkidul, but "ke rinci" is not Kerinci, and a "kota baru" may be any. */
const mayJoin = (words: readonly string[], name: PlaceName): boolean =>
  words.length === 1 ||
  words.join(' ') === name.spelled ||
  (words.every((word) => word.length > 2 && !wordsAround.has(word)) &&
    !(words.length === 2 && kindWords.has(words[0]!)))

const isCommon = (word: string): boolean =>
  wordsAround.has(word) || prepositions.has(word) || kindWords.has(word) || namedNext.has(word) || /^\p{N}/u.test(word)

/** A name with "Kab." or "Kota" before it is first the official one of that kind. "Kota Purwokerto" is a town, "Kota Kudus" is asked. */
function mentionOf(name: PlaceName, kind: Kind | undefined): Mention {
  if (kind === undefined) return { codes: name.codes }
  const official = name.official.filter((code) => kindOf(code) === kind)
  const codes = official.length > 0 ? official : name.codes.filter((code) => kindOf(code) === kind)
  if (codes.length > 0) return { codes }
  return name.official.length > 0 ? { codes: name.codes, doubt: 'wrong_kind' } : { codes: name.codes }
}

/**
 * A city has an east and a west. But where there are a Konawe Selatan and a Konawe Utara, "Konawe barat" may be any of them; and Tebing
 * Tinggi Timur lies far from the city of Tebing Tinggi.
 */
const isPartOfCity = (names: readonly PlaceName[], { codes }: Mention, part: string): boolean =>
  part !== 'raya' &&
  codes.every((code) => kindOf(code) === 'kota') &&
  !names.some((name) => districtsOfTheSameName.has(name.key))

/** The regency part of a Kemendagri code is 01 to 69 for a Kabupaten, from 71 for a Kota. */
const kindOf = (code: string): Kind =>
  code.length === 2 ? 'province' : Number(code.slice(3)) > 70 ? 'kota' : 'kabupaten'

/** What all mentions have in common, a regency counting as part of its province. */
function decide(mentions: readonly Mention[]): UnderstoodPlace {
  const common = mentions.map((mention) => mention.codes).reduce(narrow)
  if (common.length === 0)
    return ask(
      mentions.flatMap((mention) => mention.codes),
      whyApart(mentions),
    )
  const [code] = common
  const sure = mentions.some((mention) => !mention.doubt && mention.codes.includes(code!))
  const doubt = mentions.find((mention) => mention.doubt)?.doubt
  if (common.length > 1) return ask(common, isBothKinds(common) ? 'both_kinds' : 'several_places')
  return doubt && !sure ? ask(common, doubt) : { kind: 'region', code: code! }
}

const narrow = (one: readonly string[], other: readonly string[]): string[] => [
  ...new Set(one.flatMap((a) => other.flatMap((b) => (b.startsWith(a) ? [b] : a.startsWith(b) ? [a] : [])))),
]

const whyApart = (mentions: readonly Mention[]): WhyAsk =>
  mentions.filter(({ codes }) => codes.every((code) => code.length === 2)).length === 1
    ? 'wrong_province'
    : 'two_places'

const isBothKinds = (codes: readonly string[]): boolean =>
  codes.length === 2 && new Set(codes.map(kindOf)).size === 2 && codes.every((code) => code.length > 2)

const ask = (codes: readonly string[], why: WhyAsk): UnderstoodPlace => ({
  kind: 'ask',
  candidates: [...new Set(codes)].sort(),
  why,
})
