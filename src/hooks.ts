import type { Transport } from '@sveltejs/kit/hooks'
import { linesOf, placesIn } from '#lib/places.ts'
import { tableIn, tableText } from '#lib/table.ts'
import { wholeDictionary } from '#messages/format.ts'

/**
 * Whatever load answers is also written out as JavaScript, even if no script of the page will ever read it. For a thousand sentences
 * or five hundred places that took a fifth of the time of a page.
 */
export const transport: Transport = {
  /** All sentences of a language are given to pages that carry no script: it says only that it stayed behind. */
  dictionary: {
    encode: (value: unknown) => typeof value === 'object' && value !== null && wholeDictionary in value && 1,
    decode: () => ({}),
  },
  places: { encode: linesOf, decode: placesIn },
  table: { encode: tableText, decode: tableIn },
}
