import { EventEmitter } from 'node:events'

/**
 * Text of a mail part from its bytes and the charset it claims. The label is a hint: many mailers write UTF-8 under
 * `iso-8859-1` and the other way round. What is valid UTF-8 with letters beyond ASCII is UTF-8 (other text practically never
 * is, by chance), a wrong or missing label falls back to windows-1252, in which every byte has a meaning. Never throws.
 */
export function decodeText(bytes: Uint8Array, label: string | null): string {
  const declared = decoderOf(label)
  const encoding = declared?.encoding ?? null
  if (encoding?.startsWith('utf-16') || encoding?.startsWith('iso-2022')) return declared!.decode(bytes)
  const unicode = new TextDecoder('utf-8').decode(bytes)
  const { strange, letters } = countBeyondAscii(unicode)
  if (letters + strange === 0) return unicode
  if (strange === 0 && !isMultiByte(encoding)) return unicode
  if (declared && encoding !== 'utf-8') return declared.decode(bytes)
  // One broken character in a long text is a cut, not another charset.
  return strange <= letters / 4 ? unicode : new TextDecoder('windows-1252').decode(bytes)
}

/** East Asian charsets: their byte pairs can be valid UTF-8 by chance, so their label is believed. */
const isMultiByte = (encoding: string | null) => encoding !== null && /^(gb|big5|euc-|shift_jis)/.test(encoding)

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

function decoderOf(label: string | null): TextDecoder | null {
  try {
    return label ? new TextDecoder(label.trim().replace(/^cp-?(?=125\d$)/i, 'windows-')) : null
  } catch {
    // An unknown label says nothing; the bytes decide.
    return null
  }
}

/** Pieces with this label skip the parser's own UTF-8 decoding, which would turn mislabelled letters into U+FFFD for good. */
export const UNKNOWN_LABEL = 'unknown-8bit'

/** `decodeText` in the shape that the parser's option `Iconv` asks for: bytes in, UTF-8 out at the end. */
export class CharsetStream extends EventEmitter {
  readonly #label: string
  readonly #chunks: Uint8Array[] = []
  constructor(label: string) {
    super()
    this.#label = label
  }
  write(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
  }
  end(): void {
    this.emit('data', Buffer.from(decodeText(Buffer.concat(this.#chunks), this.#label)))
    this.emit('end')
  }
}
