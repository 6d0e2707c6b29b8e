/**
 * How a sentence of messages/{id,en}.json becomes text: ICU MessageFormat by intl-messageformat. Pure, so that the server (mails, SMS)
 * and the pages format alike; both import this file.
 */
import { IntlMessageFormat } from 'intl-messageformat'
import type indonesian from './id.json'

export type Key = keyof typeof indonesian
export type Language = 'id' | 'en'
export type Values = Record<string, string | number | Date>
export type Dictionary = Partial<Record<string, string>>

/** Marks a dictionary with all sentences of a language: it stays on the server (src/hooks.ts). The same symbol in every bundle. */
export const wholeDictionary: unique symbol = Symbol.for('pandu.whole_dictionary')

const compiled = new Map<string, IntlMessageFormat>()

/** An unknown key is a bug that a test finds; a page shows the key rather than nothing. */
export function format(dictionary: Dictionary, language: Language, key: string, values?: Values): string {
  const sentence = dictionary[key]
  if (sentence === undefined) return key
  if (values === undefined && !sentence.includes('{') && !sentence.includes("'")) return sentence
  const name = `${language} ${key}`
  let message = compiled.get(name)
  if (!message)
    compiled.set(name, (message = new IntlMessageFormat(sentence, language, undefined, { ignoreTag: true })))
  return String(message.format(values))
}
