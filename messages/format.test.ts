import { readFileSync } from 'node:fs'
import { IntlMessageFormat } from 'intl-messageformat'
import { describe, expect, test } from 'vitest'
import { readSettings } from '../src/settings.ts'
import { format } from './format.ts'

const load = (language: string) =>
  JSON.parse(readFileSync(new URL(`./${language}.json`, import.meta.url), 'utf8')) as Record<string, string>
const files = { id: load('id'), en: load('en') }

/** The names of a sentence's arguments, wherever they stand in its choices. */
function argumentsOf(sentence: string, language: string): string[] {
  const names = new Set<string>()
  const walk = (parts: readonly unknown[]) => {
    for (const part of parts as { type: number; value?: string; options?: Record<string, { value: unknown[] }> }[]) {
      if (part.type >= 1 && part.type <= 6 && part.value) names.add(part.value)
      for (const option of Object.values(part.options ?? {})) walk(option.value)
    }
  }
  walk(new IntlMessageFormat(sentence, language, undefined, { ignoreTag: true }).getAst())
  return [...names].sort()
}

describe('every sentence', () => {
  test('is valid ICU and takes the same arguments in both languages', () => {
    const faults: string[] = []
    for (const [key, sentence] of Object.entries(files.id)) {
      const other = files.en[key] ?? ''
      if (sentence.trim() === '' || other.trim() === '') faults.push(`${key} is empty`)
      else if (argumentsOf(sentence, 'id').join() !== argumentsOf(other, 'en').join())
        faults.push(`${key}: the arguments differ`)
    }
    expect(Object.keys(files.id).length).toBeGreaterThan(100)
    expect(faults).toEqual([])
  })
})

test('a sentence without arguments is given as it stands; an unknown key shows itself', () => {
  expect(format({ 'a.b': 'Halo' }, 'id', 'a.b')).toBe('Halo')
  expect(format({}, 'id', 'a.b')).toBe('a.b')
})
test('values are put in as the library puts them in, and one that is missing is a bug', () => {
  const sentences = { a: '{name}: {n} dari {n} (#, "{name}")', b: "it''s {name}", c: '{name}' }
  const values = { name: '<b>{n}', n: 1200 }
  for (const [key, sentence] of Object.entries(sentences))
    expect(format(sentences, 'id', key, values)).toBe(
      new IntlMessageFormat(sentence, 'id', undefined, { ignoreTag: true }).format(values),
    )
  expect(() => format(sentences, 'id', 'a', { name: 'x' })).toThrow()
})
test('plurals follow the language', () => {
  const dictionary = { n: '{count, plural, one {# ticket} other {# tickets}}' }
  expect(format(dictionary, 'en', 'n', { count: 1 })).toBe('1 ticket')
  expect(format(dictionary, 'en', 'n', { count: 2 })).toBe('2 tickets')
})
test('every setting says what it is for, on the page that shows them all', () => {
  const names = Object.keys(readSettings({ PANDU_DATA: '/nowhere' }).sources)
  expect(names.length).toBeGreaterThan(20)
  expect(names.filter((name) => !(`settings.env_${name.toLowerCase()}` in files.id))).toEqual([])
})
