import { createHash } from 'node:crypto'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { BackupFault, FORMAT, frames, MAGIC, type FrameKind, type Part, type PartEnd } from './format.ts'
import { newEncryption, openSeal } from './seal.ts'

/** Frames of this size are neither many nor large. */
const DATA_BYTES = 256 * 1024

export interface BackupWriter {
  bytes: number
  json(kind: FrameKind, content: unknown): Promise<void>
  /** One part from beginning to end; `content` hands over what is to be stored, and says what it was before packing. */
  part(part: Part, content: (store: (chunk: Uint8Array) => Promise<void>) => Promise<PartEnd>): Promise<PartEnd>
  /** Writes the end, flushes the file to the disk and gives it its name. */
  finish(): Promise<void>
  /** Leaves nothing behind. */
  abandon(): Promise<void>
}

/**
 * A new backup file, readable by its owner only. It bears another name until it is whole, and never overwrites anything.
 * Throws {@link BackupFault} when the name is taken or the folder cannot be written.
 */
export async function createBackupFile(path: string, passphrase: string | undefined): Promise<BackupWriter> {
  const half = `${path}.unfinished`
  await mustBeFree(path)
  // What a killed backup left is no backup.
  await rm(half, { force: true })
  const file = await open(half, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new BackupFault(`${path} cannot be written (${error.code}); name a file in a folder that exists and is yours`)
  })
  const encryption = passphrase === undefined ? null : newEncryption()
  const seal = await openSeal(encryption, passphrase)
  const sum = createHash('sha256')
  const writer = { bytes: 0 }

  const put = async (bytes: Uint8Array) => {
    sum.update(bytes)
    await writeAll(file, bytes)
    writer.bytes += bytes.byteLength
  }
  const frame = async (kind: FrameKind, content: Uint8Array) => {
    const sealed = seal.close(Buffer.concat([Buffer.of(frames[kind]), content]))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(sealed.length)
    await put(Buffer.concat([length, sealed]))
  }
  await put(Buffer.from(`${MAGIC}${JSON.stringify({ format: FORMAT, encryption })}\n`))
  const json = (kind: FrameKind, content: unknown) => frame(kind, Buffer.from(JSON.stringify(content)))

  return Object.assign(writer, {
    json,
    async part(part: Part, content: (store: (chunk: Uint8Array) => Promise<void>) => Promise<PartEnd>) {
      await json('part', part)
      let waiting: Uint8Array[] = []
      let size = 0
      const flush = async () => {
        const bytes = Buffer.concat(waiting)
        waiting = []
        size = 0
        for (let at = 0; at < bytes.length; at += DATA_BYTES) await frame('data', bytes.subarray(at, at + DATA_BYTES))
      }
      const end = await content(async (chunk) => {
        waiting.push(chunk)
        size += chunk.byteLength
        if (size >= DATA_BYTES) await flush()
      })
      await flush()
      await json('part_end', end)
      return end
    },
    async finish() {
      await frame('end', sum.copy().digest())
      await file.sync()
      await file.close()
      await mustBeFree(path)
      await rename(half, path)
      const folder = await open(dirname(path), 'r')
      try {
        await folder.sync()
      } finally {
        await folder.close()
      }
    },
    async abandon() {
      await file.close().catch(() => undefined)
      await rm(half, { force: true })
    },
  })
}

async function mustBeFree(path: string) {
  const taken = await open(path, 'r').then(
    async (file) => (await file.close(), true),
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  )
  if (taken) throw new BackupFault(`${path} exists already and is kept; name a new file`)
}

async function writeAll(file: FileHandle, bytes: Uint8Array) {
  for (let at = 0; at < bytes.byteLength;) at += (await file.write(bytes, at)).bytesWritten
}
