import type { DatabaseAccess } from '../embedded-postgres.ts'
import { DataFolderFault } from './faults.ts'
import { asSuperuser } from './instance-lock.ts'
import { findCluster } from './home.ts'
import { readPidFile } from './postmaster-pid.ts'

/** The way into the PostgreSQL that a running Pandu keeps on this data folder, for a verb of the command line. */
export async function reachRunningPostgres(data: string): Promise<DatabaseAccess> {
  const cluster = await findCluster(data)
  const pid = cluster === null ? null : await readPidFile(cluster)
  if (!pid)
    throw new DataFolderFault(`No PostgreSQL runs on ${data} any longer; nothing was changed. Run the command again`)
  return {
    connection: (role, database = 'pandu') => ({
      ...asSuperuser(pid.sockets, pid.port, database),
      user: `pandu_${role}`,
    }),
  }
}
