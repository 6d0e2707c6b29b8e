import { sql } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { mustAdminister, mustBeStaff } from './may.ts'
import { mustNotBeLastAdministrator } from './set-administrator.ts'
import { revokeTokensOf } from './tokens.ts'

export interface AccountRow {
  person_id: string
  name: string
  email: string | null
  language: 'id' | 'en'
  administrator: boolean
  /** active; invited = has a link that still opens and no account yet; disabled. */
  state: 'active' | 'invited' | 'disabled'
  disabled_at: Date | null
  created_at: Date
}

const LIST_MAX = 1000

/** Everybody who signs in here or is invited to, by name; at most 1000. Staff only. */
export const listAccounts = (ctx: Reading): Promise<AccountRow[]> => accountsOf(ctx, null)

/** One of them; null for somebody who neither signs in nor is invited. Staff only. */
export const findAccount = async (ctx: Reading, person_id: string): Promise<AccountRow | null> =>
  isId(person_id) ? ((await accountsOf(ctx, person_id))[0] ?? null) : null

async function accountsOf(ctx: Reading, person_id: string | null): Promise<AccountRow[]> {
  mustBeStaff(ctx.actor)
  const { rows } = await sql<AccountRow>`
    with known as (
      select person_id, disabled_at, created_at, case when disabled_at is null then 'active' else 'disabled' end as state, null as address from accounts
      union all
      select distinct on (person_id) person_id, null, created_at, 'invited', address from one_time_links l
      where purpose = 'invite' and used_at is null and expires_at > ${ctx.now}::timestamptz
        and not exists (select from accounts a where a.person_id = l.person_id))
    select k.person_id, p.name, coalesce(k.address, c.address) as email, p.language, k.state, k.disabled_at, k.created_at,
      exists (select from roles r where r.person_id = k.person_id and r.role = 'administrator') as administrator
    from known k join people p on p.id = k.person_id
    left join lateral (
      select address from contact_points where person_id = k.person_id and channel = 'email' order by verified_at nulls last, created_at, id limit 1) as c on true
    where ${person_id}::uuid is null or k.person_id = ${person_id}::uuid
    order by p.folded_name, p.id limit ${LIST_MAX}::int`.execute(ctx.db)
  return rows
}

/**
 * Closes an account: its sessions end at once, its password opens nothing, its links neither; its tokens are revoked, and come back with nobody.
 * The person and what they did stay; the requests they hold too, until somebody hands them on (tickets/hand-over.ts).
 * Administrators only; refuses not_found, conflict `account.last_administrator`. Records `account.disabled`.
 */
export async function disableAccount(ctx: Writing, input: { person_id: string }): Promise<void> {
  mustAdminister(ctx.actor)
  await mustNotBeLastAdministrator(ctx, input.person_id)
  const { rows } = await sql<{ was_enabled: boolean }>`
    with before as (select person_id, disabled_at from accounts where person_id = ${input.person_id}::uuid),
    changed as (
      update accounts a set disabled_at = ${ctx.now}::timestamptz from before
      where a.person_id = before.person_id and a.disabled_at is null)
    select disabled_at is null as was_enabled, end_sessions(person_id) from before`.execute(ctx.tx)
  const account = rows[0] ?? refuse('not_found', 'account')
  await revokeTokensOf(ctx, input.person_id)
  if (account.was_enabled) await record(ctx, 'account.disabled', { about: { person_id: input.person_id } })
}

/** Opens a closed account again, with its old password and without any old session. Administrators only. Records `account.enabled`. */
export async function enableAccount(ctx: Writing, input: { person_id: string }): Promise<void> {
  mustAdminister(ctx.actor)
  const { rows } = await sql<{ was_disabled: boolean }>`
    with before as (select person_id, disabled_at from accounts where person_id = ${input.person_id}::uuid),
    changed as (
      update accounts a set disabled_at = null from before where a.person_id = before.person_id and a.disabled_at is not null)
    select disabled_at is not null as was_disabled, end_sessions(person_id) from before`.execute(ctx.tx)
  const account = rows[0] ?? refuse('not_found', 'account')
  if (account.was_disabled) await record(ctx, 'account.enabled', { about: { person_id: input.person_id } })
}
