import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import { mustAdministerAfresh, mustBeStaff } from './may.ts'

/** Of whom a second factor can be required: roles, roles at a desk, and everybody who works at the secretariat's desk. */
export const factorRoles = ['administrator', 'secretariat', 'leader', 'programme_team', 'coordinator', 'agent'] as const
export type FactorRole = (typeof factorRoles)[number]

export const RequireFactor = z.object({ roles: z.array(z.enum(factorRoles)) })
export type RequireFactor = z.infer<typeof RequireFactor>

/** The roles that must have a second factor. Staff only. */
export async function requiredFactorRoles(ctx: Reading): Promise<FactorRole[]> {
  mustBeStaff(ctx.actor)
  const { rows } = await sql<{ role: FactorRole }>`select role from second_factor_roles order by role limit 50`.execute(
    ctx.db,
  )
  return rows.map(({ role }) => role)
}

/**
 * Says which roles must have a second factor: who has none is led to set one up with their next sign-in. Administrators who signed in
 * recently. Records `account.second_factor_required` for each role that changed.
 */
export async function requireFactor(ctx: Writing, { roles }: RequireFactor): Promise<void> {
  mustAdministerAfresh(ctx)
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const added = await sql<{ role: string }>`insert into second_factor_roles (role, required_by, required_at)
    select role, ${by}::uuid, ${ctx.now}::timestamptz from unnest(${roles}::text[]) as r (role) on conflict do nothing returning role`.execute(
    ctx.tx,
  )
  const dropped = await sql<{
    role: string
  }>`delete from second_factor_roles where role <> all (${roles}::text[]) returning role`.execute(ctx.tx)
  const changed = [
    ...added.rows.map(({ role }) => ({ role, on: true })),
    ...dropped.rows.map(({ role }) => ({ role, on: false })),
  ]
  await recordAll(
    ctx,
    changed.map((about) => ({ kind: 'account.second_factor_required', about })),
  )
}
