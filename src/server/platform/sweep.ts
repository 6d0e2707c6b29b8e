import { sql } from 'kysely'
import type { App } from './app.ts'

/** The nightly round: partitions made ahead; old limits, and forms that nobody posts again, forgotten. */
export async function sweepPlatform(app: App): Promise<void> {
  await sql`delete from limit_hits where window_start < now() - interval '2 days'`.execute(app.worker)
  await sql`delete from done_forms where at < now() - interval '7 days'`.execute(app.worker)
  await sql`delete from leases where until < now() - interval '1 day'`.execute(app.worker)
  await sql`select make_partitions('facts', 3), make_partitions('intake_items', 3)`.execute(app.worker)
}
