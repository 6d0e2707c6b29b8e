import { page } from '$app/state'
import { format, type Key, type Language, type Values } from '#messages/format.ts'

/** The language of this page. */
export const language = (): Language => page.data.language ?? 'id'

/** A sentence of the message files; the dictionary comes from the layout's load. */
export const t = (key: Key, values?: Values): string => format(page.data.words ?? {}, language(), key, values)
