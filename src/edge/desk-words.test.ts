import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dictionaries } from '#server/platform/words.ts'
import { wordsOfTheDesk, wordsOfTheSettings } from './desk-words.ts'

const components = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.svelte'))
    .map((name) => join(folder, name))

/** Every key that a component names whole. */
const keysIn = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/['"]([a-z_]+(?:\.[a-z_]+)+)['"]/g)]
    .map(([, key]) => key!)
    .filter((key) => key in dictionaries.id)

test('each page of the desk carries the words that it says; those of the settings go to the settings only', () => {
  const [desk, settings] = ['src/routes/(desk)', 'src/lib/ui/desk']
    .flatMap(components)
    .reduce<[string[], string[]]>(
      ([outside, inside], path) =>
        path.includes('/desk/settings/') ? [outside, [...inside, path]] : [[...outside, path], inside],
      [[], []],
    )
  const missing = (paths: string[], prefixes: readonly string[]) =>
    paths.flatMap(keysIn).filter((key) => !prefixes.some((prefix) => key.startsWith(prefix)))
  expect(desk.length).toBeGreaterThan(10)
  expect(settings.length).toBeGreaterThan(10)
  expect(missing(desk, wordsOfTheDesk)).toEqual([])
  expect(missing(settings, wordsOfTheSettings)).toEqual([])
  expect(wordsOfTheDesk).not.toContain('settings.')
})
