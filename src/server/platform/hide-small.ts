/**
 * Public figures never point at a person: a count below five is not shown, and nobody can reckon it from what is shown. A hidden cell can be
 * reckoned from the sums of its row and column exactly when no circle of hidden cells goes through it, so each must stand on one; and what
 * is hidden in a line, taken together, is nothing or five at least. (The problem is known as complementary cell suppression.)
 */
export const SMALL = 5

export interface Shown {
  cells: boolean[][]
  /** Of each row, of each column, of everything. */
  rows: boolean[]
  columns: boolean[]
  all: boolean
}

/**
 * Which counts of a table may be shown beside each other and beside the sums of its rows, its columns and all. A table of one row (or one
 * column) is a list with its sum. Zeros are hidden like other small counts, so that a hidden one tells nothing.
 */
export function hideSmall(counts: readonly (readonly number[])[]): Shown {
  const width = counts[0]?.length ?? 0
  // The sums are one more row and column: each line then says "these add up to the last".
  const table = counts.map((row) => [...row, sum(row)])
  table.push(Array.from({ length: width + 1 }, (_, column) => sum(table.map((row) => row[column]!))))
  const shown = table.map((row) => row.map((count) => count >= SMALL))
  // A line of one: its sum says the same, and is hidden with it.
  const lines = linesOf(counts.length, width)
  for (let changed = true; changed;)
    changed = lines.some((line) => coverSum(table, shown, line)) || closeCircle(table, shown)
  return {
    cells: shown.slice(0, -1).map((row) => row.slice(0, -1)),
    rows: shown.slice(0, -1).map((row) => row.at(-1)!),
    columns: shown.at(-1)!.slice(0, -1),
    all: shown.at(-1)!.at(-1)!,
  }
}

type Place = readonly [row: number, column: number]
const sum = (list: readonly number[]) => list.reduce((total, one) => total + one, 0)

/** Rows and columns with their sums, the line of the sums included; the sum stands last. */
const linesOf = (height: number, width: number): Place[][] => [
  ...Array.from({ length: height + 1 }, (_, row) =>
    Array.from({ length: width + 1 }, (_, column): Place => [row, column]),
  ),
  ...Array.from({ length: width + 1 }, (_, column) =>
    Array.from({ length: height + 1 }, (_, row): Place => [row, column]),
  ),
]

/** What is hidden in a line adds up to what the shown ones leave of the sum: that is a count, too. Hides one more where it is small. */
function coverSum(table: number[][], shown: boolean[][], line: readonly Place[]): boolean {
  const at = ([row, column]: Place) => table[row]![column]!
  const isShown = ([row, column]: Place) => shown[row]![column]!
  const [parts, total] = [line.slice(0, -1), line.at(-1)!]
  if (!isShown(total)) return false
  const left = at(total) - sum(parts.filter(isShown).map(at))
  if (left === 0 || left >= SMALL) return false
  return hide(shown, parts.filter(isShown).toSorted((a, b) => at(a) - at(b))[0] ?? total)
}

const hide = (shown: boolean[][], [row, column]: Place): true => {
  shown[row]![column] = false
  return true
}

/** Hides one more cell where a small one could be reckoned: beside it the smallest that is shown, else the smallest anywhere. */
function closeCircle(table: number[][], shown: boolean[][]): boolean {
  const places = table.flatMap((cells, row) => cells.map((_, column): Place => [row, column]))
  const at = ([row, column]: Place) => table[row]![column]!
  const isShown = ([row, column]: Place) => shown[row]![column]!
  const open = places.find((place) => !isShown(place) && at(place) < SMALL && !onCircle(shown, place))
  if (!open) return false
  const rest = places.filter(isShown).toSorted((a, b) => at(a) - at(b))
  const next = rest.find(([row, column]) => row === open[0] || column === open[1]) ?? rest[0]
  return next !== undefined && hide(shown, next)
}

/** Whether one comes back to the column of a hidden cell from its row over other hidden cells. */
function onCircle(shown: boolean[][], [row, column]: Place): boolean {
  const reached = { rows: new Set([row]), columns: new Set<number>() }
  const next: { row?: number; column?: number }[] = [{ row }]
  for (let step = next.pop(); step; step = next.pop()) {
    if (step.row !== undefined)
      for (const [c, isShown] of shown[step.row]!.entries()) {
        if (isShown || reached.columns.has(c) || (step.row === row && c === column)) continue
        if (c === column) return true
        reached.columns.add(c)
        next.push({ column: c })
      }
    else
      for (const r of shown.keys()) {
        if (shown[r]![step.column!] || reached.rows.has(r)) continue
        reached.rows.add(r)
        next.push({ row: r })
      }
  }
  return false
}
