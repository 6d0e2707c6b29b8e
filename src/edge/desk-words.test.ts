import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dictionaries } from '#server/platform/words.ts'
import { wordsOfTheDesk } from './desk-words.ts'

const components = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.svelte'))
    .map((name) => join(folder, name))

/** Every key that a component names whole. */
const keysIn = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/['"]([a-z_]+(?:\.[a-z_]+)+)['"]/g)]
    .map(([, key]) => key!)
    .filter((key) => key in dictionaries.id)

test('the file of the desk has every sentence that a page with script says; the settings have no script and all sentences', () => {
  const paths = ['src/routes/(desk)', 'src/lib/ui/desk']
    .flatMap(components)
    .filter((path) => !path.includes('/desk/settings/'))
  const missing = paths.flatMap(keysIn).filter((key) => !wordsOfTheDesk.some((prefix) => key.startsWith(prefix)))
  expect(paths.length).toBeGreaterThan(10)
  expect(missing).toEqual([])
  expect(wordsOfTheDesk).not.toContain('settings.')
  expect(readFileSync('src/routes/(desk)/desk/settings/+layout.ts', 'utf8')).toContain('csr = false')
})
