import { crc32 } from 'node:zlib'

export interface ZipEntry {
  /** With `/` between folders. */
  name: string
  /** Read when its turn comes; one entry at a time is in memory. */
  bytes(): Promise<Uint8Array>
}

/** The offsets of the plain format have 32 bits; nothing we write comes near. */
const ZIP_BYTES_MAX = 0xffff_0000
const UTF8_NAMES = 0x0800
const VERSION = 20

/**
 * A ZIP file (PKWARE APPNOTE 6.3.3: stored, UTF-8 names), piece by piece. What people send is packed already for the most part, so packing
 * it again would only cost time. Throws above 4 GB.
 */
export async function* zipOf(entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>, at: Date): AsyncGenerator<Buffer> {
  const directory: Buffer[] = []
  const [time, date] = dosTime(at)
  let offset = 0
  for await (const entry of entries) {
    const name = Buffer.from(entry.name)
    const bytes = await entry.bytes()
    // From here on both headers are the same.
    const common = Buffer.alloc(26)
    common.writeUInt16LE(VERSION, 0)
    common.writeUInt16LE(UTF8_NAMES, 2)
    common.writeUInt16LE(0, 4)
    common.writeUInt16LE(time, 6)
    common.writeUInt16LE(date, 8)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(bytes.byteLength, 14)
    common.writeUInt32LE(bytes.byteLength, 18)
    common.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, name])
    const central = Buffer.alloc(14)
    central.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), u16(VERSION), common, central, name]))
    yield local
    yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    offset += local.length + bytes.byteLength
    if (offset > ZIP_BYTES_MAX) throw new RangeError('more than fits into a plain ZIP file')
  }
  const size = directory.reduce((sum, one) => sum + one.length, 0)
  yield* directory
  yield Buffer.concat([
    Buffer.from('PK\x05\x06\0\0\0\0'),
    u16(directory.length),
    u16(directory.length),
    u32(size),
    u32(offset),
    u16(0),
  ])
}

const u16 = (value: number) => {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function dosTime(at: Date): [time: number, date: number] {
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1)
  return [time, ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()]
}
