import { createHash } from 'node:crypto'

/**
 * Header fields that hosts on the way put on top of a mail. They differ when the same mail comes again by another route.
 * DKIM-Signature is not among them: the sender's side makes it once, and it says something about the content.
 */
const TRACE_FIELDS = new Set([
  'received',
  'x-received',
  'return-path',
  'delivered-to',
  'x-delivered-to',
  'x-original-to',
  'envelope-to',
  'x-envelope-to',
  'x-envelope-from',
  'authentication-results',
  'x-authentication-results',
  'received-spf',
  'arc-seal',
  'arc-message-signature',
  'arc-authentication-results',
])
/** A longer "name" before a colon is no header field (RFC 5322 2.2: a line has at most 998 characters). */
const FIELD_NAME_MAX = 998

const LF = 0x0a
const COLON = 0x3a
const SPACE = 0x20
const TAB = 0x09

/**
 * What makes two arrivals the same mail: SHA-256 (hex, 64 characters) over the bytes after the leading trace fields.
 * Only fields at the very top are left out; the first other field ends them, so that nobody can hide a difference
 * further down. A mail without header, or with bare LF, is hashed by the same rule. Works in one pass without copying.
 */
export function fingerprint(raw: Uint8Array): string {
  return createHash('sha256')
    .update(raw.subarray(endOfTrace(raw)))
    .digest('hex')
}

function endOfTrace(raw: Uint8Array): number {
  let start = 0
  while (start < raw.length && TRACE_FIELDS.has(fieldName(raw, start))) start = endOfField(raw, start)
  return start
}

function fieldName(raw: Uint8Array, start: number): string {
  const colon = raw.subarray(start, start + FIELD_NAME_MAX).indexOf(COLON)
  return colon < 0
    ? ''
    : Buffer.from(raw.subarray(start, start + colon))
        .toString('latin1')
        .trimEnd()
        .toLowerCase()
}

/** A field goes on over all lines that begin with a space or a tab (RFC 5322 2.2.3). */
function endOfField(raw: Uint8Array, start: number): number {
  let end = start
  do {
    const newline = raw.indexOf(LF, end)
    if (newline < 0) return raw.length
    end = newline + 1
  } while (raw[end] === SPACE || raw[end] === TAB)
  return end
}
