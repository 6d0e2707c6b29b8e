import type { Transport } from '@sveltejs/kit/hooks'
import { wholeDictionary } from '#messages/format.ts'

/**
 * All sentences of a language are given to pages that carry no script. Whatever load answers is also written out as JavaScript, even if
 * no script of the page will ever read it; for a thousand sentences that took a fifth of the time of a page. So this one says only that
 * it stayed behind. Pages with script get their own sentences (dictionaryOf).
 */
export const transport: Transport = {
  dictionary: {
    encode: (value: unknown) => typeof value === 'object' && value !== null && wholeDictionary in value && 1,
    decode: () => ({}),
  },
}
