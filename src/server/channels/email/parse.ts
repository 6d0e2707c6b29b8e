import { MailParser, type AddressObject, type HeaderLines, type Headers, type MailParserOptions } from 'mailparser'
import { CharsetStream, UNKNOWN_LABEL } from './charset.ts'

/** A mail as the MIME library sees it, before we cap and clean anything. The only file that knows `mailparser`. */
export interface ParsedMime {
  headers: Headers
  lines: HeaderLines
  /** '' if there is no text part. */
  text: string
  /** All HTML parts together; '' if there are none. */
  html: string
  /** The library cannot make text of this HTML: too long or too deeply nested. Trying again would only cost time. */
  html_beyond_library: boolean
  attachments: { name: string | null; type: string; content: Buffer; inline: boolean }[]
}

/** One part's header block. Ten thousand recipients need about 400 KB. */
const HEADER_BYTES_MAX = 2 * 1024 * 1024
/** Converting HTML is the most expensive step; beyond this only tags are taken out. */
export const HTML_LENGTH_MAX = 2_000_000
/** The parser's own addition, not in its types: the MIME node before it becomes a part. */
interface Node {
  contentType: string | false
  charset: string | false
}

/** Rejects when the library gives up on the mail: too many parts, a header without end. */
export async function parseMime(raw: Uint8Array): Promise<ParsedMime> {
  try {
    return await parse(raw, false)
  } catch (error) {
    if (!/HTML/.test((error as Error).message)) throw error
    // The library gives up on the whole mail because of its HTML (too long, too deeply nested). The rest is still readable.
    return await parse(raw, true)
  }
}

function parse(raw: Uint8Array, skipHtmlToText: boolean): Promise<ParsedMime> {
  const options = {
    Iconv: CharsetStream,
    maxHeadSize: HEADER_BYTES_MAX,
    maxHtmlLengthToParse: HTML_LENGTH_MAX,
    skipHtmlToText,
    skipImageLinks: true,
    skipTextToHtml: true,
    skipTextLinks: true,
  }
  const parser = new MailParser(options as unknown as MailParserOptions)
  believeBytesOverLabels(parser as unknown as { createNode(node: Node): unknown })
  const mime: ParsedMime = {
    headers: new Map(),
    lines: [],
    text: '',
    html: '',
    html_beyond_library: skipHtmlToText,
    attachments: [],
  }
  return new Promise((resolve, reject) => {
    parser.on('error', reject)
    parser.on('headers', (headers: Headers) => (mime.headers = headers))
    parser.on('headerLines', (lines: HeaderLines) => (mime.lines = lines))
    parser.on('data', (part) => {
      if (part.type === 'text') {
        mime.text = part.text ?? ''
        mime.html = typeof part.html === 'string' ? part.html : ''
        return
      }
      const chunks: Buffer[] = []
      part.content.on('error', reject)
      part.content.on('data', (chunk: Buffer) => chunks.push(chunk))
      part.content.on('end', () => {
        mime.attachments.push({
          name: part.filename || null,
          // Where the header is garbage the library says false.
          type: part.contentType || 'application/octet-stream',
          content: Buffer.concat(chunks),
          inline: part.contentDisposition === 'inline' || part.related === true,
        })
        part.release()
      })
    })
    parser.on('end', () => resolve(mime))
    parser.end(raw)
  })
}

/** Without this, text under the label `utf-8` or without any label never reaches `CharsetStream`. */
function believeBytesOverLabels(parser: { createNode(node: Node): unknown }): void {
  const createNode = parser.createNode.bind(parser)
  parser.createNode = (node) => {
    if (!node.charset || /^(us-?)?ascii$|^utf-?8$/i.test(node.charset.trim())) node.charset = UNKNOWN_LABEL
    return createNode(node)
  }
}

/** Readable text of all HTML parts, by the same library: it only converts a mail whose root is HTML. */
export async function textOfHtml({ html, html_beyond_library }: ParsedMime): Promise<string> {
  if (html_beyond_library || html.length > HTML_LENGTH_MAX) return withoutTags(html)
  const mime = await parseMime(Buffer.from('Content-Type: text/html; charset=utf-8\r\n\r\n' + html))
  return mime.html_beyond_library || mime.text.trim() === '' ? withoutTags(html) : mime.text
}

/** The last resort for HTML that the library cannot convert: linear, keeps every word. */
function withoutTags(html: string): string {
  return html
    .slice(0, HTML_LENGTH_MAX)
    .replace(/<(?:br|\/p|\/div|\/tr|\/li|\/h\d)\b/gi, '\n<')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/[ \t]+/g, ' ')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim()
}

/** All addresses of an address field, those inside groups too. */
export function addressesIn(headers: Headers, field: string): { name: string; address: string }[] {
  const value = headers.get(field) as AddressObject | AddressObject[] | undefined
  return [value ?? []]
    .flat()
    .flatMap((list) => list.value)
    .flatMap((entry) => entry.group ?? [entry])
    .map(({ name, address }) => ({ name: name ?? '', address: address ?? '' }))
}
