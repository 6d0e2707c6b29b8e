import { expect, test } from 'vitest'
import { hideSmall, SMALL } from './hide-small.ts'

const list = (...counts: number[]) => hideSmall([counts])

test('what is large enough is shown, with its sum', () => {
  expect(list(7, 9, 12)).toEqual({ cells: [[true, true, true]], rows: [true], columns: [true, true, true], all: true })
})

test('one small count takes the next larger with it: else the sum would tell it', () => {
  expect(list(3, 9, 12).cells).toEqual([[false, false, true]])
  expect(list(3, 9, 12).rows).toEqual([true])
})

test('what is hidden together is never a small number itself', () => {
  // 1 and 2 make 3: the third goes with them.
  expect(list(1, 2, 9, 12).cells).toEqual([[false, false, false, true]])
  expect(list(3, 2, 9, 12).cells).toEqual([[false, false, true, true]])
})

test('where nothing is left to hide beside it, the sum is hidden', () => {
  expect(list(3)).toMatchObject({ cells: [[false]], rows: [false], all: false })
  expect(list(0, 0, 2)).toMatchObject({ rows: [false], all: false })
})

test('nothing at all', () => {
  expect(hideSmall([])).toMatchObject({ cells: [], rows: [] })
})

/**
 * The stranger who reads the page: every table of whole numbers that fits what is shown. Of a hidden small count they must find at least
 * two values.
 */
function possible(counts: number[][], shown: ReturnType<typeof hideSmall>, most: number): Map<string, Set<number>> {
  const [height, width] = [counts.length, counts[0]!.length]
  const found = new Map<string, Set<number>>()
  const total = (list: number[]) => list.reduce((a, b) => a + b, 0)
  const rowSums = counts.map(total)
  const columnSums = Array.from({ length: width }, (_, c) => total(counts.map((row) => row[c]!)))
  const trial = counts.map((row) => [...row])
  const fill = (at: number): void => {
    if (at === height * width) {
      const sums = Array.from({ length: width }, (_, c) => total(trial.map((row) => row[c]!)))
      if (sums.some((sum, c) => shown.columns[c] && sum !== columnSums[c])) return
      if (shown.all && total(sums) !== total(columnSums)) return
      for (const [r, row] of trial.entries())
        for (const [c, value] of row.entries()) {
          const key = `${r},${c}`
          found.set(key, (found.get(key) ?? new Set()).add(value))
        }
      return
    }
    const [r, c] = [Math.floor(at / width), at % width]
    for (let value = 0; value <= most; value++) {
      if (shown.cells[r]![c] && value !== counts[r]![c]) continue
      trial[r]![c] = value
      if (c < width - 1 || !shown.rows[r] || total(trial[r]!) === rowSums[r]) fill(at + 1)
    }
  }
  fill(0)
  return found
}

test('from what is shown no small count can be reckoned, however one adds and subtracts', () => {
  let state = 7
  const next = (n: number) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n
  let hidden = 0
  let visible = 0
  for (let i = 0; i < 60; i++) {
    const [height, width] = [1 + next(2), 2 + next(2)]
    const counts = Array.from({ length: height }, () =>
      Array.from({ length: width }, () => (next(4) === 0 ? next(5) : 5 + next(8))),
    )
    const shown = hideSmall(counts)
    const values = possible(counts, shown, 12)
    for (const [r, row] of counts.entries())
      for (const [c, count] of row.entries()) {
        if (shown.cells[r]![c]) visible++
        if (count >= SMALL) continue
        hidden++
        expect(shown.cells[r]![c]).toBe(false)
        if (count > 0) expect(values.get(`${r},${c}`)!.size, JSON.stringify({ counts, shown, r, c })).toBeGreaterThan(1)
      }
  }
  expect(hidden).toBeGreaterThan(30)
  expect(visible).toBeGreaterThan(30)
})
