import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Role, Writing } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { must } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import { ending } from './ending.ts'
import { foldName } from './fold-name.ts'
import { readCursor, writeCursor } from './list-people.ts'
import { mustAdministerAfresh } from './may.ts'
import { readInput } from './read-input.ts'
import { mustNotBeLastAdministrator } from './set-administrator.ts'
import { revokeTokensOf } from './tokens.ts'

export interface AccountRow {
  person_id: string
  name: string
  email: string | null
  language: 'id' | 'en'
  administrator: boolean
  /** For the whole installation. */
  roles: Role[]
  /** active; invited = has a link that still opens and no account yet; disabled. */
  state: 'active' | 'invited' | 'disabled'
  disabled_at: Date | null
  created_at: Date
  /** Until when the newest invitation opens; null for whoever has an account. */
  invited_until: Date | null
}

export const accountStates = ['active', 'invited', 'disabled'] as const

export const SearchAccounts = z.object({
  query: z.string().max(200).default(''),
  state: z.enum(accountStates).optional(),
  /** Those with this role only. */
  administrators: z.boolean().default(false),
  cursor: z.string().max(500).optional(),
  limit: z.int().min(1).max(200).default(50),
})

const LIST_MAX = 1000

/** Everybody who signs in here or is invited to, by name; at most 1000. Staff only. */
export const listAccounts = (ctx: Reading): Promise<AccountRow[]> => accountsOf(ctx, {})

/** One of them; null for somebody who neither signs in nor is invited. Staff only. */
export const findAccount = async (ctx: Reading, person_id: string): Promise<AccountRow | null> =>
  isId(person_id) ? ((await accountsOf(ctx, { person_id }))[0] ?? null) : null

/**
 * A page of them by name: `query` finds a part of the name or of the address with which they sign in or were invited. Staff only; refuses
 * invalid `cursor`.
 */
export async function searchAccounts(
  ctx: Reading,
  question: z.input<typeof SearchAccounts> = {},
): Promise<{ items: AccountRow[]; next: string | null }> {
  const { limit, cursor, ...wanted } = readInput(SearchAccounts, question)
  const rows = await accountsOf(ctx, { ...wanted, after: readCursor(cursor), most: limit + 1 })
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return {
    items: rows.slice(0, limit),
    next: last ? writeCursor({ folded_name: last.folded_name, id: last.person_id }) : null,
  }
}

/** How many there are in each state, and how many administrators can sign in. Staff only. */
export async function countAccounts(ctx: Reading): Promise<Record<AccountRow['state'] | 'administrators', number>> {
  must(ctx.actor, 'account.list')
  const { rows } = await sql<Record<AccountRow['state'] | 'administrators', number>>`
    select (select count(*)::int from accounts where disabled_at is null) as active,
      (select count(*)::int from accounts where disabled_at is not null) as disabled,
      (select count(distinct person_id)::int from one_time_links l where purpose = 'invite' and used_at is null
        and expires_at > ${ctx.now}::timestamptz and not exists (select from accounts a where a.person_id = l.person_id)) as invited,
      (select count(*)::int from roles r join accounts a on a.person_id = r.person_id
        where r.role = 'administrator' and a.disabled_at is null) as administrators`.execute(ctx.db)
  return rows[0]!
}

interface Asked {
  person_id?: string
  query?: string
  state?: AccountRow['state'] | undefined
  administrators?: boolean
  after?: ReturnType<typeof readCursor>
  most?: number
}

