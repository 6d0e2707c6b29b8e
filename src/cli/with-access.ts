import { InstanceRunning, startEmbeddedPostgres, type DatabaseAccess } from '../server/platform/embedded-postgres.ts'
import { openExternalPostgres } from '../server/platform/external-postgres.ts'
import { reachRunningPostgres } from '../server/platform/postgres/reach-running.ts'
import type { Call } from './verb.ts'

/**
 * A database for a verb: the outside one; or the running server's; or, if none runs, the embedded one, started under the same keeper
 * and stopped after.
 */
export async function withAccess<T>(call: Call, work: (access: DatabaseAccess) => Promise<T>): Promise<T> {
  const { settings, log } = call
  if (settings.DATABASE_URL) return work(await openExternalPostgres(settings, log))
  try {
    const postgres = await startEmbeddedPostgres({ data: settings.PANDU_DATA, log, holder: 'pandu verb' })
    try {
      return await work(postgres)
    } finally {
      await postgres.stop()
    }
  } catch (error) {
    if (error instanceof InstanceRunning) return work(await reachRunningPostgres(settings.PANDU_DATA))
    throw error
  }
}
