import { sql } from 'kysely'
import { z } from 'zod'
import type { Role, Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { mustAdministerAfresh } from './may.ts'
import { mustNotBeLastAdministrator } from './set-administrator.ts'

/** Roles that hold for the whole installation; those at a desk are its members (desks/joinDesk). */
export const wideRoles = ['administrator', 'programme_team', 'leader'] as const satisfies readonly Role[]

export const SetRole = z.strictObject({
  person_id: z.uuid(),
  role: z.enum(wideRoles),
  on: z.boolean(),
  /** Why; told in the journal to whoever asks later. */
  reason: z.string().trim().min(3, 'fault.required').max(500, 'fault.too_long'),
})
export type SetRole = z.infer<typeof SetRole>

/**
 * Gives or takes a role for the whole installation, with a reason. Holds from the next request of every open session: who acts is read with
 * each of them. Refuses forbidden for anybody but an administrator, `sign_in_again` (platform/recent-sign-in.ts), conflict `account.own_role` for one's own role of administrator, and
 * `account.last_administrator` for the last one who can sign in. Doing it twice changes nothing. Records `account.role_changed`.
 */
export async function setRole(ctx: Writing, { person_id, role, on, reason }: SetRole): Promise<void> {
  mustAdministerAfresh(ctx)
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  if (role === 'administrator' && !on) {
    if (by === person_id) refuse('conflict', 'account.own_role')
    await mustNotBeLastAdministrator(ctx, person_id)
  }
  const { rows } = on
    ? await sql`insert into roles (person_id, role, granted_by, granted_at)
        values (${person_id}::uuid, ${role}, ${by}::uuid, ${ctx.now}::timestamptz) on conflict do nothing returning 1`.execute(
        ctx.tx,
      )
    : await sql`delete from roles where person_id = ${person_id}::uuid and role = ${role} returning 1`.execute(ctx.tx)
  if (rows.length > 0)
    await record(ctx, 'account.role_changed', { about: { person_id, role, on }, details: { reason } })
}
