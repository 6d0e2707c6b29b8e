/** Writes winmail.dat as Outlook does (MS-OXTNEF), for tests only. */
const u16 = (value: number) => Buffer.from([value & 255, value >> 8])
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const filled = (value: Buffer) => Buffer.concat([value, Buffer.alloc((4 - (value.length % 4)) % 4)])

const attribute = (level: 1 | 2, kind: number, value: Buffer) =>
  Buffer.concat([
    Buffer.from([level]),
    u32(kind),
    u32(value.length),
    value,
    u16(value.reduce((sum, byte) => (sum + byte) & 0xffff, 0)),
  ])

export const unicode = (id: number, text: string) => property(0x1f, id, Buffer.from(`${text}\0`, 'utf16le'))
export const binary = (id: number, value: Buffer) => property(0x102, id, value)
export const object = (id: number, value: Buffer) => property(0x0d, id, Buffer.concat([Buffer.alloc(16), value]))
export const number = (id: number, value: number) => Buffer.concat([u16(3), u16(id), u32(value)])
/** A property that has a name instead of a number, as appointments and categories do. */
export const named = (name: string, text: string) => {
  const bytes = Buffer.from(`${name}\0`, 'utf16le')
  const id = Buffer.concat([Buffer.alloc(16), u32(1), u32(bytes.length), filled(bytes)])
  const value = Buffer.from(`${text}\0`, 'utf16le')
  return Buffer.concat([u16(0x1f), u16(0x8001), id, u32(1), u32(value.length), filled(value)])
}
const property = (type: number, id: number, value: Buffer) =>
  Buffer.concat([u16(type), u16(id), u32(1), u32(value.length), filled(value)])
const properties = (all: readonly Buffer[]) => Buffer.concat([u32(all.length), ...all])

/** RTF that nothing was packed of: every letter stands for itself. */
export function packedRtf(rtf: string): Buffer {
  const bytes = Buffer.from(rtf, 'latin1')
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 8) pieces.push(Buffer.from([0]), bytes.subarray(at, at + 8))
  const packed = Buffer.concat(pieces)
  return Buffer.concat([u32(packed.length + 12), u32(bytes.length), Buffer.from('LZFu'), u32(0), packed])
}

export interface WrittenFile {
  /** In the charset of the old attribute. */
  title?: string
  bytes?: Buffer
  properties?: readonly Buffer[]
}

export function writeTnef(given: {
  body?: string
  properties?: readonly Buffer[]
  files?: readonly WrittenFile[]
}): Buffer {
  return Buffer.concat([
    u32(0x223e9f78),
    u16(1),
    attribute(1, 0x00089006, u32(0x10000)),
    attribute(1, 0x00069007, Buffer.concat([u32(1252), u32(0)])),
    ...(given.body === undefined ? [] : [attribute(1, 0x0002800c, Buffer.from(`${given.body}\0`, 'latin1'))]),
    attribute(1, 0x00069003, properties(given.properties ?? [])),
    ...(given.files ?? []).flatMap((file) => [
      attribute(2, 0x00069002, Buffer.alloc(14)),
      ...(file.title === undefined ? [] : [attribute(2, 0x00018010, Buffer.from(`${file.title}\0`, 'latin1'))]),
      ...(file.bytes ? [attribute(2, 0x0006800f, file.bytes)] : []),
      attribute(2, 0x00069005, properties(file.properties ?? [])),
    ]),
  ])
}
