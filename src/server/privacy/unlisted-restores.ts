import { sql } from 'kysely'
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import { system, write, type Reading, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'

/** A database came into a data folder that has no list of erasures: whoever was erased since is back, and nobody knows who. */
export interface UnlistedRestore {
  id: string
  noticed_at: Date
  /** Null where it was put back past Pandu. */
  backup_made_at: Date | null
}

/** Writes it down, so that doctor and settings go on saying it. */
export const noteUnlistedRestore = (app: App, backup_made_at: Date | null): Promise<void> =>
  write(app, system, async (ctx) => {
    await sql`insert into unlisted_restores (id, noticed_at, backup_made_at)
      values (${newId()}::uuid, ${ctx.now}::timestamptz, ${backup_made_at}::timestamptz)`.execute(ctx.tx)
  })

/** The newest about which nobody wrote down what was done; null when all is well. Whoever sees everything. */
export async function findUnlistedRestore(ctx: Reading): Promise<UnlistedRestore | null> {
  const { rows } = await sql<UnlistedRestore>`select id, noticed_at, backup_made_at from unlisted_restores
    where acknowledged_at is null order by noticed_at desc, id desc limit 1`.execute(ctx.db)
  return rows[0] ?? null
}

export const AcknowledgeRestore = z.strictObject({
  id: z.uuid(),
  reason: z.string().trim().min(1, 'fault.required').max(2000, 'fault.too_long'),
})

/**
 * What was done about it; with it end the warnings of those before, too. The secretariat's coordinators and administrators. Refuses conflict
 * `privacy.restore_known` for one that was acknowledged. Records `restore.acknowledged`.
 */
export async function acknowledgeRestore(ctx: Writing, input: z.output<typeof AcknowledgeRestore>): Promise<void> {
  mustCoordinateAll(ctx.actor)
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } =
    await sql`update unlisted_restores set acknowledged_at = ${ctx.now}::timestamptz, acknowledged_by = ${by}::uuid, reason = ${input.reason}
    where acknowledged_at is null and noticed_at <= (select noticed_at from unlisted_restores where id = ${input.id}::uuid) returning id`.execute(
      ctx.tx,
    )
  if (rows.length === 0) refuse('conflict', 'privacy.restore_known')
  await record(ctx, 'restore.acknowledged', { about: { restore_id: input.id } })
}
