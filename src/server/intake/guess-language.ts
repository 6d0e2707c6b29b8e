import type { Language } from '../platform/context.ts'

const WORDS: Record<Language, ReadonlySet<string>> = {
  id: new Set(
    'yang dan di tidak kami untuk dengan ini itu ada mohon bisa dari kepada tolong sudah saya terima kasih pak bu bapak ibu bagaimana apakah selamat belum karena yg dgn utk tdk gak ga nggak blm sdh udh udah dah bs bsa gmn bgmn knp tlg tlong krn jd kmrn skrg mksh makasih min gan kak mas mbak kok nih dong aja sama jadi lagi mau rusak mati'.split(
      ' ',
    ),
  ),
  en: new Set(
    'the and is not we for with this that are please can from to help already my thank thanks you how what have has since our your it of'.split(
      ' ',
    ),
  ),
}
const WORDS_EXAMINED_MAX = 400

/** Indonesian or English, by the commonest words; Indonesian where both count alike, as most who write here do. */
export function guessLanguage(text: string): Language {
  const words = text
    .slice(0, 4_000)
    .toLowerCase()
    .split(/[^\p{L}]+/u, WORDS_EXAMINED_MAX)
  const count = (language: Language) => words.filter((word) => WORDS[language].has(word)).length
  return count('en') > count('id') ? 'en' : 'id'
}
