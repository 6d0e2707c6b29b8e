import { expect, test } from 'vitest'
import { cutText, TEXT_LENGTH_MAX } from './cut-text.ts'

const bare = (text: string) => text.replaceAll(/\s+/g, '')

test('a text that fits stays whole, also to the last letter', () => {
  expect(cutText('Halo')).toEqual(['Halo'])
  expect(cutText('')).toEqual([''])
  expect(cutText('x'.repeat(TEXT_LENGTH_MAX))).toHaveLength(1)
  expect(cutText('x'.repeat(TEXT_LENGTH_MAX + 1))).toHaveLength(2)
})
test.each([
  ['between paragraphs', 'a b c.\nd e f\n\ng h i. j', 16, ['a b c.\nd e f', 'g h i. j']],
  ['between lines', 'satu dua\ntiga empat lima', 16, ['satu dua', 'tiga empat lima']],
  ['between sentences', 'Satu dua. Tiga empat', 14, ['Satu dua.', 'Tiga empat']],
  ['between words', 'satu dua tiga empat', 14, ['satu dua tiga', 'empat']],
  ['within a word that is too long', 'abcdefghij', 4, ['abcd', 'efgh', 'ij']],
  ['never within a letter', '👨‍👩‍👧‍👦👨‍👩‍👧‍👦', 13, ['👨‍👩‍👧‍👦', '👨‍👩‍👧‍👦']],
])('a longer one is cut %s', (_, text, length_max, pieces) => {
  expect(cutText(text, length_max)).toEqual(pieces)
})
test('nothing is lost by cutting, and no piece is too long or empty', () => {
  const letters = ['a', 'b', ' ', '\n', '. ', '\n\n', '€', '😀', 'é', '\u0301']
  for (let length = 0; length < 400; length += 7) {
    let seed = length + 1
    const text = Array.from({ length }, () => letters[(seed = (seed * 48271) % 2147483647) % letters.length]!).join('')
    const pieces = cutText(text, 20)
    expect(bare(pieces.join(''))).toBe(bare(text))
    expect(pieces.every((piece) => piece.length <= 20 && piece.isWellFormed())).toBe(true)
    expect(pieces.length === 1 || pieces.every((piece) => piece !== '')).toBe(true)
  }
})
