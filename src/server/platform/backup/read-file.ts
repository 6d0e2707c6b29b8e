import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { BackupFault, FORMAT, FRAME_BYTES_MAX, frames, MAGIC, type FrameKind, type Head } from './format.ts'
import { openSeal } from './seal.ts'

export interface Frame {
  kind: FrameKind
  content: Buffer
  /** Bytes of the file read so far; for showing progress. */
  at: number
}

const HEAD_BYTES_MAX = 4096
const kinds = new Map(Object.entries(frames).map(([kind, code]) => [code as number, kind as FrameKind]))
const damaged = (what: string) =>
  new BackupFault(`the backup is damaged: ${what}; nothing was restored. Take another one`)

/**
 * The frames of a backup file, one after the other in flat memory. The last one that is handed out is `closing`; before that the whole
 * file was seen to be whole: its sum is right and nothing stands behind its end.
 * Throws {@link BackupFault} for a foreign, newer, damaged, cut or wrongly opened file.
 */
export async function* readFrames(path: string, passphrase: string | undefined): AsyncGenerator<Frame> {
  const found = await stat(path).catch(() => null)
  if (!found?.isFile()) throw new BackupFault(`${path} is not a file that can be read`)
  const source = bytesOf(path)
  const seal = await readHead(source, path).then((head) => openSeal(head.encryption, passphrase))
  for (let closing: Frame | null = null; ;) {
    const before = source.sum.copy()
    const length = await source.take(4)
    if (!length) throw damaged('it ends too early')
    const size = length.readUInt32BE()
    if (size > FRAME_BYTES_MAX || size === 0) throw damaged('a length in it cannot be right')
    const sealed = await source.take(size)
    if (!sealed) throw damaged('it ends too early')
    const plain = seal.open(sealed)
    const kind = kinds.get(plain[0] ?? 0)
    if (!kind) throw damaged('something in it is of no known kind')
    const frame = { kind, content: plain.subarray(1), at: source.at() }
    if (closing) {
      if (kind !== 'end' || !before.digest().equals(frame.content)) throw damaged('its checksum does not agree')
      if (await source.take(1)) throw damaged('something stands behind its end')
      yield closing
      return
    }
    if (kind === 'end') throw damaged('it ends too early')
    if (kind === 'closing') closing = frame
    else yield frame
  }
}

async function readHead(source: Source, path: string): Promise<Head> {
  const magic = await source.take(MAGIC.length)
  if (magic?.toString('latin1') !== MAGIC)
    throw new BackupFault(`${path} is not a backup of Pandu; nothing was changed`)
  let line = ''
  while (!line.endsWith('\n')) {
    const byte = line.length < HEAD_BYTES_MAX ? await source.take(1) : null
    if (!byte) throw damaged('its first lines are not whole')
    line += byte.toString('latin1')
  }
  let head: Head
  try {
    head = JSON.parse(line) as Head
  } catch {
    throw damaged('its first lines are not whole')
  }
  if (head.format !== FORMAT)
    throw new BackupFault(
      `the backup has format ${head.format}, and this Pandu knows ${FORMAT}; nothing was changed. Use the Pandu that made it, or a newer one`,
    )
  return head
}

interface Source {
  /** Exactly that many bytes, or null when the file ends before. */
  take(count: number): Promise<Buffer | null>
  at(): number
  /** Over everything taken so far. */
  sum: Hash
}

function bytesOf(path: string): Source {
  const chunks = createReadStream(path, { highWaterMark: 1024 * 1024 })[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const sum = createHash('sha256')
  let held = Buffer.alloc(0)
  let at = 0
  return {
    sum,
    at: () => at,
    async take(count) {
      while (held.length < count) {
        const next = await chunks.next()
        if (next.done) return null
        held = held.length === 0 ? Buffer.from(next.value) : Buffer.concat([held, next.value])
      }
      const taken = held.subarray(0, count)
      held = held.subarray(count)
      sum.update(taken)
      at += count
      return taken
    },
  }
}
