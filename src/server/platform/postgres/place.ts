import { chmod, chown, mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Log } from '../log.ts'
import { binariesInPlace, copyBinaries, packageFolder, type Binaries } from './binaries.ts'
import { DataFolderFault, faultFrom } from './faults.ts'
import { findCluster, homeOf } from './home.ts'
import { chooseUser, mayEnter, type RunAs } from './run-as.ts'
import { socketFolder } from './socket-folder.ts'

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

/**
 * Finds, or chooses for a new data folder, the place: in the data folder, or under /var/lib/pandu if the user who must
 * run PostgreSQL cannot reach the data folder or the programs; the data folder then holds a pointer. Makes the folders.
 * Throws {@link DataFolderFault}.
 */
export async function findPlace(options: { data: string; binaries: string | undefined; log: Log }): Promise<Place> {
  const { log } = options
  const data = await makeFolder(resolve(options.data))
  const user = await chooseUser((await findCluster(data)) ?? data, data)
  const folder = resolve(options.binaries ?? packageFolder())
  await letEnter(data, user)
  const reachable = await mayEnter(user, data)
  const inPlace = await binariesInPlace(folder, user)

  // Only root can have an unreachable folder; programs that an ordinary user cannot prepare are copied into the data folder.
  const home = await homeOf(data, user === null || (reachable && inPlace !== null), log)
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
