import { expect, test } from 'vitest'
import { asHours, readHours } from './hours-text.ts'

test.each([
  ['16', 960],
  ['1,5', 90],
  ['0.25', 15],
  ['160', 9600],
  ['160,5', null],
  ['0', null],
  ['-1', null],
  ['1e2', null],
  ['', null],
  ['dua', null],
])('hours as people write them: %j', (text, minutes) => {
  expect(readHours(text)).toBe(minutes)
})

test('what is shown can be typed again, in either language', () => {
  for (const minutes of [1, 15, 90, 120, 9600])
    for (const language of ['id', 'en'] as const)
      expect(Math.abs((readHours(asHours(minutes, language)) ?? 0) - minutes)).toBeLessThan(1)
  expect(asHours(90, 'id')).toBe('1,5')
})
