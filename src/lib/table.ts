/** What a field of a flat row holds. All rows of a list have the same fields. */
type Value = string | number | boolean | Date | null

/** Marks a list of flat rows: it goes to the page as lines (src/hooks.ts). The same symbol in every bundle. */
const table: unique symbol = Symbol.for('pandu.table')

/** Fifty rows as JavaScript objects are half of what a list's page takes to write out for its script; as lines they are a fifth of that. */
export const markTable = <Row extends { [Name in keyof Row]: Value }>(rows: Row[]): Row[] =>
  Object.defineProperty(rows, table, { value: true })

/** The lines of a marked list, the fields' names first; false for anything else. */
export function tableText(value: unknown): string | false {
  if (!Array.isArray(value) || !(table in value)) return false
  const rows = value as Record<string, Value>[]
  const names = Object.keys(rows[0] ?? {})
  // Never '', which the transport would take for no table.
  return [names.join('\t') || '\t', ...rows.map((row) => lineText(row, names))].join('\n')
}

function lineText(row: Record<string, Value>, names: readonly string[]): string {
  if (Object.keys(row).length !== names.length) throw new Error('the rows of a table have the same fields')
  return names.map((name) => valueText(row[name])).join('\t')
}

/** The list again. */
export function tableIn(text: string): Record<string, Value>[] {
  const [head = '', ...lines] = text.split('\n')
  const names = head.split('\t')
  return lines.map((line) => Object.fromEntries(line.split('\t').map((value, at) => [names[at] ?? '', valueIn(value)])))
}

const MARKS: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n' }

/** A letter says what a value is. */
function valueText(value: Value | undefined): string {
  if (value === null) return 'n'
  if (typeof value === 'string')
    return `s${/[\\\t\n]/.test(value) ? value.replace(/[\\\t\n]/g, (one) => MARKS[one]!) : value}`
  if (typeof value === 'number') return `i${value}`
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (value instanceof Date) return `d${value.getTime()}`
  throw new Error('a table holds flat rows only')
}

function valueIn(text: string): Value {
  const rest = text.slice(1)
  switch (text[0]) {
    case 's':
      return rest.includes('\\') ? rest.replace(/\\(.)/g, (_, one: string) => ({ t: '\t', n: '\n' })[one] ?? one) : rest
    case 'i':
      return Number(rest)
    case 'd':
      return new Date(Number(rest))
    case 't':
      return true
    case 'f':
      return false
    default:
      return null
  }
}
