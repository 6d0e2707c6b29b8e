import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { csvLine, csvText, harmlessText } from './csv.ts'

test.each([
  ['=HYPERLINK("https://jahat.example","klik")', `'=HYPERLINK("https://jahat.example","klik")`],
  ['+62 812 000', "'+62 812 000"],
  ['-2+3', "'-2+3"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t'=1"],
  ['\r=1', "'\r'=1"],
  ['\n\t =1', "'\n\t =1"],
  ['  @x', "'  @x"],
  ['＝1+1', "'＝1+1"],
  // A spreadsheet set to Indonesian splits at `;`, wherever our quotes stand.
  ['halo;=1+1', "halo;'=1+1"],
  ['halo","=1', `halo","'=1`],
  ['baris\n=1', "baris\n'=1"],
  // What people write stays what they wrote.
  ['', ''],
  ['Printer - rusak', 'Printer - rusak'],
  ['x=1, y = 2; z', 'x=1, y = 2; z'],
  ['100057', '100057'],
  ['a@contoh.id', 'a@contoh.id'],
])('%j is %j in a spreadsheet', (text, shown) => {
  expect(harmlessText(text)).toBe(shown)
})

test('a line holds each cell in quotes, numbers as numbers, times in UTC', () => {
  expect(csvLine(['a "b"', -2, null, true, 3n, new Date(0)])).toBe(
    '"a ""b""","-2","","true","3","1970-01-01T00:00:00.000Z"\r\n',
  )
})

test('a file says that it is UTF-8, and its heading is harmless too', () => {
  expect(csvText(['=a'], [['é']])).toBe('\uFEFF"\'=a"\r\n"é"\r\n')
})

test('nothing else writes a table for spreadsheets: a cell that nobody quoted would be a formula', () => {
  const source = resolve(import.meta.dirname, '../..')
  const files = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.test)\.(ts|svelte)$/.test(entry.name))
    .map(({ name, parentPath }) => join(parentPath, name))
  const says = files.filter((path) => /content-type.*text\/csv|spreadsheetml/.test(readFileSync(path, 'utf8')))
  expect(files.length).toBeGreaterThan(300)
  // WhatsApp's page names the kinds of files that it takes; they come from people and are handed on as they are.
  const names = ['edge/download.ts', 'server/channels/whatsapp/pieces.ts']
  expect(says.map((path) => relative(source, path)).toSorted()).toEqual(names)
})
