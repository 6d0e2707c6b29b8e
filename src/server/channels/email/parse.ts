import { Readable, Transform } from 'node:stream'
import { MailParser, type AddressObject, type HeaderLines, type Headers, type MailParserOptions } from 'mailparser'
import { textRoom, UNKNOWN_LABEL } from './charset.ts'
import { decodeWord } from './encoded-words.ts'
import { unflow } from './flowed.ts'
import { textOfHtml } from './html-text.ts'

/** A mail as the MIME library sees it, before we cap and clean anything. The only file that knows `mailparser`. */
export interface ParsedMime {
  headers: Headers
  lines: HeaderLines
  /** The text form: of each place where the sender gives several forms the plain one, else what its HTML says. '' if there is none. */
  text: string
  /** All HTML parts together; '' if there are none. */
  html: string
  /** A multipart without any part: its text stands where nobody looks. */
  hollow: boolean
  /** The text was so long that only its beginning was read. */
  text_cut: boolean
  /** The types of all parts, lower case, with their parameters. */
  types: { type: string; parameters: Record<string, string> }[]
  attachments: ParsedAttachment[]
}

export interface ParsedAttachment {
  name: string | null
  type: string
  charset: string | null
  /** Such as `x-uuencode`: what the library does not decode. */
  encoding: string
  content: Buffer
  inline: boolean
  /** By which the HTML names it (`cid:`), without brackets. */
  content_id: string | null
}

/** One part's header block. Ten thousand recipients need about 400 KB. */
const HEADER_BYTES_MAX = 2 * 1024 * 1024

/** What the library keeps of a part and does not put into its types: as it stands in the mail, before and after it became a node. */
interface RawPart {
  root: boolean
  contentType: string | false
  charset: string | false
  disposition: string | false
  filename: string | false
  flowed: boolean
  delSp: boolean
  multipart: string | false
  headers: { getFirst(name: string): string }
  encoding: string | false
  getDecoder(): Transform
}
interface Part {
  node: RawPart
  contentType: string | false
  textContent?: string
  children: Part[]
}
interface Internals {
  tree: Part | false
  libmime: {
    decodeWord: typeof decodeWord
    decodeWords(text: string): string
    parseHeaderValue(field: string): { params: Record<string, string> }
  }
  createNode(part: RawPart): Part
  getTextContent(): { type: 'text' }
}

/** The library keeps several copies of what it is given at once; of a slice they are small. */
const SLICE_BYTES = 64 * 1024
const BLOCK_BYTES = 256 * 1024
const BLANKS_MAX = 1000

/** Rejects when the library gives up on the mail: too many parts, a header without end. `raw` is the mail in pieces. */
export function parseMime(raw: readonly Uint8Array[]): Promise<ParsedMime> {
  const room = textRoom()
  const options = { Iconv: room.Stream, maxHeadSize: HEADER_BYTES_MAX, ignoreEmbedded: true }
  const parser = new MailParser(options as unknown as MailParserOptions)
  const internals = parser as unknown as Internals
  const types: ParsedMime['types'] = []
  const flows = new WeakMap<RawPart, { delsp: boolean }>()
  takeHold(internals, types, flows)
  const mime: ParsedMime = {
    headers: new Map(),
    lines: [],
    text: '',
    html: '',
    hollow: false,
    text_cut: false,
    types,
    attachments: [],
  }
  return new Promise((resolve, reject) => {
    parser.on('error', reject)
    parser.on('headers', (headers: Headers) => (mime.headers = headers))
    parser.on('headerLines', (lines: HeaderLines) => (mime.lines = lines))
    parser.on('data', (part) => {
      if (part.type === 'text') return
      const chunks: Buffer[] = []
      part.content.on('error', reject)
      part.content.on('data', (chunk: Buffer) => chunks.push(chunk))
      part.content.on('end', () => {
        mime.attachments.push({
          name: part.filename || null,
          // Where the header is garbage the library says false.
          type: part.contentType || 'application/octet-stream',
          charset: charsetOf(part.headers),
          encoding: String(part.headers.get('content-transfer-encoding') ?? '')
            .trim()
            .toLowerCase(),
          content: Buffer.concat(chunks),
          inline: part.contentDisposition === 'inline' || part.related === true,
          content_id: part.cid || null,
        })
        part.release()
      })
    })
    parser.on('end', () => resolve({ ...mime, ...readTree(internals.tree, flows), text_cut: room.isCut() }))
    Readable.from(inSlices(raw)).pipe(parser)
  })
}

function* inSlices(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const piece of pieces)
    for (let at = 0; at < piece.byteLength; at += SLICE_BYTES) yield piece.subarray(at, at + SLICE_BYTES)
}

const charsetOf = (headers: Headers): string | null =>
  (headers.get('content-type') as { params?: Record<string, string> } | undefined)?.params?.['charset'] ?? null

