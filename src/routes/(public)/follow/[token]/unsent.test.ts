import { expect, test } from 'vitest'
import { unsentTexts } from './unsent.ts'

const resolved = {
  state: 'resolved',
  may: { reject: true, rate: false },
  resolution: {},
  rating: null,
  closure: null,
}
const closed = { ...resolved, state: 'closed', may: { reject: false, rate: true }, closure: { reason: 'solved' } }
const typed = { answer: 'jawaban', not_solved: 'belum beres', score: '5', words: 'terima kasih' }

test('a text is shown apart only where its own box is gone', () => {
  expect(unsentTexts({ not_solved: 'belum beres' }, resolved)).toEqual([])
  expect(unsentTexts({ not_solved: 'belum beres' }, closed)).toEqual(['belum beres'])
  expect(unsentTexts(typed, resolved)).toEqual(['jawaban', 'terima kasih'])
  expect(unsentTexts(typed, closed)).toEqual(['belum beres'])
  expect(unsentTexts(typed, { ...closed, rating: { score: 5 } })).toEqual(['belum beres', 'terima kasih'])
  expect(unsentTexts({}, closed)).toEqual([])
})
