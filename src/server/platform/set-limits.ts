import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from './context.ts'
import { record } from './journal.ts'
import { limitCatalog, limitNames, type LimitName } from './limit-catalog.ts'
import { mustHaveSignedInRecently } from './recent-sign-in.ts'
import { refuse } from './refusal.ts'

export interface ShownLimit {
  name: LimitName
  /** In force now. */
  value: number
  /** As it came. */
  original: number
  window_seconds: number
  least: number
  most: number
  set_at: Date | null
}

/** Every limit that may be set, with what is in force. */
export async function listLimits(ctx: Reading): Promise<ShownLimit[]> {
  const { rows } = await sql<{ name: string; most: number; set_at: Date }>`select name, most, set_at from set_limits
    order by name limit 100`.execute(ctx.db)
  const set = new Map(rows.map((row) => [row.name, row]))
  return limitNames.map((name) => {
    const { max, window_seconds, least, most } = limitCatalog[name]
    return {
      name,
      value: set.get(name)?.most ?? max,
      original: max,
      window_seconds,
      least,
      most,
      set_at: set.get(name)?.set_at ?? null,
    }
  })
}

export const SetLimits = z.strictObject({
  limits: z.array(z.strictObject({ name: z.enum(limitNames), value: z.int() })).max(100),
})
export type SetLimits = z.infer<typeof SetLimits>

/**
 * Sets limits; one that is as it came is no longer set. Administrators only (row-level security says so too), who signed in recently. Refuses invalid with a fault
 * for each value outside its bounds. Records `limit.changed` with what was before, for each that changed.
 */
export async function setLimits(ctx: Writing, { limits }: SetLimits): Promise<void> {
  if (ctx.actor.kind !== 'staff' || !ctx.actor.roles.includes('administrator'))
    refuse('forbidden', 'account.administrator')
  mustHaveSignedInRecently(ctx)
  const { person_id } = ctx.actor
  const faults = limits
    .filter(({ name, value }) => value < limitCatalog[name].least || value > limitCatalog[name].most)
    .map(({ name }) => ({ path: name, key: 'settings.fault_limit' }))
  if (faults.length > 0) refuse('invalid', 'form', faults)
  const before = new Map((await listLimits(ctx)).map((one) => [one.name, one.value]))
  const changed = limits.filter(({ name, value }) => before.get(name) !== value)
  if (changed.length === 0) return
  const set = changed.filter(({ name, value }) => limitCatalog[name].max !== value)
  await sql`delete from set_limits where name = any (${changed.map(({ name }) => name)}::text[])`.execute(ctx.tx)
  await sql`insert into set_limits (name, most, set_by, set_at)
    select name, value, ${person_id}::uuid, ${ctx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(set)}::jsonb) as s (name text, value int)`.execute(ctx.tx)
  for (const { name, value } of changed)
    await record(ctx, 'limit.changed', { about: { limit: name, before: before.get(name)!, after: value } })
}