/** Tells the library, part by part, what to do otherwise than it would, and keeps it from making text of the whole by itself. */
function takeHold(parser: Internals, types: ParsedMime['types'], flows: WeakMap<RawPart, { delsp: boolean }>): void {
  let textSeen = false
  // The label of an encoded word is as often wrong as that of a text.
  parser.libmime.decodeWord = decodeWord
  const createNode = parser.createNode.bind(parser)
  parser.createNode = (part) => {
    const parameters = parser.libmime.parseHeaderValue(part.headers.getFirst('Content-Type')).params
    types.push({ type: part.contentType || '', parameters })
    if (part.filename) part.filename = fileName(parser, part) || part.filename
    // Otherwise text under the label `utf-8` or without any label never reaches `CharsetStream`.
    if (!part.charset || /^(us-?)?ascii$|^utf-?8$/i.test(part.charset.trim())) part.charset = UNKNOWN_LABEL
    // A multipart that names no boundary has no parts that could be found: what stands there is shown as it is.
    if (part.multipart && !parameters['boundary']) {
      part.multipart = false
      part.contentType = 'text/plain'
    }
    // A type that is none, or a text of whatever kind that is the whole mail ("text", "text/markdown"), is read as text (RFC 2045 5.2).
    if (!/^[^\s/]+\/[^\s/]+$/.test(part.contentType || '') && !part.filename) part.contentType = 'text/plain'
    if (part.root && /^text\/(?!plain$|html$|calendar$|.*vcard$|rtf$)/.test(part.contentType || ''))
      part.contentType = 'text/plain'
    const isText = part.contentType === 'text/plain' || part.contentType === 'text/html'
    // Apple Mail shows a log file inside the text; it is a file with a name all the same.
    if (isText && part.filename && textSeen) part.disposition = 'attachment'
    textSeen ||= isText
    if (part.flowed) flows.set(part, { delsp: part.delSp })
    part.flowed = false
    if (part.encoding === 'quoted-printable') {
      const decoder = part.getDecoder.bind(part)
      part.getDecoder = () => inBlocks(decoder)
    }
    return createNode(part)
  }
  parser.getTextContent = () => ({ type: 'text' })
}

/** The library decodes quoted-printable only when it has the whole, in several strings of its length; here as many lines as a block holds. */
function inBlocks(decoder: () => Transform): Transform {
  let waiting: Buffer[] = []
  let bytes = 0
  async function decode(until: 'line' | 'end'): Promise<Buffer> {
    const all = Buffer.concat(waiting)
    const cut = until === 'end' ? all.length : endOfBlock(all)
    waiting = cut < all.length ? [all.subarray(cut)] : []
    bytes = all.length - cut
    const one = decoder()
    one.end(all.subarray(0, cut))
    return Buffer.concat((await one.toArray()) as Buffer[])
  }
  return new Transform({
    transform(chunk: Buffer, _, done) {
      waiting.push(chunk)
      bytes += chunk.length
      if (bytes < BLOCK_BYTES) return done()
      decode('line').then((text) => done(null, text), done)
    },
    flush(done) {
      decode('end').then((text) => done(null, text), done)
    },
  })
}

/** Behind its last line; where it holds none, so that neither an encoded letter nor blanks are cut in two. */
function endOfBlock(block: Buffer): number {
  const line = block.lastIndexOf(0x0a) + 1
  if (line > 0) return line
  let cut = block.length
  const least = cut - BLANKS_MAX
  while (cut > least && (/[\t\r =]/.test(String.fromCharCode(block[cut - 1]!)) || block[cut - 2] === 0x3d)) cut--
  return cut > least ? cut : block.length
}

/** Once more, with our way of reading words: the library had read the name before we could say so. */
function fileName({ libmime }: Internals, { headers }: RawPart): string {
  const named = libmime.parseHeaderValue(headers.getFirst('Content-Disposition')).params['filename']
  const name = named || libmime.parseHeaderValue(headers.getFirst('Content-Type')).params['name']
  return name ? libmime.decodeWords(name) : ''
}

function readTree(
  tree: Part | false,
  flows: WeakMap<RawPart, { delsp: boolean }>,
): Pick<ParsedMime, 'text' | 'html' | 'hollow'> {
  if (!tree) return { text: '', html: '', hollow: false }
  const html: string[] = []

  /** Reads the parts in order; of an alternative the plain texts, unless they are blank. */
  function textOf(part: Part, wanted: 'any' | 'plain' | 'html'): string {
    if (part.children.length > 0) {
      const all = (kind: typeof wanted) =>
        part.children
          .map((child) => textOf(child, kind))
          .filter(hasWords)
          .join('\n')
      if (wanted !== 'any' || part.contentType !== 'multipart/alternative') return all(wanted)
      return all('plain') || all('html')
    }
    if (part.textContent === undefined) return ''
    if (part.contentType === 'text/html') return wanted === 'plain' ? '' : textOfHtml(part.textContent)
    const flow = flows.get(part.node)
    return wanted === 'html' ? '' : flow ? unflow(part.textContent, flow.delsp) : part.textContent
  }
  const waiting = [tree]
  for (let part = waiting.shift(); part; part = waiting.shift()) {
    if (part.contentType === 'text/html' && part.textContent) html.push(part.textContent)
    waiting.unshift(...part.children)
  }
  return {
    text: textOf(tree, 'any'),
    html: html.join('<br/>\n'),
    hollow: tree.children.length === 0 && Boolean(tree.node.multipart),
  }
}

const hasWords = (text: string) => text.trim() !== ''

/** All addresses of an address field, those inside groups too. */
export function addressesIn(headers: Headers, field: string): { name: string; address: string }[] {
  const value = headers.get(field) as AddressObject | AddressObject[] | undefined
  return [value ?? []]
    .flat()
    .flatMap((list) => list.value)
    .flatMap((entry) => entry.group ?? [entry])
    .map(({ name, address }) => ({ name: name ?? '', address: address ?? '' }))
}
