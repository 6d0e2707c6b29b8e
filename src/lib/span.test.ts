import { expect, test } from 'vitest'
import { spanOf } from './span.ts'

const MINUTE = 60_000
test.each([
  [0, 'span.now', 0],
  [59_999, 'span.now', 0],
  [MINUTE, 'span.minutes', 1],
  [59 * MINUTE, 'span.minutes', 59],
  [60 * MINUTE, 'span.hours', 1],
  [47 * 60 * MINUTE, 'span.hours', 47],
  [48 * 60 * MINUTE, 'span.days', 2],
  [-90 * MINUTE, 'span.hours', 1],
])('%i ms is %s %i', (milliseconds, key, n) => expect(spanOf(milliseconds)).toEqual({ key, n }))
