import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DataFolderFault, faultFrom } from './faults.ts'
import { cleanEnvironment } from './leash.ts'
import { confirmPlace } from './home.ts'
import type { Place } from './place.ts'
import { signal } from './postmaster-pid.ts'
import { asUser } from './run-as.ts'

const run = promisify(execFile)

/**
 * Makes sure that `pg` is a whole cluster of our major version. A new one is made beside it and gets its name only when
 * it is complete, so an initdb that was killed leaves nothing that looks like a database. Throws {@link DataFolderFault}.
 */
export async function makeCluster(place: Place): Promise<void> {
  if (!existsSync(place.cluster)) await initialise(place)
  await checkVersion(place)
  await confirmPlace(place)
}

/** Leftovers of broken starts; only for the one who holds the instance lock. */
export async function clearLeftovers(place: Place): Promise<void> {
  for (const name of await readdir(place.home))
    if (/^pg\.new\.\d+$/.test(name)) await rm(join(place.home, name), { recursive: true, force: true })
}

async function initialise(place: Place): Promise<void> {
  await clearDeadLeftovers(place)
  const half = join(place.home, `pg.new.${process.pid}`)
  try {
    await mkdir(half, { mode: 0o700 })
    if (place.user) await chown(half, place.user.uid, place.user.gid)
    const initdb = join(place.binaries.native, 'bin', 'initdb')
    // The builtin provider sorts by code point and needs none of the machine's locales (nor the bundled, old ICU).
    const args = ['-D', half, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C']
    args.push('--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--data-checksums', '--no-instructions')
    await run(initdb, args, { ...asUser(place.user), cwd: '/', env: cleanEnvironment(), maxBuffer: 2 ** 22 })
    await rename(half, place.cluster)
    await flushFolder(place.home)
  } catch (error) {
    await rm(half, { recursive: true, force: true })
    // Two first starts at once: the other one was faster, and the instance lock decides who serves.
    if (existsSync(join(place.cluster, 'PG_VERSION'))) return
    const said = (error as { stderr?: string }).stderr
    throw faultFrom('Cannot make the database', place.home, said ? new Error(said) : error)
  }
}

async function clearDeadLeftovers(place: Place): Promise<void> {
  for (const name of await readdir(place.home)) {
    const pid = Number(/^pg\.new\.(\d+)$/.exec(name)?.[1] ?? 0)
    if (pid && (pid === process.pid || !signal(pid, 0)))
      await rm(join(place.home, name), { recursive: true, force: true })
  }
}

async function checkVersion(place: Place): Promise<void> {
  const made = await readFile(join(place.cluster, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    throw faultFrom('Cannot read the database', place.cluster, error)
  })
  if (Number(made) === place.binaries.major) return
  throw new DataFolderFault(
    `The database in ${place.cluster} was made by PostgreSQL ${made.trim()}, and this Pandu brings PostgreSQL ${place.binaries.major}; ` +
      `nothing was changed. Start the Pandu that made it, make a backup there, and restore it into an empty data folder here`,
  )
}

/** A rename is on the disk only when its folder is. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync()
  await folder.close()
}
