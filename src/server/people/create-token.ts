import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { hashOf, randomToken } from '../platform/secrets.ts'
import { cleanName, foldName } from './fold-name.ts'
import { mustAdministerAfresh } from './may.ts'
import { normaliseAddress } from './normalise-address.ts'
import { readInput } from './read-input.ts'

/** What a program may be allowed to do. Also named before its endpoints exist, so that a token made today serves tomorrow. */
export const scopes = [
  'tickets:read',
  'tickets:write',
  'referrals:read',
  'referrals:write',
  'intake:read',
  'outbox:read',
  'directory:read',
  'articles:read',
  'phone:write',
  'metrics',
] as const
export type Scope = (typeof scopes)[number]

/** Without a word about scopes a token reads and changes nothing. */
const readingScopes = scopes.filter((scope) => scope.endsWith(':read'))

export const CreateToken = z.strictObject({
  /** The mail address of an account; default: of whoever makes it, and on the command line the service account `cli`. */
  account: z.string().max(320).optional(),
  /** What it is for, in the words of whoever makes it. */
  name: z.string().transform(cleanName).pipe(z.string().min(1, 'fault.required').max(200, 'fault.too_long')).optional(),
  /** It sees the requests of this desk only, of those that its account sees. The caller knows that there is such a desk. */
  desk_id: z.uuid().nullable().default(null),
  /** `all` = every scope, acting as administrator. */
  scopes: z.union([z.literal('all'), z.array(z.enum(scopes)).min(1)]).default(readingScopes),
  days: z.int().min(1).max(3650).default(90),
  /** How many requests a minute it may make; default: 60,000. */
  per_minute: z.int().min(1).max(1_000_000).default(60_000),
})
export type CreateToken = z.input<typeof CreateToken>

export interface CreatedToken {
  id: string
  /** Shown this once; only its hash is kept. */
  token: string
  /** The account's address, or `cli`. */
  account: string
  scopes: Scope[]
  expires_at: Date
}

/** Programs that look for leaked secrets know a token by this beginning. */
const TOKEN_PREFIX = 'pandu_'
/** Anything else cannot be one of ours, so nobody is asked. */
export const isTokenShaped = (text: string): boolean => /^pandu_[a-z2-7]{32}$/.test(text)

/**
 * Makes a key for a program that acts for an account and sees what that account sees. Administrators and the command line only
 * (forbidden), who signed in recently; refuses not_found `account` for an address that nobody signs in with. Records `token.created`.
 */
export async function createToken(ctx: Writing, input: CreateToken): Promise<CreatedToken> {
  mustAdministerAfresh(ctx)
  const wanted = readInput(CreateToken, input)
  const own = ctx.actor.kind === 'staff' ? ctx.actor.person_id : await findOrMakeServiceAccount(ctx, 'cli')
  const person_id = wanted.account === undefined ? own : await findAccount(ctx, wanted.account)
  if (wanted.scopes === 'all' && wanted.desk_id)
    refuse('invalid', 'token', [{ path: 'desk_id', key: 'settings.token_fault_all' }])
  const as_administrator = wanted.scopes === 'all'
  const granted = wanted.scopes === 'all' ? [...scopes] : scopes.filter((scope) => wanted.scopes.includes(scope))
  const id = newId()
  const token = TOKEN_PREFIX + randomToken()
  const { rows } = await sql<{ expires_at: Date }>`insert into api_tokens
      (id, person_id, name, desk_id, token_hash, scopes, as_administrator, created_at, created_by, expires_at, per_minute_max)
    values (${id}::uuid, ${person_id}::uuid, ${wanted.name ?? null}, ${wanted.desk_id}::uuid, ${hashOf(token)}, ${granted}::text[], ${as_administrator}::boolean, ${ctx.now}::timestamptz,
      ${'person_id' in ctx.actor ? ctx.actor.person_id : null}::uuid,
      ${ctx.now}::timestamptz + make_interval(days => ${wanted.days}::int), ${wanted.per_minute}::int) returning expires_at`.execute(
    ctx.tx,
  )
  await record(ctx, 'token.created', { about: { token_id: id, person_id, as_administrator } })
  return { id, token, account: wanted.account ?? 'cli', scopes: granted, expires_at: rows[0]!.expires_at }
}

async function findAccount(ctx: Writing, email: string): Promise<string> {
  const { rows } = await sql<{ person_id: string }>`select a.person_id from accounts a
    join contact_points c on c.person_id = a.person_id and c.channel = 'email'
    where c.normalised = ${normaliseAddress('email', email)?.normalised ?? ''} and a.disabled_at is null
    order by c.verified_at nulls last, a.created_at, a.person_id limit 1`.execute(ctx.db)
  return rows[0]?.person_id ?? refuse('not_found', 'account')
}

/** The person of a service account; two who make it at once make one. */
async function findOrMakeServiceAccount(ctx: Writing, name: 'cli'): Promise<string> {
  await sql`select pg_advisory_xact_lock(hashtextextended('service account', 0))`.execute(ctx.tx)
  const known = await ctx.db
    .selectFrom('service_accounts')
    .select('person_id')
    .where('name', '=', name)
    .executeTakeFirst()
  if (known) return known.person_id
  const person_id = newId()
  const shown = cleanName(`Pandu ${name}`)
  await sql`with person as (
      insert into people (id, name, folded_name, created_at) values (${person_id}::uuid, ${shown}, ${foldName(shown)}, ${ctx.now}::timestamptz)
      returning id)
    insert into service_accounts (name, person_id, created_at) select ${name}, id, ${ctx.now}::timestamptz from person`.execute(
    ctx.tx,
  )
  return person_id
}
