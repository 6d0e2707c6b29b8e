import { page } from '$app/state'
import { format, type Key, type Language, type Values } from '#messages/format.ts'

/** The language of this page. */
export const language = (): Language => page.data.language ?? 'id'

/** A sentence of the message files; the dictionary comes from the layout's load. */
export function t(key: Key, values?: Values): string {
  // Looked up once: on the server each look goes through the context of the page, hundreds of times a page.
  const { words, language } = page.data
  return format(words ?? {}, language ?? 'id', key, values)
}
