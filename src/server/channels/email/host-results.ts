import type { SenderCheck } from './check-sender.ts'
import { dkimFinding, dmarcFinding, spfFinding } from './findings.ts'

const HEADER_BYTES_EXAMINED = 65_536
const FIELD = /^authentication-results[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)/im
/** Everything that RFC 8601 2.2 writes between `;`: a method with its result, then what was looked at. */
const METHOD = /^([a-z][a-z0-9-]*)(?:\s*\/\s*\d+)?\s*=\s*([a-z]+)\b/i

/**
 * What the host of a mailbox found out about who sent a mail (RFC 8601), or null where it wrote nothing. Believed is only the topmost
 * Authentication-Results field, and only if it is in the name that the administrator gave us: whatever stands below may have come with the
 * mail. Where the host says nothing of DMARC, an author's domain that signed or sent it counts as proved, and nothing else does.
 */
export function hostResults(raw: Uint8Array, authserv_id: string): SenderCheck | null {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, HEADER_BYTES_EXAMINED))
  const header = bytes.toString('latin1').split(/\r?\n\r?\n/, 1)[0]!
  const [id = '', ...results] = partsOf(FIELD.exec(header)?.[1] ?? '')
  // The id may be followed by a version.
  if (id.split(/\s/, 1)[0]!.toLowerCase() !== authserv_id.toLowerCase()) return null
  return readResults(results, oneAuthor(header))
}

/** What a trusted forwarder found out before it changed the mail (RFC 8617): one ARC-Authentication-Results field, without its name. */
export function forwarderResults(raw: Uint8Array, value: string): SenderCheck {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, HEADER_BYTES_EXAMINED))
  // The number of the link and the name of the host stand before the results.
  const [, , ...results] = partsOf(value)
  return readResults(results, oneAuthor(bytes.toString('latin1').split(/\r?\n\r?\n/, 1)[0]!))
}

/** @param from the domain of the one author; null where there is not exactly one */
function readResults(results: readonly string[], from: string | null): SenderCheck {
  const found = results.map(readResult)
  const of = (method: string) => found.filter((one) => one.method === method)
  const dmarc = of('dmarc')[0]
  const spf = of('spf')[0]
  const dkim = of('dkim')
  const proved =
    (spf?.result === 'pass' && isOf(from, spf.properties.get('smtp.mailfrom'))) ||
    dkim.some(
      ({ result, properties }) =>
        result === 'pass' && isOf(from, properties.get('header.d') ?? properties.get('header.i')),
    )
  return {
    spf: spf ? spfFinding(spf.result) : 'unknown',
    dkim:
      (['pass', 'unknown', 'fail'] as const).find((one) => dkim.some(({ result }) => dkimFinding(result) === one)) ??
      'none',
    // Two authors in one mail are nobody's word, whatever a host says of one of them (check-sender.ts).
    dmarc: from === null ? 'fail' : dmarc ? dmarcFinding(dmarc.result) : proved ? 'pass' : 'unknown',
    domain: domainOf(dmarc?.properties.get('header.from')) ?? from,
    policy: null,
  }
}

interface Result {
  method: string
  result: string
  properties: Map<string, string>
}

function readResult(text: string): Result {
  const [, method = '', result = ''] = METHOD.exec(text) ?? []
  const properties = [...text.matchAll(/\b(smtp|header|policy|body)\.([a-z0-9_-]+)\s*=\s*("[^"]*"|[^\s;]+)/gi)]
  return {
    method: method.toLowerCase(),
    result: result.toLowerCase(),
    properties: new Map(
      properties.map(([, type = '', name = '', value = '']) => [
        `${type}.${name}`.toLowerCase(),
        value.replaceAll('"', ''),
      ]),
    ),
  }
}

/** Parted at each `;` that stands neither in a comment nor in quotes; comments, which may stand in comments, are left out. */
function partsOf(text: string): string[] {
  const parts = ['']
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!
    const escaped = letter === '\\' && (quoted || depth > 0)
    if (!escaped && letter === '"' && depth === 0) quoted = !quoted
    if (!quoted && !escaped && letter === '(') depth++
    if (!quoted && depth === 0 && letter === ';') parts.push('')
    else if (depth === 0) parts[parts.length - 1] += letter
    if (!quoted && !escaped && letter === ')' && depth > 0) depth--
    if (escaped) at++
  }
  return parts.map((part) => part.replaceAll(/\s+/g, ' ').trim())
}

/** The domain of From, null where there is not exactly one author. */
function oneAuthor(header: string): string | null {
  const fields = [...header.matchAll(/^from[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)/gim)]
  const domains = (fields[0]?.[1] ?? '').match(/@[^\s<>()[\]\\,;:@"]+/g) ?? []
  const all = new Set(domains.map((domain) => domain.slice(1).toLowerCase()))
  return fields.length === 1 && all.size === 1 ? [...all][0]! : null
}

const domainOf = (value: string | undefined) => value?.split('@').at(-1)?.toLowerCase() ?? null

/** Is it this domain, or one above or below it? */
function isOf(from: string | null, value: string | undefined): boolean {
  const domain = domainOf(value)
  if (!from || !domain?.includes('.')) return false
  return from === domain || from.endsWith(`.${domain}`) || domain.endsWith(`.${from}`)
}
