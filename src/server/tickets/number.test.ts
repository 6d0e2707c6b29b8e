import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { dammDigit, readNumber } from './number.ts'

const database = useDatabase()

const numbers = [1, 9, 10, 572, 10_001, 10_002, 99_999, 100_000, 123_456, 9_876_543_210]

test(
  'PostgreSQL and this program reckon the same check digit',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const { rows } = await sql<{ n: number; digit: number }>`select n, damm_digit(n) as digit
      from (select unnest(${numbers}::bigint[]) union select generate_series(10001, 12000)) as s (n)`.execute(ctx.db)
    expect(rows.length).toBeGreaterThan(2000)
    for (const { n, digit } of rows) expect(dammDigit(String(n)), String(n)).toBe(digit)
    expect(dammDigit('572')).toBe(4) // the example of Damm's own publication
  }),
)

test('every single wrong digit and every swap of neighbours is found', () => {
  for (const n of numbers) {
    const right = `${n}${dammDigit(String(n))}`
    for (let at = 0; at < right.length; at++) {
      for (const digit of '0123456789') {
        if (digit === right[at]) continue
        const wrong = right.slice(0, at) + digit + right.slice(at + 1)
        expect(dammDigit(wrong), `${right} typed as ${wrong}`).not.toBe(0)
      }
      if (at === 0 || right[at - 1] === right[at]) continue
      const swapped = right.slice(0, at - 1) + right[at] + right[at - 1] + right.slice(at + 1)
      expect(dammDigit(swapped), `${right} typed as ${swapped}`).not.toBe(0)
    }
  }
})

const number = `10005${dammDigit('10005')}`
test.each([
  [number, number],
  [`#${number}`, number],
  [`[#${number}]`, number],
  [` ${number.slice(0, 3)} ${number.slice(3)} `, number],
  [`no. ${number}`, number],
  [`Tiket #${number}`, number],
  [number.slice(0, -1), null],
  ['100058', dammDigit('10005') === 8 ? '100058' : null],
  ['', null],
  ['#', null],
  ['printer mati', null],
  [`${number} printer`, null],
  ['9'.repeat(30), null],
  ['-1', null],
])('%j is read as %j', (typed, expected) => {
  expect(readNumber(typed)).toBe(expected)
})
