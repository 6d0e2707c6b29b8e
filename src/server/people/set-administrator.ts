import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { mustAdministerAfresh } from './may.ts'

/**
 * Gives or takes the role administrator; doing it twice changes nothing. Refuses forbidden for anybody but an administrator (and the
 * command line) and for an old sign-in (`sign_in_again`), and conflict `account.last_administrator` for the last one who can sign in. Records `account.role_changed`.
 */
export async function setAdministrator(ctx: Writing, input: { person_id: string; on: boolean }): Promise<void> {
  mustAdministerAfresh(ctx)
  const { person_id, on } = input
  if (!on) await mustNotBeLastAdministrator(ctx, person_id)
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } = on
    ? await sql`insert into roles (person_id, role, granted_by, granted_at)
        values (${person_id}::uuid, 'administrator', ${by}::uuid, ${ctx.now}::timestamptz) on conflict do nothing returning 1`.execute(
        ctx.tx,
      )
    : await sql`delete from roles where person_id = ${person_id}::uuid and role = 'administrator' returning 1`.execute(
        ctx.tx,
      )
  if (rows.length > 0) await record(ctx, 'account.role_changed', { about: { person_id, role: 'administrator', on } })
}

/**
 * Two who take the role from each other at once would leave nobody: they take turns. Refuses conflict `account.last_administrator` for the
 * last one who gets in without anybody's help: by a password of their own, or a passkey. Whoever came by an identity provider does not
 * count, because the provider may be gone on the day on which they are needed.
 */
export async function mustNotBeLastAdministrator(ctx: Writing, person_id: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('first administrator', 0))`.execute(ctx.tx)
  const { rows } = await sql<{ is_one: boolean; others: boolean; others_here: boolean; is_here: boolean }>`select
      coalesce(bool_or(r.person_id = ${person_id}::uuid), false) as is_one,
      coalesce(bool_or(r.person_id <> ${person_id}::uuid), false) as others,
      coalesce(bool_or(r.person_id <> ${person_id}::uuid and signs_in_here(r.person_id)), false) as others_here,
      coalesce(bool_or(r.person_id = ${person_id}::uuid and signs_in_here(r.person_id)), false) as is_here
    from roles r join accounts a on a.person_id = r.person_id
    where r.role = 'administrator' and a.disabled_at is null`.execute(ctx.db)
  const { is_one, others, others_here, is_here } = rows[0]!
  if (is_one && (!others || (is_here && !others_here))) refuse('conflict', 'account.last_administrator')
}
