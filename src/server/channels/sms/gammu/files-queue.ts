/** Gammu's folders: inbox/, outbox/, sent/ and error/ below one. What is taken or told is removed there; its bytes stand in the ledger. */
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isId } from '../../../platform/ids.ts'
import type { DueText } from '../../texts/adapter.ts'
import { partHeaders } from '../part-headers.ts'
import { writeBackup } from './backup.ts'
import { GammuAway, type GammuQueue, type Waiting } from './queue.ts'
import { readFileName } from './read.ts'

/** The parts of one message are written one after the other; after so long without a new one all are there. */
const WRITTEN_MS = 2_000

export function openFilesQueue(folder: string): GammuQueue {
  const place = (kind: 'inbox' | 'outbox' | 'sent' | 'error', name = '') => join(folder, kind, name)
  return {
    name: `files:${folder}`,
    close: async () => undefined,
    waiting: (limit) => reach(() => messagesIn(place('inbox'), limit)),
    sent: (limit) =>
      reach(async () =>
        (
          await Promise.all([toldIn(place('sent'), 'SendingOK', limit), toldIn(place('error'), 'SendingError', limit)])
        ).flat(),
      ),
    done: (taken) =>
      reach(async () => {
        await Promise.all(taken.flatMap(({ paths = [] }) => paths.map((path) => rm(path, { force: true }))))
      }),
    find: (outbox_id) =>
      reach(async () => {
        const has = async (kind: 'outbox' | 'sent' | 'error') =>
          (await readdir(place(kind))).some((name) => idOf(name) === outbox_id)
        // In the order in which Gammu moves it, so that it is not missed on its way.
        if ((await has('outbox')) || (await has('sent'))) return 'there'
        return (await has('error')) ? 'failed' : 'none'
      }),
    put: (text) =>
      reach(async () => {
        const name = nameOf(text)
        // Gammu takes what begins with OUT; it is called so when it is whole and on disk.
        const hidden = place('outbox', `.${name}`)
        const file = await open(hidden, 'w', 0o660)
        try {
          await file.writeFile(contentOf(text))
          await file.sync()
        } finally {
          await file.close()
        }
        await rm(place('error', name), { force: true })
        await rename(hidden, place('outbox', name))
      }),
  }
}

async function reach<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    throw new GammuAway(code, { cause: error })
  }
}

/** Whole messages, each with all its files. */
async function messagesIn(folder: string, limit: number): Promise<Waiting[]> {
  const messages = new Map<string, { name: string; place: number; type: string; sender: string }[]>()
  for (const name of (await readdir(folder)).sort()) {
    const read = readFileName(name)
    if (!read) continue
    const files = messages.get(read.message) ?? []
    messages.set(read.message, [...files, { name, ...read }])
  }
  const found = await Promise.all([...messages.values()].slice(0, limit).map((files) => messageOf(folder, files)))
  return found.flat()
}

async function messageOf(
  folder: string,
  files: readonly { name: string; place: number; type: string; sender: string }[],
): Promise<Waiting[]> {
  const stats = await Promise.all(files.map(({ name }) => stat(join(folder, name))))
  if (stats.some(({ mtimeMs }) => Date.now() - mtimeMs < WRITTEN_MS)) return []
  const contents = await Promise.all(
    files.map(async ({ name }) => ({
      name,
      content: (await readFile(join(folder, name))).toString('base64'),
    })),
  )
  const whole = files.every(({ place, type }, index) => place === index && type === 'txt')
  const groups = whole ? [contents] : contents.map((one) => [one])
  return groups.map((group) => ({
    brought: { what: 'files', files: group },
    from: files[0]!.sender,
    key: group.map(({ name, content }) => `file ${name} ${content}`).join(' '),
    paths: group.map(({ name }) => join(folder, name)),
  }))
}

/** Texts of ours that Gammu has moved there. Put there once more, the same name is another file: its time tells. */
async function toldIn(folder: string, status: string, limit: number): Promise<Waiting[]> {
  const names = (await readdir(folder)).filter((name) => idOf(name) !== null).sort()
  return Promise.all(
    names.slice(0, limit).map(async (name): Promise<Waiting> => {
      const path = join(folder, name)
      const { mtimeMs } = await stat(path)
      return {
        brought: { what: 'sent', outbox_id: idOf(name)!, number: null, status, error: null },
        from: '',
        key: `file ${status} ${name} ${mtimeMs}`,
        paths: [path],
      }
    }),
  )
}

/** OUTC20261122_095349_00_+62811_<id>.smsbackup: the same name for the same text whenever it is put there. */
function nameOf({ outbox_id, to }: DueText): string {
  const at = new Date(Number.parseInt(outbox_id.replaceAll('-', '').slice(0, 12), 16)).toISOString()
  const stamp = at.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_')
  return `OUTC${stamp}_00_${to.replaceAll(/[^+\d]/g, '')}_${outbox_id}.smsbackup`
}

function idOf(name: string): string | null {
  const [, id] = /^OUT.*_([0-9a-f-]{36})\.smsbackup/.exec(basename(name)) ?? []
  return id !== undefined && isId(id) ? id : null
}

function contentOf(text: DueText): string {
  const parts = text.parts.length > 0 ? text.parts : [text.text]
  const coding = text.coding ?? 'ucs2'
  return writeBackup({ to: text.to, parts, headers: partHeaders(text.outbox_id, parts, coding), coding })
}
