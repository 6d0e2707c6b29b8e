import { readFileSync } from 'node:fs'
import { format, wholeDictionary, type Dictionary, type Key, type Language, type Values } from '#messages/format.ts'

export type { Key, Language, Values }

const load = (language: Language): Dictionary => {
  const text = readFileSync(new URL(`../../../messages/${language}.json`, import.meta.url), 'utf8')
  return Object.defineProperty(JSON.parse(text) as Dictionary, wholeDictionary, { value: true })
}

/** Every sentence of both languages, read once: the files are part of the program and do not change while it runs. */
export const dictionaries: Record<Language, Dictionary> = { id: load('id'), en: load('en') }

/** A sentence in the given language, for mails, SMS and refusals. Pages get the dictionary from load and use #lib/words.ts. */
export const say = (language: Language, key: Key, values?: Values): string =>
  format(dictionaries[language], language, key, values)

/** The sentences whose key begins with one of the prefixes: what a page with script carries along. Chosen once for each list. */
export function dictionaryOf(language: Language, prefixes: readonly string[]): Dictionary {
  const name = `${language} ${prefixes.join(' ')}`
  let part = parts.get(name)
  if (!part) {
    const chosen = Object.entries(dictionaries[language]).filter(([key]) => prefixes.some((one) => key.startsWith(one)))
    parts.set(name, (part = Object.fromEntries(chosen)))
  }
  return part
}
const parts = new Map<string, Dictionary>()
