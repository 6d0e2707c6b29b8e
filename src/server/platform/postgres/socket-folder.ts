import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import { DataFolderFault, faultFrom } from './faults.ts'
import type { RunAs } from './run-as.ts'

/** sockaddr_un.sun_path holds 108 bytes with the closing zero. */
const SOCKET_PATH_BYTES_MAX = 107
const SOCKET_NAME = '.s.PGSQL.5432'

/** `run` beside the cluster, or a folder under the temp folder where that path is too long. Mode 0700, of PostgreSQL's user. */
export async function socketFolder(home: string, user: RunAs | null, log: Log): Promise<string> {
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
