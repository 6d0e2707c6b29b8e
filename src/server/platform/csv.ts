/**
 * Tables for people's spreadsheets (RFC 4180). A cell is what somebody outside wrote, and a spreadsheet runs a cell that begins a formula
 * (CVE-2019-14749): every export of the house goes through here. The rows themselves stay as they were written.
 */

/** What a column can hold. A number is written as a number; every string is text, also one of digits. */
export type Cell = string | number | bigint | boolean | Date | null

/** The first bytes of the file, by which spreadsheets know that it is UTF-8. */
export const CSV_START = '\uFEFF'

/**
 * One line with its end, every cell in quotes. Times are RFC 3339 UTC, null is an empty cell.
 * `csvLine(['Nama', -2, null])` is `"Nama","-2",""` and a line end.
 */
export const csvLine = (cells: readonly Cell[]): string =>
  cells.map((cell) => `"${textOf(cell).replaceAll('"', '""')}"`).join(',') + '\r\n'

/** A whole file: the heading, then the rows. For a long one write {@link CSV_START} and each {@link csvLine} into a stream. */
export const csvText = (heading: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  CSV_START + [heading, ...rows].map(csvLine).join('')

function textOf(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'string') return harmlessText(cell)
  return cell instanceof Date ? cell.toISOString() : String(cell)
}

/**
 * The text with `'` before each place where a spreadsheet, also one that takes another sign for the separator than we do (`;` in Indonesia),
 * would begin a cell with a formula. Also for a cell of a format other than CSV. What the sign does not begin stays as it is: `a - b`, `x=1`.
 */
export const harmlessText = (text: string): string => text.replaceAll(BEFORE_FORMULA, "'")

// = + - @ and their full-width forms: at the start, whatever blanks stand before them, and right after every sign that can end a cell.
const BEFORE_FORMULA =
  /^(?=[\s\0]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])|(?<=[;,|\t\r\n"])(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g
