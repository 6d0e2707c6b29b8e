import { createHash, type Hash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdDecompress } from 'node:zlib'
import { BackupFault, type Closing, type Opening, type Part, type PartEnd } from './format.ts'
import { readFrames } from './read-file.ts'

export interface CheckedBackup {
  opening: Opening
  closing: Closing
}

export interface PartReader {
  /** Called once, before any part. */
  opening?(opening: Opening): Promise<void>
  /** Gets the content as it was before packing. Answers nothing; what it does not read is read for it. */
  part?(part: Part, content: AsyncIterable<Buffer>): Promise<void>
}

/**
 * Reads a whole backup and holds every part against its checksum and against the list at its end. Without a reader it is the check that
 * comes before a restore; with one it hands over the parts on the way, and whoever stores them must undo that when this throws.
 * @param progress gets the bytes of the file read so far
 */
export async function checkBackup(
  path: string,
  passphrase: string | undefined,
  progress: (bytes: number) => void = () => undefined,
  reader: PartReader = {},
): Promise<CheckedBackup> {
  const frames = readFrames(path, passphrase)
  const next = async () => {
    const { value, done } = await frames.next()
    if (done) throw wrongOrder()
    progress(value.at)
    return value
  }
  const first = await next()
  if (first.kind !== 'opening') throw wrongOrder()
  const opening = parse(first.content) as Opening
  await reader.opening?.(opening)

  const seen: Closing['parts'] = []
  for (let frame = await next(); ; frame = await next()) {
    if (frame.kind === 'closing') {
      const closing = parse(frame.content) as Closing
      if (JSON.stringify(seen) !== JSON.stringify(closing.parts)) throw wrongOrder()
      await frames.next()
      return { opening, closing }
    }
    if (frame.kind !== 'part') throw wrongOrder()
    const part = parse(frame.content) as Part
    seen.push({ kind: part.kind, name: part.name, ...(await readPart(part, next, reader)) })
  }
}

async function readPart(
  part: Part,
  next: () => Promise<{ kind: string; content: Buffer }>,
  reader: PartReader,
): Promise<PartEnd> {
  const told: { end: PartEnd | null } = { end: null }
  async function* stored(): AsyncGenerator<Buffer> {
    for (;;) {
      const frame = await next()
      if (frame.kind === 'part_end') {
        told.end = parse(frame.content) as PartEnd
        return
      }
      if (frame.kind !== 'data') throw wrongOrder()
      yield frame.content
    }
  }
  const hash = createHash('sha256')
  const sum = { bytes: 0 }
  const content = metered(part.kind === 'table' ? unpacked(stored()) : stored(), hash, sum)
  await reader.part?.(part, content)
  for await (const _ of content);
  const { end } = told
  if (!end || end.bytes !== sum.bytes || end.sha256 !== hash.digest('hex'))
    throw new BackupFault(
      `the backup is damaged: the checksum of ${part.kind} ${part.name} does not agree; nothing was restored. Take another one`,
    )
  return { bytes: end.bytes, sha256: end.sha256, rows: end.rows }
}

async function* metered(source: AsyncIterable<Buffer>, hash: Hash, sum: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    hash.update(chunk)
    sum.bytes += chunk.length
    yield chunk
  }
}

async function* unpacked(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unpack = createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: 27 } })
  let failed: unknown = null
  const feeding = pipeline(source, unpack).catch((error: unknown) => (failed ??= error))
  try {
    for await (const chunk of unpack) yield chunk as Buffer
  } catch (error) {
    failed ??= error
  }
  await feeding
  if (failed) throw (failed as NodeJS.ErrnoException).code?.startsWith('ZSTD') ? wrongOrder() : failed
}

const wrongOrder = () =>
  new BackupFault('the backup is damaged: its parts are not what its list says; nothing was restored. Take another one')

function parse(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'))
  } catch {
    throw wrongOrder()
  }
}
