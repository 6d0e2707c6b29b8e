import { decodeText } from './charset.ts'
import { readRtf } from './rtf.ts'

/** What Outlook and Exchange wrap into winmail.dat (MS-OXTNEF): the words of a mail and its files. */
export interface Tnef {
  text: string
  html: string
  files: TnefFile[]
  /** False where the stream broke off or said something impossible: what stood before it is here. */
  whole: boolean
}

export interface TnefFile {
  name: string | null
  type: string
  content: Buffer
  content_id: string | null
}

const SIGNATURE = 0x223e9f78
const FILES_MAX = 500
const PROPERTIES_MAX = 10_000
const VALUES_MAX = 1_000
const DEPTH_MAX = 3
const TEXT_BYTES_MAX = 2 * 1024 * 1024
const GUID_BYTES = 16

const [BODY, MESSAGE_PROPERTIES, CODE_PAGE] = [0x2800c, 0x69003, 0x69007]
const [BEGIN_FILE, FILE_BYTES, FILE_TITLE, FILE_PROPERTIES] = [0x69002, 0x6800f, 0x18010, 0x69005]

/** Of a message. */
const [P_BODY, P_RTF, P_HTML] = [0x1000, 0x1009, 0x1013]
/** Of a file. */
const [P_NAME, P_SHORT, P_LONG, P_BYTES, P_TYPE, P_CONTENT_ID] = [0x3001, 0x3704, 0x3707, 0x3701, 0x370e, 0x3712]
const WANTED = new Set([P_BODY, P_RTF, P_HTML, P_NAME, P_SHORT, P_LONG, P_BYTES, P_TYPE, P_CONTENT_ID])

const [T_OBJECT, T_TEXT8, T_TEXT16, T_BINARY] = [0x0d, 0x1e, 0x1f, 0x102]
/** Bytes of the other kinds of values, filled up to four. */
const FIXED: Record<number, number> = {
  0x01: 0,
  0x02: 4,
  0x03: 4,
  0x04: 4,
  0x05: 8,
  0x06: 8,
  0x07: 8,
  0x0a: 4,
  0x0b: 4,
  0x14: 8,
  0x40: 8,
  0x48: 16,
}

type Properties = Map<number, { type: number; value: Buffer }>
interface Wrapped {
  title: Buffer | null
  bytes: Buffer | null
  properties: Properties
}

/** The stream said something that cannot be: it is cut, or somebody wrote it to harm a reader. */
class Broken extends Error {}

/** Reads numbers and pieces of bytes one after the other, and never beyond the end. */
class Reader {
  readonly #bytes: Buffer
  #at = 0
  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }
  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }
  take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new Broken()
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
  /** A value and what fills it up to four bytes; the last of a list may lack that. */
  takeFilled(length: number): Buffer {
    const value = this.take(length)
    this.#at = Math.min(this.#at + ((4 - (length % 4)) % 4), this.#bytes.length)
    return value
  }
  u8 = () => this.take(1).readUInt8()
  u16 = () => this.take(2).readUInt16LE()
  u32 = () => this.take(4).readUInt32LE()
}

/** The content of a winmail.dat, or null if it is none. Any bytes whatever end here within their own length; nothing throws. Pure. */
export function readTnef(bytes: Buffer, depth = 0): Tnef | null {
  if (bytes.length < 6 || bytes.readUInt32LE() !== SIGNATURE) return null
  const reader = new Reader(bytes.subarray(6))
  const message: { body: Buffer | null; properties: Properties; label: string | null } = {
    body: null,
    properties: new Map(),
    label: null,
  }
  const files: Wrapped[] = []
  let whole = true
  try {
    while (!reader.isAtEnd) {
      reader.u8()
      const kind = reader.u32()
      const value = reader.take(reader.u32())
      reader.u16()
      if (kind === BODY) message.body = value
      else if (kind === CODE_PAGE && value.length >= 4) message.label = labelOf(value.readUInt32LE())
      else if (kind === MESSAGE_PROPERTIES) message.properties = readProperties(value)
      else if (kind === BEGIN_FILE && files.length < FILES_MAX)
        files.push({ title: null, bytes: null, properties: new Map() })
      const file = files.at(-1)
      if (kind === FILE_TITLE && file) file.title = value
      else if (kind === FILE_BYTES && file) file.bytes = value
      else if (kind === FILE_PROPERTIES && file) file.properties = readProperties(value)
    }
  } catch (error) {
    if (!(error instanceof Broken)) throw error
    whole = false
  }
  const { text, html } = wordsOf(message)
  return { text, html, files: files.flatMap((file, index) => filesOf(file, message.label, depth, index)), whole }
}

