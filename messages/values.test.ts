import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const words = Object.fromEntries(
  ['id', 'en'].map((language) => [
    language,
    JSON.parse(readFileSync(join(ROOT, `messages/${language}.json`), 'utf8')) as Record<string, string>,
  ]),
)

/** A brace that is not quoted (ICU MessageFormat: '{'). */
const needsValues = (sentence: string): boolean => sentence.replace(/'[{}][^']*'/g, '').includes('{')

/** A page that says a sentence without what the sentence names answers 500: as after somebody gave an old key a new sentence. */
test('no sentence that names something is said without it', () => {
  const files = globSync(['src/**/*.svelte', 'src/**/*.ts'], { cwd: ROOT })
  const said = files.flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:\bt\(|\bsay\([\w.]+, )'([\w.]+)'\)/g)].map(
      ([, key]) => [file, key!] as const,
    ),
  )
  expect(said.length).toBeGreaterThan(1_000)
  const wrong = said.filter(([, key]) => Object.values(words).some((sentences) => needsValues(sentences[key] ?? '')))
  expect(wrong).toEqual([])
})
