import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { codeOf } from '../platform/database.ts'
import { newId } from '../platform/ids.ts'
import { dropLease, takeLease } from '../platform/leases.ts'
import { releaseSetBack } from '../channels/index.ts'

/** What a process with workers does for all; the web processes ask for these beats when somebody asks whether they are ready. */
export type BeatingPart = 'relay' | 'worker' | 'intake'

/** Silent for so long is dead: its jobs run elsewhere. graphile-worker alone would wait four hours. */
export const SILENT_SECONDS = 45
const BEAT_MS = 5_000

export interface Beats {
  stop(): Promise<void>
}

/**
 * Says every five seconds which parts of this process live, as leases named `beat PART ID` (the worker's id is what its jobs are
 * locked with), and unlocks the jobs of workers that fell
 * silent. A part is left out as soon as it no longer answers for itself.
 */
export function startBeats(
  app: App,
  parts: Partial<Record<BeatingPart, { id(): string; alive(): boolean; holds?(): readonly string[] }>>,
  silent_seconds = SILENT_SECONDS,
): Beats {
  const holder = newId()
  let running: Promise<void> | null = null
  const names = () =>
    Object.entries(parts).map(([part, { id, alive }]) => ({ name: `beat ${part} ${id()}`, alive: alive() }))
  const beat = async () => {
    for (const { name, alive } of names()) if (alive) await takeLease(app, name, holder, silent_seconds)
    await unlockSilent(app, silent_seconds)
    const { worker } = parts
    if (worker?.holds) await unlockForgotten(app, worker.id(), worker.holds())
    await pullFromFuture(app)
    await pullRounds(app)
    await releaseSetBack(app)
  }
  const tick = () => {
    if (!app.available()) return
    running ??= beat()
      .catch((error: unknown) => app.log.warn({ code: codeOf(error) }, 'a beat was missed'))
      .finally(() => (running = null))
  }
  tick()
  const timer = setInterval(tick, Math.min(BEAT_MS, (silent_seconds * 1000) / 4))
  return {
    async stop() {
      clearInterval(timer)
      await running
      if (!app.available()) return
      // A clean end leaves no job locked; nobody needs to wait until the beats run out.
      for (const { name } of names()) await dropLease(app, name, holder).catch(() => undefined)
    },
  }
}

/**
 * Gives free what silent workers hold; answers how many workers that were. Their jobs run again from the beginning: every task re-reads
 * its rows, so what the dead one had committed is not done twice.
 */
export async function unlockSilent(app: App, silent_seconds = SILENT_SECONDS): Promise<number> {
  const { rows } = await sql<{ silent: string[] }>`select array(
    select distinct j.locked_by from graphile_worker.jobs j
    where (j.locked_at < now() - make_interval(secs => ${silent_seconds}::int) or j.locked_at > now() + interval '1 minute')
      and not exists (select from leases l where l.name = 'beat worker ' || j.locked_by
        and l.until > now() and l.until < now() + interval '1 hour')) as silent`.execute(app.worker)
  const { silent } = rows[0]!
  if (silent.length === 0) return 0
  await sql`select graphile_worker.force_unlock_workers(${silent}::text[])`.execute(app.worker)
  app.log.warn({ workers: silent.length }, 'workers fell silent; their jobs are run elsewhere')
  return silent.length
}

/** Between the taking of a job and its beginning lies a moment. */
const BEGUN_SECONDS_MAX = 10

/**
 * Gives free what a worker that lives has locked, but no longer holds: it failed while the database was away, so that nobody could write
 * down even this. Answers how many jobs that were.
 * @param held ids of the jobs that it is at
 */
export async function unlockForgotten(app: App, worker_id: string, held: readonly string[]): Promise<number> {
  const { rows } = await sql`update graphile_worker._private_jobs set locked_by = null, locked_at = null, run_at = now()
    where locked_by = ${worker_id}
      and (locked_at < now() - make_interval(secs => ${BEGUN_SECONDS_MAX}::int) or locked_at > now() + interval '1 minute')
      and id <> all (${[...held]}::bigint[])
    returning id`.execute(app.worker)
  if (rows.length > 0) app.log.warn({ jobs: rows.length }, 'jobs that had failed with the database are run again')
  return rows.length
}

/**
 * Jobs are added for now, and tried again after hours at most: one that waits for later was added before somebody set the clock back, and
 * is run now. Answers how many.
 */
export async function pullFromFuture(app: App): Promise<number> {
  const { rows } = await sql`select from graphile_worker.reschedule_jobs(array(select id from graphile_worker.jobs
    where locked_at is null and run_at > now() + interval '1 minute'
      and (attempts = 0 or run_at > now() + interval '7 hours') and attempts < max_attempts), run_at => now())`.execute(
    app.worker,
  )
  if (rows.length > 0)
    app.log.warn({ jobs: rows.length }, 'the clock was set back; jobs that waited for it are run now')
  return rows.length
}

/** What comes round by itself is written down with the time for which it ran last: one in the future would keep it from running until then. Answers how many. */
export async function pullRounds(app: App): Promise<number> {
  const { rows } =
    await sql`update graphile_worker._private_known_crontabs set last_execution = now(), known_since = least(known_since, now())
    where last_execution > now() + interval '2 minutes' returning identifier`.execute(app.worker)
  if (rows.length > 0) app.log.warn({ rounds: rows.length }, 'the clock was set back; what comes round goes on now')
  return rows.length
}
