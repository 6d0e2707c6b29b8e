/** What stands where something was blotted out; each has its plain word in `referral.masked.…`. */
export const marks = [
  'name',
  'phone',
  'mail',
  'link',
  'host',
  'device',
  'nik',
  'nip',
  'number',
  'account',
  'secret',
  'address',
  'office',
  'quote',
  'signature',
] as const
export type Mark = (typeof marks)[number]

// While one rule after the other runs, a mark is one letter of the private range: no later rule takes its word for somebody's.
const FIRST = 0xe000
export const marked = (mark: Mark): string => String.fromCharCode(FIRST + marks.indexOf(mark))

/** The marks of a text in words. */
export const spelled = (text: string, word: (mark: Mark) => string): string =>
  text.replace(/[\uE000-\uE01F]/g, (letter) => {
    const mark = marks[letter.charCodeAt(0) - FIRST]
    return mark ? word(mark) : ''
  })
