/** How much of a mail can be header that concerns its way here. */
const HEADER_MAX = 64 * 1024
const ADDRESSES_MAX = 100

/** The fields in which hosts and people say for whom a mail is, the surest first. */
const DELIVERED = ['delivered-to', 'x-delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to']
const WRITTEN = ['to', 'cc']
/** `<>`, and nothing else: `<root>` of a host that names no domain is a person or a program, not the null return path. */
const NULL_PATH = /^\s*(<\s*>)?\s*$/

export interface ReadEnvelope {
  /** Null for the null return path: bounces and automatic answers. */
  envelope_from: string | null
  /** Whom the mail host says that it delivered to. */
  delivered: string[]
  /** Whom the sender wrote to. */
  written: string[]
}

/**
 * The envelope of a mail that lies in a mailbox, where nobody tells it any more: from the fields that mail hosts and senders write.
 * Without a Return-Path it is taken to come from whom it says: only the host can know that it was null.
 */
export function readEnvelope(raw: Buffer): ReadEnvelope {
  const fields = headerOf(raw)
  const all = (names: readonly string[]) => [
    ...new Set(names.flatMap((name) => (fields.get(name) ?? []).flatMap(addressesIn))),
  ]
  const path = fields.get('return-path')?.[0]
  return {
    envelope_from:
      path !== undefined && NULL_PATH.test(path) ? null : (addressesIn(path ?? '')[0] ?? all(['from'])[0] ?? null),
    delivered: all(DELIVERED).slice(0, ADDRESSES_MAX),
    written: all(WRITTEN).slice(0, ADDRESSES_MAX),
  }
}

function headerOf(raw: Buffer): Map<string, string[]> {
  const text = raw.subarray(0, HEADER_MAX).toString('utf8')
  const end = /\r?\n\r?\n/.exec(text)?.index ?? text.length
  const fields = new Map<string, string[]>()
  for (const line of text
    .slice(0, end)
    .replace(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const name = line.slice(0, colon).trim().toLowerCase()
    fields.set(name, [...(fields.get(name) ?? []), line.slice(colon + 1).trim()])
  }
  return fields
}

const addressesIn = (text: string): string[] =>
  (text.match(/[^\s<>()[\]\\,;:@"]+@[^\s<>()[\]\\,;:@"]+/g) ?? []).map((address) => address.toLowerCase())