function readProperties(bytes: Buffer): Properties {
  const reader = new Reader(bytes)
  const found: Properties = new Map()
  const count = reader.u32()
  if (count > PROPERTIES_MAX) throw new Broken()
  for (let index = 0; index < count; index++) {
    const type = reader.u16()
    const id = reader.u16()
    if (id >= 0x8000) skipName(reader)
    const value = readValue(reader, type)
    if (value && WANTED.has(id) && !found.has(id)) found.set(id, { type: type & 0xfff, value })
  }
  return found
}

function skipName(reader: Reader): void {
  reader.take(GUID_BYTES)
  if (reader.u32() === 0) reader.u32()
  else reader.takeFilled(reader.u32())
}

/** The first value of a property; the others are passed over. */
function readValue(reader: Reader, type: number): Buffer | null {
  const kind = type & 0xfff
  const varies = kind === T_OBJECT || kind === T_TEXT8 || kind === T_TEXT16 || kind === T_BINARY
  const count = varies || type & 0x1000 ? reader.u32() : 1
  if (count > VALUES_MAX) throw new Broken()
  const length = FIXED[kind]
  if (!varies && length === undefined) throw new Broken()
  let first: Buffer | null = null
  for (let index = 0; index < count; index++) {
    const value = varies ? reader.takeFilled(reader.u32()) : reader.take(length!)
    first ??= value
  }
  return first
}

function wordsOf({ body, properties, label }: { body: Buffer | null; properties: Properties; label: string | null }) {
  const html = textIn(properties, P_HTML, label)
  if (html.trim() !== '') return { text: '', html }
  const plain = textIn(properties, P_BODY, label) || textOf(body, label)
  if (plain.trim() !== '') return { text: plain, html: '' }
  return readRtf(properties.get(P_RTF)?.value ?? Buffer.alloc(0))
}

/** A file; what was attached as a message of its own becomes its words as a text, and its files. */
function filesOf(
  { title, bytes, properties }: Wrapped,
  label: string | null,
  depth: number,
  index: number,
): TnefFile[] {
  const name =
    textIn(properties, P_LONG, label) ||
    textOf(title, label) ||
    textIn(properties, P_SHORT, label) ||
    textIn(properties, P_NAME, label) ||
    null
  const object = properties.get(P_BYTES)
  if (object?.type === T_OBJECT && depth < DEPTH_MAX) {
    const inner = readTnef(object.value.subarray(GUID_BYTES), depth + 1)
    const words = inner && (inner.html || inner.text)
    if (inner)
      return [
        ...(words
          ? [
              aFile(
                `${name ?? `pesan-${index + 1}`}.${inner.html ? 'html' : 'txt'}`,
                inner.html ? 'text/html' : 'text/plain',
                Buffer.from(words),
              ),
            ]
          : []),
        ...inner.files,
      ]
  }
  const content = bytes ?? object?.value
  if (!content) return []
  const content_id = textIn(properties, P_CONTENT_ID, label).replace(/^<|>$/g, '') || null
  return [{ ...aFile(name, textIn(properties, P_TYPE, label) || 'application/octet-stream', content), content_id }]
}

const aFile = (name: string | null, type: string, content: Buffer): TnefFile => ({
  name,
  type,
  content,
  content_id: null,
})

function textIn(properties: Properties, id: number, label: string | null): string {
  const found = properties.get(id)
  if (!found) return ''
  return found.type === T_TEXT16 ? upToNul(utf16(found.value)) : textOf(found.value, label)
}

const textOf = (bytes: Buffer | null, label: string | null): string =>
  bytes ? upToNul(decodeText(bytes.subarray(0, TEXT_BYTES_MAX), label)) : ''
const utf16 = (bytes: Buffer) => new TextDecoder('utf-16le').decode(bytes.subarray(0, TEXT_BYTES_MAX))
const upToNul = (text: string) => text.split('\0', 1)[0]!

/** Microsoft's number of a charset as the web calls it. */
function labelOf(code_page: number): string | null {
  const names: Record<number, string> = {
    65001: 'utf-8',
    932: 'shift_jis',
    936: 'gbk',
    949: 'euc-kr',
    950: 'big5',
    20866: 'koi8-r',
  }
  return names[code_page] ?? (code_page >= 1250 && code_page <= 1258 ? `windows-${code_page}` : null)
}
