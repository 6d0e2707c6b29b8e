import type { Secrets } from '../../platform/secrets.ts'
import { readReplyAddress, splitAddress, type ReplyAddress } from './addresses.ts'

/** The local part of a signed reply address, wherever it stands. */
const MARKER = /(?<![a-z0-9-])\d{1,11}-[a-z2-7]{52}(?![a-z0-9])/gi
/** The addresses that a provider got with an offer or a case (addresses.ts: rowAddress). */
const ROW_ADDRESS = /<?(?<![a-z0-9-])[okn]-[a-z2-7]{52}@[a-z0-9.-]{1,255}>?/gi
const MARKERS_MAX = 20
/** What follows this line is left out by mail programs when they quote (RFC 3676 4.3). */
const SIGNATURE = '\n-- \n'

/**
 * Puts the local part of the reply address into the text of a mail of ours, above the signature: a mail program or another help desk that
 * rewrites both headers and addresses still quotes it.
 */
export function withMarker(text: string, reply_to: string | null): string {
  const local = splitAddress(reply_to ?? '').local
  if (!new RegExp(`^${MARKER.source}$`, 'i').test(local)) return text
  const at = text.lastIndexOf(SIGNATURE)
  const [said, signature] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)]
  return `${said.trimEnd()}\n\n[${local}]\n${signature}`
}

/** A text that quotes our marker, without it: whoever reads on must not get what one participant alone was given. */
export const withoutMarkers = (text: string): string =>
  text
    .replace(new RegExp(`\\[?${MARKER.source}\\]?`, 'gi'), '')
    .replace(ROW_ADDRESS, '')
    .trim()

/** Every signed marker in a text, in order; those with one wrong bit are none. */
export function readMarkers(secrets: Secrets, domain: string, text: string): ReplyAddress[] {
  const found = [...new Set([...text.matchAll(MARKER)].map(([local]) => local))].slice(0, MARKERS_MAX)
  return found.flatMap((local) => readReplyAddress(secrets, domain, `${local}@${domain}`) ?? [])
}
