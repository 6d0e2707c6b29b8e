import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'

/** After how many days a quiet ticket moves on: waiting → reminded → resolved → closed; and how long a closed one can be reopened. */
export interface QuietRules {
  remind_after_working_days: number
  resolve_after_working_days: number
  /** Calendar days. */
  close_after_days: number
  /** Calendar days. */
  reopen_within_days: number
}

export const quietRules = (ctx: Reading): Promise<QuietRules> =>
  ctx.db
    .selectFrom('quiet_rules')
    .select(['remind_after_working_days', 'resolve_after_working_days', 'close_after_days', 'reopen_within_days'])
    .executeTakeFirstOrThrow()

export const SaveQuietRules = z
  .strictObject({
    // A desk may be open on one day a week: forty of its days are most of a year, and working time is reckoned within one.
    remind_after_working_days: z.int().min(1).max(30),
    resolve_after_working_days: z.int().min(2).max(40),
    close_after_days: z.int().min(1).max(365),
    reopen_within_days: z.int().min(0).max(3650),
  })
  .refine((rules) => rules.resolve_after_working_days > rules.remind_after_working_days, {
    path: ['resolve_after_working_days'],
    message: 'service_level.resolve_after_reminder',
  })
export type SaveQuietRules = z.infer<typeof SaveQuietRules>

export async function saveQuietRules(ctx: Writing, input: SaveQuietRules): Promise<void> {
  mustCoordinateAll(ctx.actor)
  await ctx.tx.updateTable('quiet_rules').set(input).execute()
  await record(ctx, 'service_level.changed', { about: { what: 'quiet_rules', ...input } })
}
