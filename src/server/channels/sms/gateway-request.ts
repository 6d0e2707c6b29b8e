/**
 * A request of a gateway as it stands in the ledger: its line, the headers that say how to read it, and its body, byte for byte. So what a
 * gateway brought can be read again later, by a better reader, and shown to anybody who wants to know what really came.
 */
export interface ReceivedRequest {
  method: string
  /** Path and query as they came, one character a byte. */
  target: string
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: Uint8Array
  /** The gateway's address. */
  remote: string | undefined
}

/**
 * The bytes for the ledger. The key by which a gateway is known stays outside: whoever reads an item could use it.
 * @param kept_headers in lower case
 * @param noted what we found out when it came (names begin with `pandu-`); a sender cannot set these
 * @param key a field that holds a key too, beside `key`
 */
export function rawOf(
  { method, target, headers, body }: ReceivedRequest,
  kept_headers: readonly string[],
  noted: Readonly<Record<string, string>> = {},
  key = 'key',
): Buffer {
  const lines = [
    `${method} ${withoutKey(target, key)} HTTP/1.1`,
    ...kept_headers.flatMap((name) => [headers[name] ?? []].flat().map((value) => `${name}: ${value}`)),
    ...Object.entries(noted).map(([name, value]) => `${name}: ${value}`),
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
}

/** @param target path and query */
function withoutKey(target: string, name: string): string {
  const at = target.indexOf('?')
  if (at < 0) return target
  const pairs = target
    .slice(at + 1)
    .split('&')
    .filter((pair) => {
      const called = nameOf(pair)
      return called !== 'key' && called !== name
    })
  return pairs.length === 0 ? target.slice(0, at) : `${target.slice(0, at)}?${pairs.join('&')}`
}

// Whatever a reader of forms would take for the name: each request is asked this for each of its fields.
const nameOf = (pair: string): string => {
  const plain = pair.split('=', 1)[0]!
  return /[%+]/.test(plain) ? (new URLSearchParams(pair).keys().next().value ?? '') : plain
}

export interface GatewayRequest {
  method: string
  path: string
  /** Of the query, and of a posted form; the first of a name counts. Bytes, because a text may be in any encoding. */
  fields: ReadonlyMap<string, Buffer>
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>
  body: Buffer
}

/** Reads what {@link rawOf} wrote. */
export function readRequest(raw: Buffer): GatewayRequest {
  const end = raw.indexOf('\r\n\r\n')
  const [line = '', ...rest] = raw
    .subarray(0, end < 0 ? raw.length : end)
    .toString('latin1')
    .split('\r\n')
  const [method = '', target = ''] = line.split(' ')
  const headers = new Map(rest.map((header) => splitAt(header, ':')))
  const body = end < 0 ? Buffer.alloc(0) : raw.subarray(end + 4)
  const [path, query] = splitAt(target, '?')
  const form = headers.get('content-type')?.startsWith('application/x-www-form-urlencoded')
  return { method, path, fields: fieldsOf(form ? `${query}&${body.toString('latin1')}` : query), headers, body }
}

const splitAt = (text: string, mark: string): [string, string] => {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1).trim()]
}

/** What stands behind the `?` of a target. */
export const fieldsOfTarget = (target: string): Map<string, Buffer> => fieldsOf(splitAt(target, '?')[1])

function fieldsOf(query: string): Map<string, Buffer> {
  const fields = new Map<string, Buffer>()
  for (const pair of query.split('&')) {
    const at = pair.indexOf('=')
    const name = percentDecoded(at < 0 ? pair : pair.slice(0, at)).toString()
    if (name !== '' && !fields.has(name)) fields.set(name, percentDecoded(at < 0 ? '' : pair.slice(at + 1)))
  }
  return fields
}

/** Bytes: what stands behind a percent sign need not be UTF-8. A percent sign without two digits is itself. */
function percentDecoded(text: string): Buffer {
  if (!/[%+]/.test(text)) return Buffer.from(text, 'latin1')
  const bytes = Buffer.alloc(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const hex = text[at] === '%' ? /^[\da-f]{2}/i.exec(text.slice(at + 1, at + 3)) : null
    if (hex) at += 2
    bytes[length++] = hex ? Number.parseInt(hex[0], 16) : text[at] === '+' ? 0x20 : text.charCodeAt(at)
  }
  return bytes.subarray(0, length)
}

/**
 * The text that bytes stand for. A reader of a gateway that lies about its encoding still shows letters: what is no UTF-8 is read as
 * Windows-1252, in which every byte is one. PostgreSQL keeps no NUL, and no text means anything by it.
 */
export function textOf(bytes: Uint8Array, charset: string): string {
  return decoded(bytes, charset.trim().replaceAll('"', '').toLowerCase()).replaceAll('\0', '')
}

function decoded(bytes: Uint8Array, charset: string): string {
  // An odd byte at the end is half a letter.
  if (/^(utf-?16(be)?|ucs-?2(be)?|iso-10646-ucs-2)$/.test(charset))
    return Buffer.from(bytes.subarray(0, bytes.length & ~1))
      .swap16()
      .toString('utf16le')
      .toWellFormed()
  if (/^utf-?16le$/.test(charset)) return Buffer.from(bytes).toString('utf16le').toWellFormed()
  if (/^(iso-?8859-?1|latin-?1|windows-?1252|cp1252)$/.test(charset))
    return new TextDecoder('windows-1252').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}
