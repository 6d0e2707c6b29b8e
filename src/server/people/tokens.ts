import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { through, type Reading, type Writing } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { record, recordAll } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import type { Scope } from './create-token.ts'
import { mustAdminister } from './may.ts'

export interface TokenRow {
  id: string
  /** What it is for; null where nobody said. */
  name: string | null
  person_id: string
  /** The account's mail address, or `cli`. */
  account: string
  /** Null when it sees what its account sees. */
  desk_id: string | null
  as_administrator: boolean
  per_minute_max: number
  scopes: Scope[]
  created_at: Date
  expires_at: Date
  last_used_at: Date | null
  revoked_at: Date | null
}

const LIST_MAX = 1000

/** All tokens, or one account's, newest first, also those that open nothing any more; never the tokens themselves. Administrators and the command line only. */
export async function listTokens(ctx: Reading, question: { person_id?: string } = {}): Promise<TokenRow[]> {
  mustAdminister(ctx.actor)
  const { rows } =
    await sql<TokenRow>`select t.id, t.name, t.person_id, coalesce(case when s.person_id is not null then 'cli' end, c.address, p.name) as account,
      t.desk_id, t.as_administrator, t.per_minute_max, t.scopes, t.created_at, t.expires_at,
      t.last_used_at, t.revoked_at
    from api_tokens t join people p on p.id = t.person_id left join service_accounts s on s.person_id = t.person_id
    left join lateral (select address from contact_points where person_id = t.person_id and channel = 'email'
      order by verified_at nulls last, created_at, id limit 1) c on true
    where ${question.person_id ?? null}::uuid is null or t.person_id = ${question.person_id ?? null}::uuid
    order by t.id desc limit ${LIST_MAX}::int`.execute(ctx.db)
  return rows
}

/**
 * Ends a token at once; ending it twice changes nothing. Administrators and the command line only; refuses not_found `token`.
 * Records `token.revoked`.
 */
export async function revokeToken(ctx: Writing, { id }: { id: string }): Promise<void> {
  mustAdminister(ctx.actor)
  if (!isId(id)) refuse('not_found', 'token')
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } = await sql<{
    person_id: string
  }>`update api_tokens set revoked_at = ${ctx.now}::timestamptz, revoked_by = ${by}::uuid
    where id = ${id}::uuid and revoked_at is null returning person_id`.execute(ctx.tx)
  if (rows[0]) return record(ctx, 'token.revoked', { about: { token_id: id, person_id: rows[0].person_id } })
  const known = await ctx.db.selectFrom('api_tokens').select('id').where('id', '=', id).executeTakeFirst()
  if (!known) refuse('not_found', 'token')
}

/** Ends every token of an account, with the account itself (disableAccount). Records `token.revoked` for each. */
export async function revokeTokensOf(ctx: Writing, person_id: string): Promise<void> {
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } = await sql<{
    id: string
  }>`update api_tokens set revoked_at = ${ctx.now}::timestamptz, revoked_by = ${by}::uuid
    where person_id = ${person_id}::uuid and revoked_at is null returning id`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map(({ id }) => ({ kind: 'token.revoked', about: { token_id: id, person_id } })),
  )
}

/** Remembers that a token was used, to the minute. One statement by the door link; two at once do no harm. */
export async function noteTokenUse(app: App, id: string): Promise<void> {
  await sql`update api_tokens set last_used_at = now()
    where id = ${id}::uuid and (last_used_at is null or last_used_at < now() - interval '1 minute')`.execute(
    through(app, 'link'),
  )
}
