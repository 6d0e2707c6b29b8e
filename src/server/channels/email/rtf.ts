/** RTF as Outlook keeps it inside winmail.dat: packed (MS-OXRTFCP), often HTML in disguise (MS-OXRTFEX). Only its words are wanted. */

const RTF_BYTES_MAX = 2 * 1024 * 1024
const PACKED = 0x75465a4c
const UNPACKED = 0x414c454d
const RING_BYTES = 4096
/** What every packed text may refer to from its beginning (MS-OXRTFCP 2.1.2.1). */
const RING_BEGINS =
  '{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx'

/** The words of a packed RTF, as HTML where that is what it was made of. Both '' where it says nothing that can be read. Never throws. */
export function readRtf(packed: Buffer): { text: string; html: string } {
  const rtf = unpackRtf(packed).toString('latin1')
  const words = wordsOf(rtf)
  return /\\fromhtml1\b/.test(rtf.slice(0, 1000)) ? { text: '', html: words } : { text: words, html: '' }
}

/** Ends with the bytes given or after 2 MB, whatever the length it claims. */
export function unpackRtf(packed: Buffer): Buffer {
  if (packed.length < 16) return Buffer.alloc(0)
  const kind = packed.readUInt32LE(8)
  const size = Math.min(packed.readUInt32LE(4), RTF_BYTES_MAX)
  if (kind === UNPACKED) return packed.subarray(16, 16 + size)
  if (kind !== PACKED) return Buffer.alloc(0)
  const ring = Buffer.alloc(RING_BYTES)
  let write = ring.write(RING_BEGINS, 'latin1')
  const out = Buffer.alloc(size)
  let length = 0
  const put = (byte: number) => {
    out[length++] = byte
    ring[write] = byte
    write = (write + 1) % RING_BYTES
  }
  for (let at = 16; at < packed.length && length < size;) {
    const control = packed[at++]!
    for (let bit = 0; bit < 8 && at < packed.length && length < size; bit++) {
      if (!(control & (1 << bit))) {
        put(packed[at++]!)
        continue
      }
      if (at + 1 >= packed.length) return out.subarray(0, length)
      const reference = packed.readUInt16BE(at)
      at += 2
      const from = reference >> 4
      if (from === write) return out.subarray(0, length)
      for (let step = 0; step < (reference & 15) + 2 && length < size; step++) put(ring[(from + step) % RING_BYTES]!)
    }
  }
  return out.subarray(0, length)
}

interface Group {
  /** Its words are no words of the mail: fonts, colours, pictures. */
  hidden: boolean
  /** A tag of the HTML that this RTF was made of. */
  tag: boolean
  /** Between \htmlrtf and \htmlrtf0: only for programs that know no HTML. */
  disguise: boolean
  /** How many letters follow a \u for those who do not know it. */
  fallback: number
}

const GROUPS_MAX = 1_000
const HIDDEN = new Set(
  'fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr generator mhtmltag xmlnstbl'.split(
    ' ',
  ),
)
const SAID: Record<string, string> = {
  par: '\n',
  line: '\n',
  row: '\n',
  tab: '\t',
  cell: '\t',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
  bullet: '•',
  endash: '–',
  emdash: '—',
}
const TOKEN = /\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z'])|([{}])|([^\\{}]+)|\\/gi

function wordsOf(rtf: string): string {
  const from_html = /\\fromhtml1\b/.test(rtf.slice(0, 1000))
  const said: string[] = []
  const waiting: number[] = []
  const groups: Group[] = [{ hidden: false, tag: false, disguise: false, fallback: 1 }]
  let deeper = 0
  let ignorable = false
  let skip = 0
  let decoder = new TextDecoder('windows-1252')
  const now = () => groups.at(-1)!
  const flush = () => {
    if (waiting.length > 0) said.push(decoder.decode(Uint8Array.from(waiting.splice(0))))
  }
  const isSaid = () => !now().hidden && (now().tag || !now().disguise)
  const say = (text: string) => {
    flush()
    if (isSaid()) said.push(text)
  }

  for (const [, word, digits, hex, symbol, brace, plain] of rtf.matchAll(TOKEN)) {
    if (brace === '{') {
      flush()
      if (groups.length < GROUPS_MAX) groups.push({ ...now() })
      else deeper++
      skip = 0
    } else if (brace === '}') {
      flush()
      if (deeper > 0) deeper--
      else if (groups.length > 1) groups.pop()
      ignorable = false
    } else if (symbol === '*') ignorable = true
    else if (word !== undefined) {
      const name = word.toLowerCase()
      const value = digits === undefined ? null : Number(digits)
      if (name === 'htmltag' && from_html) now().tag = true
      else if (ignorable || HIDDEN.has(name)) now().hidden = true
      else if (name === 'htmlrtf') {
        flush()
        now().disguise = value !== 0
      } else if (name === 'ansicpg' && value !== null) decoder = decoderOf(value) ?? decoder
      else if (name === 'uc' && value !== null) now().fallback = Math.min(Math.max(value, 0), 10)
      else if (name === 'u' && value !== null) {
        say(String.fromCharCode(value & 0xffff))
        skip = now().fallback
      } else if (SAID[name] !== undefined) say(SAID[name])
      ignorable = false
    } else if (hex !== undefined) {
      if (skip > 0) skip--
      else if (isSaid()) waiting.push(Number.parseInt(hex, 16))
    } else if (symbol !== undefined) {
      if (symbol === '~') say('\u00a0')
      else if (symbol === '_') say('-')
      else if (/[\\{}]/.test(symbol)) say(symbol)
    } else if (plain !== undefined) {
      // A line's end in RTF is nothing but a line's end of the file.
      const text = plain.replace(/[\r\n]+/g, '')
      say(text.slice(skip))
      skip = Math.max(0, skip - text.length)
    }
  }
  flush()
  return said.join('').toWellFormed()
}

function decoderOf(code_page: number): TextDecoder | null {
  const names: Record<number, string> = { 65001: 'utf-8', 932: 'shift_jis', 936: 'gbk', 949: 'euc-kr', 950: 'big5' }
  try {
    return new TextDecoder(names[code_page] ?? `windows-${code_page}`)
  } catch {
    return null
  }
}
