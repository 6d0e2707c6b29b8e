import { expect, test } from 'vitest'
import { foldToGsm, isGsm, septetsOf } from './alphabet.ts'
import { cap, segment } from './segments.ts'

const a = (n: number) => 'a'.repeat(n)
const smile = '😀'

test.each<[string, string, 'gsm' | 'ucs2', number, number]>([
  ['nothing', '', 'gsm', 1, 160],
  ['one letter', 'a', 'gsm', 1, 159],
  ['as many as fit', a(160), 'gsm', 1, 0],
  ['one more', a(161), 'gsm', 2, 145],
  ['two full parts', a(306), 'gsm', 2, 0],
  ['a third', a(307), 'gsm', 3, 152],
  ['a brace costs two', `{${a(158)}`, 'gsm', 1, 0],
  ['and one more letter makes two parts', `{${a(159)}`, 'gsm', 2, 145],
  ['an escape is not parted from its letter', `${a(152)}€${a(20)}`, 'gsm', 2, 131],
  ['the sign of the euro alone', '€'.repeat(80), 'gsm', 1, 0],
  ['one euro more', '€'.repeat(81), 'gsm', 2, 143],
  ['an emoji and as many as fit', `${smile}${a(68)}`, 'ucs2', 1, 0],
  ['an emoji and one more', `${smile}${a(69)}`, 'ucs2', 2, 63],
  ['an emoji on the border moves whole', `${a(66)}${smile}${a(10)}`, 'ucs2', 2, 55],
  ['a curly quote that was not folded', `“${a(69)}`, 'ucs2', 1, 0],
  ['Javanese letters', 'ꦱꦸꦒꦼꦁ', 'ucs2', 1, 65],
  ['accents that the alphabet has', 'àäéèìñòöùü', 'gsm', 1, 150],
  ['an accent that it has not', 'ê', 'ucs2', 1, 69],
])('%s', (_, text, coding, parts, left) => {
  const found = segment(text)
  expect({ coding: found.coding, parts: found.parts.length, left: found.left }).toEqual({ coding, parts, left })
})

test('a word moves whole to the next part, a very long one is cut', () => {
  const words = `${'kata '.repeat(30)}perangkat keras`
  expect(segment(words).parts[0]!.endsWith(' ')).toBe(true)
  expect(segment(words).parts[1]!.startsWith('perangkat')).toBe(true)
  expect(segment(`${a(100)} ${a(200)}`).parts[0]).toHaveLength(153)
})

test('what phones and word processors put in is folded where nothing is lost; the rest stays', () => {
  expect(foldToGsm('“Sudah” – ‘belum’… •\u00A0satu\u200B, dua\r\ntiga')).toBe(`"Sudah" - 'belum'... - satu, dua\ntiga`)
  expect(foldToGsm('cafe\u0301')).toBe('café')
  expect(foldToGsm('ＴＥＳ１')).toBe('TES1')
  expect(foldToGsm('ê 😀 ꦱ')).toBe('ê 😀 ꦱ')
  expect(isGsm(foldToGsm('Printer “Epson” — rusak…'))).toBe(true)
})

test('a text over the limit of parts is cut, and how much was left out is told', () => {
  expect(cap(a(160), 1)).toEqual({ text: a(160), omitted: 0 })
  expect(cap(a(400), 2)).toEqual({ text: a(306), omitted: 94 })
})

// A generator that gives the same texts each time, so that a failure can be looked at.
function* texts(count: number) {
  let state = 20261122
  const next = (n: number) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n
  const alphabet = [...'abcdefghij klmno\npqrst{}[]€~ .,é', 'ê', smile, '👨‍👩‍👧‍👦', 'ꦱ', 'e\u0301\u0302', ' ', ' ']
  const plain = alphabet.slice(0, 32)
  for (let i = 0; i < count; i++) {
    const from = next(2) === 0 ? plain : alphabet
    yield Array.from({ length: next(700) }, () => from[next(from.length)]!).join('')
  }
}

test('any text is cut into parts that fit and make the text again, none ending within a character', () => {
  let several = 0
  for (const text of texts(2000)) {
    const { coding, parts } = segment(text)
    expect(parts.join('')).toBe(text)
    if (parts.length > 1) several++
    for (const part of parts) {
      const size = coding === 'ucs2' ? part.length : [...part].reduce((sum, letter) => sum + septetsOf(letter)!, 0)
      expect(size).toBeLessThanOrEqual(parts.length === 1 ? (coding === 'gsm' ? 160 : 70) : coding === 'gsm' ? 153 : 67)
      expect(part.isWellFormed()).toBe(true)
      if (parts.length > 1) expect(part.length).toBeGreaterThan(0)
    }
  }
  expect(several).toBeGreaterThan(1000)
})
