import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'

export const ChangeRegionName = z.strictObject({
  code: z.string().regex(/^\d{2}(\.\d{2})?$/),
  name: z.string().trim().min(1).max(120),
})
export type ChangeRegionName = z.infer<typeof ChangeRegionName>

/** Gives a province, regency or city another name to show; its code stays. */
export async function changeRegionName(ctx: Writing, input: ChangeRegionName): Promise<void> {
  mustCoordinateAll(ctx.actor)
  const changed = await ctx.tx
    .updateTable('regions')
    .set({ name: input.name })
    .where('code', '=', input.code)
    .returning('code')
    .executeTakeFirst()
  if (!changed) refuse('not_found', 'region')
  await record(ctx, 'region.changed', { about: { code: input.code } })
}
