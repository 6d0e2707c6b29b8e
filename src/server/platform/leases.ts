import { sql } from 'kysely'
import type { App } from './app.ts'
import { codeOf } from './database.ts'
import { newId } from './ids.ts'

/**
 * Takes a lease, or goes on holding it: true when `name` belongs to `holder` for the next `seconds`. One statement, by the database's
 * clock. A lease that ends far in the future was given before somebody set that clock back, and counts as ended.
 */
export async function takeLease(app: App, name: string, holder: string, seconds: number): Promise<boolean> {
  const { rows } = await sql`insert into leases (name, holder, until)
    values (${name}, ${holder}::uuid, now() + make_interval(secs => ${seconds}::int))
    on conflict (name) do update set holder = excluded.holder, until = excluded.until
    where leases.holder = excluded.holder or leases.until < now() or leases.until > now() + interval '1 hour'
    returning name`.execute(app.worker)
  return rows.length > 0
}

export async function dropLease(app: App, name: string, holder: string): Promise<void> {
  await sql`delete from leases where name = ${name} and holder = ${holder}::uuid`.execute(app.worker)
}

const LEASE_SECONDS = 60
const EXTEND_MS = 15_000

/**
 * Does work that must not run in two places at once: on this machine or another, or twice because the last round still goes on. Where
 * somebody else is at it, nothing is done and false is answered. Whoever dies in it is replaced within a minute.
 */
export async function withLease(app: App, name: string, work: () => Promise<unknown>): Promise<boolean> {
  const holder = newId()
  if (!(await takeLease(app, name, holder, LEASE_SECONDS))) return false
  const extending = setInterval(() => {
    takeLease(app, name, holder, LEASE_SECONDS).catch((error: unknown) =>
      app.log.warn({ code: codeOf(error), name }, 'a lease could not be extended'),
    )
  }, EXTEND_MS)
  try {
    await work()
  } finally {
    clearInterval(extending)
    await dropLease(app, name, holder)
  }
  return true
}
