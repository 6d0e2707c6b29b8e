import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { failingDisk } from './fault.ts'

export interface Files {
  /** Stores bytes once by content; flushed to disk before it answers, so that a row may name it. */
  keep(bytes: Uint8Array): Promise<{ sha256: string; size: number }>
  /** A stream of the bytes; rejects when the blob is missing. */
  read(sha256: string): Promise<Readable>
  has(sha256: string): Promise<boolean>
  remove(sha256: string): Promise<void>
  /** What was kept, or kept again, before a moment, folder by folder. */
  keptBefore(moment: Date): AsyncIterable<string[]>
  /** Removes a blob unless it was kept again since; safe against {@link keep} at the same moment. Answers whether it is gone. */
  removeKeptBefore(sha256: string, moment: Date): Promise<boolean>
  /** Throws away what a killed write left before a moment, and puts back what a killed sweep had in hand. For the sweep, alone at it. */
  tidy(moment: Date): Promise<void>
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
      // What is here already is marked as kept now: it may lie here without a row, and the sweep must not take it for old.
      if (!(await markKept(path))) await writeDurably(path, bytes)
      return { sha256, size: bytes.byteLength }
    },
    async read(sha256) {
      const file = await open(pathOf(sha256), 'r')
      await file.close()
      return createReadStream(pathOf(sha256))
    },
    remove: (sha256) => rm(pathOf(sha256), { force: true }),
    async *keptBefore(moment) {
      for (const folder of await namesIn(root)) {
        const old: string[] = []
        for (const name of await namesIn(join(root, folder)))
          if (/^[0-9a-f]{64}$/.test(name) && (await isKeptBefore(join(root, folder, name), moment))) old.push(name)
        if (old.length > 0) yield old
      }
    },
    async removeKeptBefore(sha256, moment) {
      const path = pathOf(sha256)
      // Under another name it cannot be marked any more: whoever keeps it now writes it anew, and whoever did just before is seen here.
      const aside = `${path}.${randomUUID()}.gone`
      const there = await rename(path, aside).then(
        () => true,
        () => false,
      )
      if (!there) return false
      const old = await isKeptBefore(aside, moment)
      await (old ? rm(aside, { force: true }) : rename(aside, path))
      return old
    },
    async tidy(moment) {
      for (const folder of await namesIn(root))
        for (const name of await namesIn(join(root, folder))) {
          const path = join(root, folder, name)
          if (name.endsWith('.gone')) await rename(path, pathOf(name.slice(0, 64)))
          else if (name.endsWith('.tmp') && (await isKeptBefore(path, moment))) await rm(path, { force: true })
        }
    },
  }
}

const namesIn = (folder: string) =>
  readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })

const isKeptBefore = async (path: string, moment: Date) => {
  const found = await stat(path).catch(() => null)
  return found !== null && found.mtime < moment
}

/** False where there is no such file. One that belongs to another user stays as it is. */
async function markKept(path: string): Promise<boolean> {
  const now = new Date()
  return utimes(path, now, now).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  )
}

async function writeDurably(path: string, bytes: Uint8Array) {
  const folder = join(path, '..')
  const made = await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      failingDisk('blob.flush')
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await flushFolder(folder)
  // A folder that was made now is itself a name in another one.
  for (let at = folder; made !== undefined && at.length >= made.length; at = dirname(at)) await flushFolder(dirname(at))
}

async function flushFolder(path: string) {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