async function accountsOf(ctx: Reading, asked: Asked): Promise<(AccountRow & { folded_name: string })[]> {
  // Whoever signs in sees their own.
  must(ctx.actor, 'person_id' in ctx.actor && ctx.actor.person_id === asked.person_id ? 'account.own' : 'account.list')
  const { person_id = null, query = '', state = null, administrators = false, after = null, most = LIST_MAX } = asked
  const words = foldName(query)
  const { rows } = await sql<AccountRow & { folded_name: string }>`
    with known as (
      select person_id, disabled_at, created_at, case when disabled_at is null then 'active' else 'disabled' end as state, null as address, null::timestamptz as invited_until from accounts
      union all
      (select distinct on (person_id) person_id, null, created_at, 'invited', address, expires_at from one_time_links l
      where purpose = 'invite' and used_at is null and expires_at > ${ctx.now}::timestamptz
        and not exists (select from accounts a where a.person_id = l.person_id)
      order by person_id, expires_at desc))
    select k.person_id, p.name, p.folded_name, k.invited_until, coalesce(k.address, c.address) as email, p.language, k.state, k.disabled_at, k.created_at,
      array(select role from roles r where r.person_id = k.person_id order by role) as roles,
      exists (select from roles r where r.person_id = k.person_id and r.role = 'administrator') as administrator
    from known k join people p on p.id = k.person_id
    left join lateral (
      select address from contact_points where person_id = k.person_id and channel = 'email' order by verified_at nulls last, created_at, id limit 1) as c on true
    where (${person_id}::uuid is null or k.person_id = ${person_id}::uuid) and (${state}::text is null or k.state = ${state}::text)
      and (not ${administrators}::boolean or exists (select from roles r where r.person_id = k.person_id and r.role = 'administrator'))
      and (${query.trim()}::text = '' or (${words}::text <> '' and strpos(p.folded_name, ${words}::text) > 0)
        or strpos(lower(coalesce(k.address, c.address, '')), lower(${query.trim()}::text)) > 0)
      and ${after ? sql`(p.folded_name, p.id) > (${after.folded_name}::text, ${after.id}::uuid)` : sql`true`}
    order by p.folded_name, p.id limit ${most}::int`.execute(ctx.db)
  return rows
}

/**
 * Closes an account: its sessions end at once, its password opens nothing, its links neither; its tokens are revoked, and come back with nobody.
 * The person and what they did stay; the requests they hold too, until somebody hands them on (tickets/hand-over.ts).
 * Administrators who signed in recently; refuses not_found, conflict `account.last_administrator`. Records `account.disabled`.
 */
export async function disableAccount(ctx: Writing, input: { person_id: string }): Promise<void> {
  mustAdministerAfresh(ctx)
  await mustNotBeLastAdministrator(ctx, input.person_id)
  const { rows } = await sql<{ was_enabled: boolean }>`
    with before as (select person_id, disabled_at from accounts where person_id = ${input.person_id}::uuid),
    changed as (
      update accounts a set disabled_at = ${ctx.now}::timestamptz from before
      where a.person_id = before.person_id and a.disabled_at is null)
    select disabled_at is null as was_enabled, ${ending(ctx, 'end_sessions')}(person_id) from before`.execute(ctx.tx)
  const account = rows[0] ?? refuse('not_found', 'account')
  await revokeTokensOf(ctx, input.person_id)
  if (account.was_enabled) await record(ctx, 'account.disabled', { about: { person_id: input.person_id } })
}

/** Opens a closed account again, with its old password and without any old session. Administrators who signed in recently. Records `account.enabled`. */
export async function enableAccount(ctx: Writing, input: { person_id: string }): Promise<void> {
  mustAdministerAfresh(ctx)
  const { rows } = await sql<{ was_disabled: boolean }>`
    with before as (select person_id, disabled_at from accounts where person_id = ${input.person_id}::uuid),
    changed as (
      update accounts a set disabled_at = null from before where a.person_id = before.person_id and a.disabled_at is not null)
    select disabled_at is not null as was_disabled, ${ending(ctx, 'end_sessions')}(person_id) from before`.execute(
    ctx.tx,
  )
  const account = rows[0] ?? refuse('not_found', 'account')
  if (account.was_disabled) await record(ctx, 'account.enabled', { about: { person_id: input.person_id } })
}
