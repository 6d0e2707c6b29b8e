import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { listMigrations } from '../platform/migrate.ts'

export type ReadyPart = 'database' | 'migrations' | 'relay' | 'worker' | 'intake'
export interface Readiness {
  ready: boolean
  /** `ok`, or what is wrong with it in a few words. */
  parts: Record<ReadyPart, string>
}
/** The parts that run in this process, each asked for itself; a process without workers (`pandu web`) has none. */
export type LocalParts = Partial<Record<'relay' | 'worker' | 'intake', { alive(): boolean }>>

const WAIT_MS = 3_000
/** The relay seals within a second; a backlog that is worked off is no fault, one that stands still is. */
const RELAY_SECONDS_MAX = 15
const NOT_KNOWN = 'not known while the database is away'

/**
 * Whether a request that comes now would be taken, answered and followed up. Parts that run elsewhere are judged by their beats
 * (worker/beats.ts). Answers within three seconds, whatever hangs.
 */
export async function seeReadiness(app: App, local: LocalParts): Promise<Readiness> {
  const found = app.available()
    ? await Promise.race([ask(app).catch(() => null), sleep(WAIT_MS, null, { ref: false })])
    : null
  if (!found)
    return {
      ready: false,
      parts: {
        database: app.available() ? 'does not answer in time' : 'away',
        migrations: NOT_KNOWN,
        relay: NOT_KNOWN,
        worker: NOT_KNOWN,
        intake: NOT_KNOWN,
      },
    }
  const known = listMigrations().length
  const alive = (part: 'relay' | 'worker' | 'intake') => {
    const own = local[part]
    if (own) return own.alive() ? 'ok' : 'stands still in this process'
    return found.beating.includes(part) ? 'ok' : 'runs nowhere: no process has beaten for 45 s'
  }
  const parts = {
    database: 'ok',
    migrations: found.migration >= known ? 'ok' : `${found.migration} of ${known} applied`,
    relay: found.waiting > RELAY_SECONDS_MAX ? `a fact has waited for ${Math.round(found.waiting)} s` : alive('relay'),
    worker: alive('worker'),
    intake: alive('intake'),
  }
  return { ready: Object.values(parts).every((state) => state === 'ok'), parts }
}

async function ask(app: App): Promise<{ migration: number; waiting: number; beating: string[] }> {
  const { rows } = await sql<{ migration: number; waiting: number; beating: string[] }>`select
    (select max(number) from migrations) as migration,
    coalesce((select extract(epoch from now() - to_timestamp(('x' || left(replace(fact_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)) from journal_pending
      order by fact_id limit 1), 0)::float8 as waiting,
    array(select distinct split_part(name, ' ', 2) from leases where name like 'beat %' and until > now()) as beating`.execute(
    app.worker,
  )
  return rows[0]!
}
