import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { DataFolderFault } from './faults.ts'

const run = promisify(execFile)

/** The user under whom PostgreSQL runs; null = the one who runs Pandu (only root changes to another). */
export interface RunAs {
  uid: number
  gid: number
  name: string
}

/**
 * PostgreSQL refuses to run as root. So for root: the owner of the first of `folders` that exists and is not root's
 * (the cluster, then the data folder), else `postgres`, else `nobody`.
 */
export async function chooseUser(...folders: string[]): Promise<RunAs | null> {
  if (process.getuid?.() !== 0) return null
  for (const folder of folders) {
    const found = await stat(folder).catch(() => null)
    if (found && found.uid !== 0) return { uid: found.uid, gid: found.gid, name: `user ${found.uid}` }
  }
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([idOf('-u', name), idOf('-g', name)])
    if (uid && gid) return { uid, gid, name }
  }
  throw new DataFolderFault(
    'PostgreSQL does not run as root, and neither user "postgres" nor "nobody" exists; start Pandu as an ordinary user',
  )
}

/** For spawn: the user's ids (Node then drops root's other groups too), or nothing. */
export const asUser = (user: RunAs | null) => (user ? { uid: user.uid, gid: user.gid } : {})

/** Whether that user may enter the folder. Tried out rather than reckoned from mode bits: ACLs and mounts count too. */
export async function mayEnter(user: RunAs | null, folder: string): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...asUser(user), cwd: '/' })
    return true
  } catch {
    return false
  }
}

async function idOf(flag: '-u' | '-g', name: string): Promise<number | null> {
  return run('id', [flag, name]).then(
    ({ stdout }) => Number(stdout),
    () => null,
  )
}
