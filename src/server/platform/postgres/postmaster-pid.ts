import { execFile } from 'node:child_process'
import { link, readFile, readlink, realpath, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What PostgreSQL writes about itself into `postmaster.pid` (src/include/utils/pidfile.h). */
export interface PidFile {
  pid: number
  port: number
  /** Folder of its socket; '' in the first moments of a start. */
  sockets: string
  state: 'starting' | 'stopping' | 'ready' | 'standby' | ''
}

export async function readPidFile(cluster: string): Promise<PidFile | null> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  const lines = text.split('\n').map((line) => line.trim())
  return {
    pid: Math.abs(Number.parseInt(lines[0] ?? '', 10)) || 0,
    port: Number(lines[3] ?? 0) || 0,
    sockets: lines[4] ?? '',
    state: (lines[7] ?? '') as PidFile['state'],
  }
}

/**
 * Whether that process is alive and serves this very cluster: PostgreSQL's working folder is its cluster. A number that a
 * stranger got since (after a restart of a container, usually) does not count.
 */
export async function servesCluster(pid: number, cluster: string): Promise<boolean> {
  if (pid <= 0) return false
  if (process.platform === 'linux') {
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => null)
    return folder !== null && folder === (await realpath(cluster))
  }
  const said = await run('ps', ['-o', 'args=', '-p', String(pid)]).catch(() => null)
  return said?.stdout.includes(cluster) ?? false
}

/** The process that started it, or 0 if it is gone. */
export async function parentOf(pid: number): Promise<number> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    // The second field is the program's name in brackets and may hold blanks; the parent is the second after it.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) || 0
  }
  const said = await run('ps', ['-o', 'ppid=', '-p', String(pid)]).catch(() => null)
  return Number(said?.stdout) || 0
}

/**
 * Removes a pid file whose number now belongs to a stranger: PostgreSQL itself would refuse to start for ever. It is moved
 * away first and looked at again, so that the file of a PostgreSQL that started in this moment is put back.
 */
export async function removeStalePidFile(cluster: string, stale: PidFile): Promise<void> {
  const path = join(cluster, 'postmaster.pid')
  const aside = `${path}.${process.pid}`
  await rename(path, aside).catch(unlessGone)
  const moved = await readFile(aside, 'utf8').catch(unlessGone)
  if (moved !== undefined && Number.parseInt(moved, 10) !== stale.pid) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}

/** Whether that process existed to be signalled (0 only asks). */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}
