import { expect, test } from 'vitest'
import { markTable, tableIn, tableText } from './table.ts'

test('flat rows come out of their lines as they went in', () => {
  const rows = [
    {
      subject: 'Pencetak\tmati\\n\nlagi "x" \u2028',
      at: new Date(1_700_000_000_123),
      agent: null,
      is_mine: true,
      n: 3,
    },
    { subject: '', at: null, agent: '\\', is_mine: false, n: -0.5 },
  ]
  expect(tableIn(tableText(markTable(rows)) as string)).toEqual(rows)
  expect(tableText(markTable([]))).toBeTruthy()
  expect(tableIn(tableText(markTable([])) as string)).toEqual([])
})

test('only what is marked is a table, and only flat rows are', () => {
  expect(tableText([{ a: 1 }])).toBe(false)
  expect(tableText('x')).toBe(false)
  expect(() => tableText(markTable([{ a: [1] as unknown as string }]))).toThrow()
})
