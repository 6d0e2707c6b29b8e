import { readFileSync } from 'node:fs'
import { format, type Dictionary, type Key, type Language, type Values } from '#messages/format.ts'

export type { Key, Language, Values }

const load = (language: Language): Dictionary =>
  JSON.parse(readFileSync(new URL(`../../../messages/${language}.json`, import.meta.url), 'utf8')) as Dictionary

/** Every sentence of both languages, read once: the files are part of the program and do not change while it runs. */
export const dictionaries: Record<Language, Dictionary> = { id: load('id'), en: load('en') }

/** A sentence in the given language, for mails, SMS and refusals. Pages get the dictionary from load and use #lib/words.ts. */
export const say = (language: Language, key: Key, values?: Values): string =>
  format(dictionaries[language], language, key, values)

/** The sentences whose key begins with one of the prefixes: what a page with script carries along. */
export function dictionaryOf(language: Language, prefixes: readonly string[]): Dictionary {
  return Object.fromEntries(
    Object.entries(dictionaries[language]).filter(([key]) => prefixes.some((prefix) => key.startsWith(prefix))),
  )
}
