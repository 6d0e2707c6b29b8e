import pg from 'pg'
import { codeOf } from '../../../platform/database.ts'
import { GammuAway } from './queue.ts'
import type { GammuSql, Query } from './sql-queue.ts'

const CONNECT_MS = 10_000
const STATEMENT_MS = 10_000

/** Gammu's tables in a PostgreSQL, its own or any other; never Pandu's. */
export function openGammuPostgres(url: string): GammuSql {
  const { host, pathname } = new URL(url)
  const pool = new pg.Pool({
    connectionString: url,
    max: 2,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
  })
  // One that dies while idle is replaced when it is wanted.
  pool.on('error', () => undefined)
  return {
    name: `postgres:${host}${pathname}`,
    async work(does) {
      const connection = await pool.connect().catch((error: unknown) => {
        throw new GammuAway(codeOf(error) ?? 'unreachable')
      })
      let broken = true
      try {
        const query: Query = async (text, values = []) => (await connection.query(text, [...values])).rows as never
        await connection.query('begin')
        const value = await does(query)
        await connection.query('commit')
        broken = false
        return value
      } catch (error) {
        throw new GammuAway(codeOf(error) ?? 'lost', { cause: error })
      } finally {
        // A connection in the middle of something is not used again.
        connection.release(broken)
      }
    },
    close: () => pool.end(),
  }
}
