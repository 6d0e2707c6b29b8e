import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import { DataFolderFault, faultFrom } from './faults.ts'
import { readPidFile, servesCluster } from './postmaster-pid.ts'

const POINTER = 'postgres-location'
const OUTSIDE = '/var/lib/pandu'

/** The folder that holds `pg`: what the pointer says, else the data folder if it may lie there, else a new one outside. */
export async function homeOf(data: string, mayLieInside: boolean, log: Log): Promise<string> {
  const pointer = join(data, POINTER)
  if (existsSync(pointer)) return followPointer(data, (await readFile(pointer, 'utf8')).trim())
  if (existsSync(join(data, 'pg')) || mayLieInside) return data

  const home = join(OUTSIDE, createHash('sha256').update(data).digest('hex').slice(0, 16))
  try {
    await mkdir(home, { recursive: true, mode: 0o755 })
    // An earlier data folder at this path may have been deleted, its database not: it is put aside, never taken over.
    const begun = existsSync(`${pointer}.new`)
    const old = join(home, 'pg')
    const alive = await readPidFile(old)
    if (!begun && existsSync(old) && !(alive && (await servesCluster(alive.pid, old)))) {
      const aside = `${old}.${new Date().toISOString().replace(/[:.]/g, '')}`
      await rename(old, aside)
      log.warn(
        `The database of an earlier data folder at ${data} was put aside as ${aside}; delete it when nobody needs it`,
      )
    }
    if (!begun) log.info(`PostgreSQL's user cannot reach ${data}: the database lies in ${home} (${pointer} says so)`)
    await writeFile(`${pointer}.new`, home + '\n')
    return home
  } catch (error) {
    throw faultFrom('Cannot make a place for the database', home, error)
  }
}

/** A moved data folder takes its database along; a copied one must not share it. */
async function followPointer(data: string, home: string): Promise<string> {
  if (!existsSync(join(home, 'pg', 'PG_VERSION')))
    throw new DataFolderFault(
      `The database of ${data} lay in ${home} and is not there; everything in the data folder is kept. ` +
        `Bring it back, or restore a backup into an empty data folder`,
    )
  const owner = (await readFile(join(home, 'data-folder'), 'utf8').catch(() => data)).trim()
  if (owner !== data && existsSync(join(owner, POINTER)))
    throw new DataFolderFault(
      `${data} is a copy of the data folder ${owner}, whose database lies in ${home}; nothing was changed. ` +
        `Make copies with a backup and restore it into an empty folder`,
    )
  return home
}

/** Written after the cluster got its name: from then on a missing cluster is a fault and never a reason to begin anew. */
export async function confirmPlace(place: { data: string; home: string }): Promise<void> {
  if (place.home === place.data) return
  await writeFile(join(place.home, 'data-folder'), place.data + '\n')
  await writeFile(join(place.data, POINTER), place.home + '\n')
  await rm(join(place.data, `${POINTER}.new`), { force: true })
}

/** Where the cluster of a data folder lies, without making or changing anything; null if there is none. */
export async function findCluster(data: string): Promise<string | null> {
  const pointer = await readFile(join(data, POINTER), 'utf8').catch(() => null)
  const cluster = join(pointer === null ? await realpath(data).catch(() => data) : pointer.trim(), 'pg')
  return existsSync(join(cluster, 'PG_VERSION')) ? cluster : null
}
