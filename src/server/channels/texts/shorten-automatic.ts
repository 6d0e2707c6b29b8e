import type { Reading } from '../../platform/context.ts'
import { limitInForce } from '../../platform/limit-catalog.ts'
import { cap, segment } from '../sms/segments.ts'

/**
 * Cuts what Pandu says by itself in an SMS to the parts that are allowed (the limit `text.parts`), and keeps the link at its end. What a person
 * wrote is never cut: whoever wrote it was told before.
 * @param rows changed in place
 */
export async function shortenAutomatic(
  ctx: Reading,
  rows: readonly { channel: string; automatic: boolean; text: string }[],
): Promise<void> {
  const long = rows.filter(({ channel, automatic, text }) => {
    return channel === 'sms' && automatic && segment(text).parts.length > 1
  })
  if (long.length === 0) return
  const parts_max = await limitInForce(ctx, 'text.parts')
  for (const row of long) row.text = shorten(row.text, parts_max)
}

const CUT = '...'

/** The text, in no more parts than that; a link at its end stays whole. Pure. */
export function shorten(text: string, parts_max: number): string {
  if (segment(text).parts.length <= parts_max) return text
  const link = /\shttps?:\/\/\S+$/.exec(text)?.[0] ?? ''
  let words = cap(text.slice(0, text.length - link.length), parts_max).text
  // A word at a time: what is put behind costs as much as it would anywhere.
  while (words !== '' && segment(words + CUT + link).parts.length > parts_max)
    words = words.replace(/\s*\S+$/, '').trimEnd()
  // A link alone that is longer than what is allowed leads nowhere when it is cut.
  return words === '' ? cap(text, parts_max).text : words + CUT + link
}
