import { sql } from 'kysely'
import type { App } from './app.ts'

/** The nightly round: partitions made ahead; old limits, and forms that nobody posts again, forgotten. */
export async function sweepPlatform(app: App): Promise<void> {
  await sql`delete from limit_hits where window_start < now() - interval '2 days'`.execute(app.worker)
  await sql`delete from done_forms where at < now() - interval '7 days'`.execute(app.worker)
  await sql`delete from leases where until < now() - interval '1 day'`.execute(app.worker)
  await makePartitions(app)
}

/** This month's and the next months'; and what fell into the default partition while nobody did this goes to its own month. */
export async function makePartitions(app: App): Promise<void> {
  await app.worker.transaction().execute(async (tx) => {
    // Half a year of rows is moved in one go, or every start would begin with them and none would come to the end.
    await sql`select set_config('statement_timeout', '0', true)`.execute(tx)
    await sql`select make_partitions('facts', 3), make_partitions('intake_items', 3)`.execute(tx)
  })
}
