import { readdir, readFile } from 'node:fs/promises'
import { parentOf, servesCluster, signal } from './postmaster-pid.ts'

/**
 * When PostgreSQL's first process is killed, one that is deep in a query does not notice and keeps the shared memory, so that
 * no new one can start. Such processes (without a living parent in the cluster) are ended. Their transactions were never
 * confirmed. Elsewhere than on Linux they end with their query.
 */
export async function endLeftovers(cluster: string): Promise<void> {
  if (process.platform !== 'linux') return
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry)
    if (!pid || !(await servesCluster(pid, cluster))) continue
    const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    // The first process is called by its path, the others "postgres: …".
    if (title.startsWith('postgres: ') && !(await servesCluster(await parentOf(pid), cluster))) signal(pid, 'SIGQUIT')
  }
}
