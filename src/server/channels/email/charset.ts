import { EventEmitter } from 'node:events'
import iconv from 'iconv-lite'

/**
 * Text of a mail part from its bytes and the charset it claims. The label is a hint: many mailers write UTF-8 under
 * `iso-8859-1` and the other way round. What is valid UTF-8 with letters beyond ASCII is UTF-8 (other text practically never
 * is, by chance), a wrong or missing label falls back to windows-1252, in which every byte has a meaning. Never throws.
 */
export function decodeText(bytes: Uint8Array, label: string | null): string {
  const declared = decoderOf(label)
  // Charsets in which letters are written with ASCII bytes, so that UTF-8 could not be told from them.
  if (declared && /^(utf-16|utf-32|utf-?7|iso-2022)/.test(declared.name)) return declared.decode(bytes)
  const unicode = new TextDecoder('utf-8').decode(bytes)
  const { strange, letters } = countBeyondAscii(unicode)
  if (letters + strange === 0) return unicode
  if (strange === 0 && !isMultiByte(declared?.name)) return unicode
  if (declared && declared.name !== 'utf-8') return declared.decode(bytes)
  // One broken character in a long text is a cut, not another charset.
  return strange <= letters / 4 ? unicode : new TextDecoder('windows-1252').decode(bytes)
}

/** East Asian charsets: their byte pairs can be valid UTF-8 by chance, so their label is believed. */
const isMultiByte = (name: string | undefined) => name !== undefined && /^(gb|big5|euc-|shift_jis)/.test(name)

function countBeyondAscii(text: string): { strange: number; letters: number } {
  let strange = 0
  let letters = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0xfffd) strange++
    else if (code > 0x7f) letters++
  }
  return { strange, letters }
}

interface Decoder {
  name: string
  decode(bytes: Uint8Array): string
}

/** The web's list by the platform, the rest of the world (utf-7, code pages, old Macintosh) by iconv-lite; null for no known label. */
function decoderOf(label: string | null): Decoder | null {
  // `iso-2022-jp*ja` names a language too (RFC 2231); quotes and brackets are leftovers.
  const name = (label ?? '')
    .replace(/\*.*$/, '')
    .replace(/^[\s"'<]+|[\s"'>]+$/g, '')
    .toLowerCase()
  if (name === '' || name === UNKNOWN_LABEL) return null
  const usual = name
    .replace(/^cp-?(?=125\d$)/, 'windows-')
    .replace(/^(iso)[-_ ]?(8859)[-_ ]?(?=\d)/, '$1-$2-')
    .replace(/^utf_?(?=8|16)/, 'utf-')
  try {
    const decoder = new TextDecoder(usual)
    return { name: decoder.encoding, decode: (bytes) => decoder.decode(bytes) }
  } catch {
    // Not of the web's list.
  }
  const other = usual.replace(/^unicode-1-1-utf-?7$/, 'utf7').replace(/^x-mac-(roman|standard)?$/, 'macroman')
  return (
    [other, other.replace(/^x-/, '').replaceAll('-', '')]
      .filter((each) => iconv.encodingExists(each))
      .map((each) => ({ name: other, decode: (bytes: Uint8Array) => iconv.decode(bytes, each) }))
      .at(0) ?? null
  )
}

/** Pieces with this label skip the parser's own UTF-8 decoding, which would turn mislabelled letters into U+FFFD for good. */
export const UNKNOWN_LABEL = 'unknown-8bit'

/** All texts of one mail together: far more than a ticket shows. Each letter costs several copies until it is read. */
const TEXT_BYTES_MAX = 2 * 1024 * 1024
/** A file that stands in the text itself (uuencode.ts) must be there to its end. */
const TEXT_WITH_FILES_BYTES_MAX = 5 * 1024 * 1024
const FILE_BEGINS = /^begin [0-7]{3,4} \S/m

/**
 * `decodeText` in the shape that the parser's option `Iconv` asks for (bytes in, UTF-8 out at the end), for one mail: what its texts hold
 * beyond the limit is left out. It stays in the raw bytes.
 */
export function textRoom(): { Stream: new (label: string) => EventEmitter; isCut(): boolean } {
  let left = TEXT_BYTES_MAX
  let cut = false
  let looked = false

  class Stream extends EventEmitter {
    readonly #label: string
    readonly #chunks: Uint8Array[] = []
    constructor(label: string) {
      super()
      this.#label = label
    }
    write(chunk: Uint8Array): void {
      if (!looked && chunk.byteLength > left) {
        looked = true
        if (FILE_BEGINS.test(latin1(this.#chunks))) left += TEXT_WITH_FILES_BYTES_MAX - TEXT_BYTES_MAX
      }
      const kept = chunk.subarray(0, left)
      cut ||= kept.byteLength < chunk.byteLength
      left -= kept.byteLength
      if (kept.byteLength > 0) this.#chunks.push(kept)
    }
    end(): void {
      this.emit('data', Buffer.from(decodeText(Buffer.concat(this.#chunks.splice(0)), this.#label)))
      this.emit('end')
    }
  }
  return { Stream, isCut: () => cut }
}

const latin1 = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString('latin1')
