import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'

export const SetCoverageTarget = z.strictObject({
  provinces: z.coerce
    .number('coverage.fault_provinces')
    .int('coverage.fault_provinces')
    .min(1, 'coverage.fault_provinces')
    .max(38, 'coverage.fault_provinces'),
  by_date: z.iso.date('coverage.fault_date'),
})
export type SetCoverageTarget = z.infer<typeof SetCoverageTarget>

/**
 * The secretariat says how many provinces shall have a member or partner, and by when; the newest counts, the older ones stay. Refuses
 * forbidden. Records `coverage.target_set`.
 */
export async function setCoverageTarget(ctx: Writing, { provinces, by_date }: SetCoverageTarget): Promise<void> {
  mustCoordinateAll(ctx.actor)
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  await sql`insert into coverage_targets (id, provinces, by_date, set_by, set_at)
    values (${newId()}::uuid, ${provinces}::int, ${by_date}::date, ${by}::uuid, ${ctx.now}::timestamptz)`.execute(
    ctx.tx,
  )
  await record(ctx, 'coverage.target_set', { about: { provinces, by_date } })
}
