/**
 * A cluster as the first start of Pandu leaves it, made once and copied for each Pandu of the tests: `initdb` and all migrations take half of
 * the time of a first start, and thirty of them in a run show nothing that one does not. Whoever tests the first start itself takes none.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { bareEnvironment } from '../../src/server/platform/testing-environment.ts'

const run = promisify(execFile)
const HOUSE = resolve(import.meta.dirname, '../..')
const KEPT = join(HOUSE, 'node_modules/.cache/pandu-clusters')
/** What decides how a cluster comes out. */
const SOURCES = ['migrations', 'src/server/platform', 'src/server/platform/postgres', 'package-lock.json']

/** Puts it into an empty data folder; does nothing where a cluster cannot lie in the data folder. */
export async function putCluster(data: string): Promise<void> {
  const made = await preparedCluster()
  if (made) await copy(made, join(data, 'pg'))
}

/** The same where one was made already: for whoever makes another sooner than this one would be made and copied. */
export async function putMadeCluster(data: string): Promise<void> {
  const made = join(KEPT, await nameOfSources())
  if (existsSync(made)) await copy(made, join(data, 'pg'))
}

/** Makes it where it is missing; null where none can be made here. Of two who make it at once, the second finds it there. */
export async function preparedCluster(): Promise<string | null> {
  const name = await nameOfSources()
  const place = join(KEPT, name)
  if (existsSync(place)) return place
  const data = await mkdtemp(join(tmpdir(), 'pandu-cluster-'))
  try {
    await chmod(data, 0o755)
    await run(process.execPath, ['src/cli.ts', 'migrate'], {
      cwd: HOUSE,
      env: { ...bareEnvironment(), PANDU_DATA: data, PANDU_LOG: 'warn' },
    })
    // As root below a folder that others cannot enter, it lies elsewhere and belongs to this data folder.
    if (!existsSync(join(data, 'pg'))) return null
    await mkdir(KEPT, { recursive: true })
    const fresh = await mkdtemp(join(KEPT, 'new-'))
    await copy(join(data, 'pg'), join(fresh, 'pg'))
    // Not the one that somebody else has just made and that others copy by now.
    const old = (await readdir(KEPT)).filter((one) => one !== name && !one.startsWith('new-'))
    for (const one of old) await rm(join(KEPT, one), { recursive: true, force: true })
    await rename(join(fresh, 'pg'), place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
    await rm(fresh, { recursive: true })
    return place
  } finally {
    await rm(data, { recursive: true, force: true })
  }
}

/** With its owner: PostgreSQL runs as another user where root runs the tests, and starts on its own files only. */
const copy = (from: string, to: string) => run('cp', ['-a', from, to])

async function nameOfSources(): Promise<string> {
  const sum = createHash('sha256')
  for (const source of SOURCES) {
    const path = join(HOUSE, source)
    const names = source.endsWith('.json') ? [''] : (await readdir(path)).filter((name) => /\.(sql|ts)$/.test(name))
    for (const name of names.sort()) sum.update(`${name}\n`).update(await readFile(join(path, name)))
  }
  return sum.digest('hex').slice(0, 16)
}

if (import.meta.main) await preparedCluster()
