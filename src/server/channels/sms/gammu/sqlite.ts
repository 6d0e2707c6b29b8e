import { access, constants } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { GammuAway } from './queue.ts'
import type { GammuSql, Query } from './sql-queue.ts'

/** SQLite waits in the thread that asks; so it waits hardly at all, and we wait outside of it. */
const BUSY_MS = 20
const TRIES_MAX = 60
const PAUSE_MS = 100
const BUSY = new Set([5, 6])

/**
 * Gammu's SQLite file. Opened for each piece of work: Gammu, or whoever looks after it, may put another file in its place. The only file that
 * knows node:sqlite. How Gammu keeps its file (journal or WAL) is left as it is.
 */
export function openSqlite(path: string): GammuSql {
  return {
    name: `sqlite:${path}`,
    async work(does, { writes }) {
      for (let count = 1; ; count++) {
        const done = await tryOnce(path, does, writes)
        if ('value' in done) return done.value
        if (count === TRIES_MAX) throw new GammuAway('SQLITE_BUSY')
        await sleep(PAUSE_MS)
      }
    },
    async close() {},
  }
}

async function tryOnce<T>(
  path: string,
  does: (query: Query) => Promise<T>,
  writes: boolean,
): Promise<{ value: T } | { busy: true }> {
  // Otherwise a wrong path would make an empty database.
  await access(path, constants.R_OK | constants.W_OK).catch((error: NodeJS.ErrnoException) => {
    throw new GammuAway(error.code ?? 'no_file')
  })
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(path, { timeout: BUSY_MS })
  const query: Query = async (text, values = []) => {
    const statement = database.prepare(text.replaceAll(/\$(\d+)/g, '?$1'))
    return statement.all(...values) as never
  }
  try {
    database.exec(writes ? 'begin immediate' : 'begin')
    const value = await does(query)
    database.exec('commit')
    return { value }
  } catch (error) {
    const code = (error as { errcode?: number }).errcode
    if (code === undefined) throw error
    if (BUSY.has(code & 0xff)) return { busy: true }
    throw new GammuAway(`SQLITE_${code}`, { cause: error })
  } finally {
    // What was not committed is gone with it.
    database.close()
  }
}
