import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

export interface Files {
  /** Stores bytes once by content; flushed to disk before it answers, so that a row may name it. */
  keep(bytes: Uint8Array): Promise<{ sha256: string; size: number }>
  /** A stream of the bytes; rejects when the blob is missing. */
  read(sha256: string): Promise<Readable>
  has(sha256: string): Promise<boolean>
  remove(sha256: string): Promise<void>
}

/** Blobs in the data folder: `blobs/ab/abcdef…`. Temp file, fdatasync, rename, fsync of the folder: never half a file under its name. */
export function openFiles(data: string): Files {
  const root = join(data, 'blobs')
  const pathOf = (sha256: string) => {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError('not a SHA-256')
    return join(root, sha256.slice(0, 2), sha256)
  }
  const has = async (sha256: string) => (await stat(pathOf(sha256)).catch(() => null)) !== null
  return {
    has,
    async keep(bytes) {
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      const path = pathOf(sha256)
      if (!(await has(sha256))) await writeDurably(path, bytes)
      return { sha256, size: bytes.byteLength }
    },
    async read(sha256) {
      const file = await open(pathOf(sha256), 'r')
      await file.close()
      return createReadStream(pathOf(sha256))
    },
    remove: (sha256) => rm(pathOf(sha256), { force: true }),
  }
}

async function writeDurably(path: string, bytes: Uint8Array) {
  const folder = join(path, '..')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  const directory = await open(folder, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
