import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, lstat, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Log } from '../log.ts'
import { binariesInPlace, copyBinaries, packageFolder, type Binaries } from './binaries.ts'
import { DataFolderFault, faultFrom } from './faults.ts'
import { readPidFile, servesCluster } from './postmaster-pid.ts'
import { chooseUser, mayEnter, type RunAs } from './run-as.ts'

/** Where everything of one embedded PostgreSQL lies, and who runs it. */
export interface Place {
  data: string
  /** Holds `pg` and, where it is not the data folder, a copy of the programs. */
  home: string
  cluster: string
  /** Folder of the socket, mode 0700. */
  sockets: string
  log_file: string
  user: RunAs | null
  binaries: Binaries
}

const POINTER = 'postgres-location'
const OUTSIDE = '/var/lib/pandu'
/** sockaddr_un.sun_path holds 108 bytes with the closing zero. */
const SOCKET_PATH_BYTES_MAX = 107
const SOCKET_NAME = '.s.PGSQL.5432'

/**
 * Finds, or chooses for a new data folder, the place: in the data folder, or under /var/lib/pandu if the user who must
 * run PostgreSQL cannot reach the data folder or the programs; the data folder then holds a pointer. Makes the folders.
 * Throws {@link DataFolderFault}.
 */
export async function findPlace(options: { data: string; binaries: string | undefined; log: Log }): Promise<Place> {
  const { log } = options
  const given = resolve(options.data)
  const data = await makeFolder(given)
  const user = await chooseUser(join(data, 'pg'), data)
  const folder = options.binaries ?? packageFolder()
  await letEnter(data, user)
  const reachable = await mayEnter(user, data)
  const inPlace = await binariesInPlace(folder, user)

  // Only root can have an unreachable folder; programs that an ordinary user cannot prepare are copied into the data folder.
  const home = await homeOf(data, user === null || (reachable && inPlace !== null), log)
  if (home !== data && !existsSync(join(data, POINTER)))
    log.info(
      `PostgreSQL's user ${user?.name ?? ''} cannot reach ${data}: the database lies in ${home} (${join(data, POINTER)} says so)`,
    )
  if (home === data && !reachable)
    throw new DataFolderFault(
      `The database in ${join(data, 'pg')} cannot be reached by ${user?.name ?? 'this user'}, who must run it; nothing was changed. ` +
        `Open the folders above it for that user (chmod o+x), or move the data folder`,
    )
  const binaries = inPlace ?? (await copyBinaries(folder, home, user))
  return {
    data,
    home,
    cluster: join(home, 'pg'),
    sockets: await socketFolder(home, user, log),
    log_file: join(data, 'log', 'postgres.log'),
    user,
    binaries,
  }
}

/** Written after the cluster got its name: from then on a missing cluster is a fault and never a reason to begin anew. */
export async function confirmPlace(place: Pick<Place, 'data' | 'home'>): Promise<void> {
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

async function homeOf(data: string, mayLieInside: boolean, log: Log): Promise<string> {
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

async function makeFolder(path: string): Promise<string> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    return await realpath(path)
  } catch (error) {
    throw faultFrom('Cannot use the data folder', path, error)
  }
}

/** A data folder of root with root's group: PostgreSQL's group gets the right to pass through it, and nothing more. */
async function letEnter(data: string, user: RunAs | null): Promise<void> {
  if (!user) return
  const { uid, gid, mode } = await stat(data)
  if (uid !== 0 || mode & 0o001) return
  if (gid === 0) await chown(data, 0, user.gid)
  if (gid === 0 || gid === user.gid) await chmod(data, (mode & 0o7707) | 0o010)
}

async function socketFolder(home: string, user: RunAs | null, log: Log): Promise<string> {
  const usual = join(home, 'run')
  let folder = usual
  if (Buffer.byteLength(join(usual, SOCKET_NAME)) > SOCKET_PATH_BYTES_MAX) {
    folder = join(tmpdir(), `pandu-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`)
    log.info(
      `The path ${usual} is too long for a socket (limit ${SOCKET_PATH_BYTES_MAX} bytes): PostgreSQL listens in ${folder}`,
    )
  }
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw faultFrom('Cannot make the folder of the socket', folder, error)
  })
  const owner = user?.uid ?? process.getuid?.()
  const found = await lstat(folder)
  if (user && found.isDirectory() && found.uid === 0) await chown(folder, user.uid, user.gid)
  // In a shared temp folder somebody else may have made that name first, and would receive our connections.
  else if (!found.isDirectory() || found.uid !== owner)
    throw new DataFolderFault(`${folder} belongs to another user; nothing was changed. Remove it and start again`)
  await chmod(folder, 0o700)
  return folder
}
