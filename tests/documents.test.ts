/** What the documents say must be there: every relative link, and every file of this house that they name. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const documents = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]
// The worked example of CONTRIBUTING is about files that a reader would make; decision 9 tells why one does not exist.
const INVENTED = /order-part|00NN_|^src\/env\.ts$/

test('every relative link leads somewhere', () => {
  let seen = 0
  const broken: string[] = []
  for (const document of documents)
    for (const [, target = ''] of readFileSync(join(ROOT, document), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^(https?:|mailto:|#)/.test(target)) continue
      seen++
      if (!existsSync(join(ROOT, dirname(document), target.split('#')[0] ?? ''))) broken.push(`${document} → ${target}`)
    }
  expect(seen).toBeGreaterThan(8)
  expect(broken).toEqual([])
})

test('every file that a document names is there', () => {
  let seen = 0
  const missing: string[] = []
  for (const document of documents)
    for (const [, path = ''] of readFileSync(join(ROOT, document), 'utf8').matchAll(
      /`((?:src|tests|scripts|docs|migrations|messages|packaging|bench)\/[^`\s*…]+)`/g,
    )) {
      if (INVENTED.test(path)) continue
      seen++
      if (!existsSync(join(ROOT, path))) missing.push(`${document} names ${path}`)
    }
  expect(seen).toBeGreaterThan(15)
  expect(missing).toEqual([])
})
