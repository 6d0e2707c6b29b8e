import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { mustAdminister, mustAdministerAfresh } from './may.ts'
import { readInput } from './read-input.ts'

/** Whether a provider's word counts as two factors: never, always, or when its token says so. */
export const twoFactors = ['never', 'always', 'said'] as const

export interface ProviderRow {
  id: string
  name: string
  issuer: string
  client_id: string
  /** Null when no secret is kept. The secret itself is never read by a page. */
  secret_set_at: Date | null
  on_own_network: boolean
  two_factors: (typeof twoFactors)[number]
  two_factors_acr: string
  created_at: Date
  enabled_at: Date | null
}

const PROVIDERS_MAX = 20
const isLoopback = ({ hostname }: URL) => hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'

/** OpenID Connect asks for https; plain http is taken only for a provider on this very machine, where nobody can listen. */
function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.username || url.password || url.search || url.hash || text.includes('/.well-known/')) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}

const Name = z.string().trim().min(1, 'fault.required').max(60, 'fault.too_long')

export const AddProvider = z.object({
  name: Name,
  issuer: z.string().trim().min(1, 'fault.required').max(300, 'fault.too_long').refine(isIssuer, 'fault.issuer'),
})
export type AddProvider = z.input<typeof AddProvider>

export const ChangeProvider = z.object({
  id: z.uuid(),
  name: Name,
  client_id: z.string().trim().max(300, 'fault.too_long'),
  /** Empty keeps the one that is there. */
  secret: z.string().trim().max(1000, 'fault.too_long').default(''),
  remove_secret: z.boolean().default(false),
  on_own_network: z.boolean().default(false),
  two_factors: z.enum(twoFactors),
  two_factors_acr: z.string().trim().max(200, 'fault.too_long').default(''),
})
export type ChangeProvider = z.input<typeof ChangeProvider>

/** All of them for an administrator, for everybody else those that are on; by name, at most 20. */
export async function listProviders(ctx: Reading): Promise<ProviderRow[]> {
  const { rows } =
    await sql<ProviderRow>`select id, name, issuer, client_id, secret_set_at, on_own_network, two_factors, two_factors_acr,
      created_at, enabled_at
    from sign_in_providers order by lower(name), id limit ${PROVIDERS_MAX}::int`.execute(ctx.db)
  return rows
}

/** What the way in offers. Nothing but the names. */
export async function offeredProviders(ctx: Reading): Promise<{ id: string; name: string }[]> {
  const { rows } = await sql<{ id: string; name: string }>`select id, name from sign_in_providers
    where enabled_at is not null order by lower(name), id limit ${PROVIDERS_MAX}::int`.execute(ctx.db)
  return rows
}

/** One of them; refuses not_found `provider`. Administrators only. */
export async function seeProvider(ctx: Reading, id: string): Promise<ProviderRow> {
  mustAdminister(ctx.actor)
  return (await listProviders(ctx)).find((one) => one.id === id) ?? refuse('not_found', 'provider')
}

/**
 * Writes a provider down, still off: its redirect address is known from now on and can be registered there. Administrators who signed in
 * recently; refuses conflict `provider.taken` for an issuer that is there already, `provider.too_many`. Records `provider.added`.
 */
export async function addProvider(ctx: Writing, input: AddProvider): Promise<{ id: string }> {
  mustAdministerAfresh(ctx)
  const { name, issuer } = readInput(AddProvider, input)
  const id = newId()
  const { rows } = await sql<{ id: string }>`insert into sign_in_providers (id, name, issuer, client_id, created_at)
    select ${id}::uuid, ${name}, ${issuer}, '', ${ctx.now}::timestamptz
    where (select count(*) from sign_in_providers) < ${PROVIDERS_MAX}::int
      and not exists (select from sign_in_providers where issuer = ${issuer}) returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'provider.taken', [{ path: 'issuer', key: 'fault.issuer_taken' }])
  await record(ctx, 'provider.added', { about: { provider_id: id } })
  return { id }
}

/**
 * Changes everything but the issuer, by which accounts are linked. Administrators who signed in recently; refuses not_found, invalid with
 * faults. Records `provider.changed`.
 */
export async function changeProvider(ctx: Writing, input: ChangeProvider): Promise<void> {
  mustAdministerAfresh(ctx)
  const given = readInput(ChangeProvider, input)
  if (given.two_factors !== 'said' && given.two_factors_acr !== '') given.two_factors_acr = ''
  const sealed = given.secret === '' ? null : ctx.app.secrets.seal('provider_secret', given.secret, given.id)
  const { rows } = await sql`update sign_in_providers set name = ${given.name}, client_id = ${given.client_id},
      on_own_network = ${given.on_own_network}::boolean, two_factors = ${given.two_factors}, two_factors_acr = ${given.two_factors_acr},
      enabled_at = case when ${given.client_id} = '' then null else enabled_at end
    where id = ${given.id}::uuid returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('not_found', 'provider')
  if (sealed !== null || given.remove_secret)
    await sql`update sign_in_providers set sealed_secret = ${sealed},
        secret_set_at = case when ${sealed}::text is null then null else ${ctx.now}::timestamptz end
      where id = ${given.id}::uuid`.execute(ctx.tx)
  await record(ctx, 'provider.changed', { about: { provider_id: given.id } })
}

/**
 * Offers a provider at the way in, or no longer. Sessions begun by it go on. Administrators who signed in recently; refuses conflict
 * `provider.incomplete` without a client id. Records `provider.changed`.
 */
export async function turnProvider(ctx: Writing, { id, on }: { id: string; on: boolean }): Promise<void> {
  mustAdministerAfresh(ctx)
  const { client_id } = await seeProvider(ctx, id)
  if (on && client_id === '') refuse('conflict', 'provider.incomplete')
  await sql`update sign_in_providers set enabled_at = case when ${on}::boolean then coalesce(enabled_at, ${ctx.now}::timestamptz) end
    where id = ${id}::uuid`.execute(ctx.tx)
  await record(ctx, 'provider.changed', { about: { provider_id: id, on } })
}

/**
 * Removes a provider. Links to its accounts stay, so that they work again when the same issuer is added again; nobody signs in by them
 * meanwhile. Administrators who signed in recently. Records `provider.removed`.
 */
export async function removeProvider(ctx: Writing, { id }: { id: string }): Promise<void> {
  mustAdministerAfresh(ctx)
  const { rows } = await sql`delete from sign_in_providers where id = ${id}::uuid returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('not_found', 'provider')
  await record(ctx, 'provider.removed', { about: { provider_id: id } })
}

/** The address at which a provider says that somebody signed out there (src/edge/provider-logout.ts). */
export const logoutAddress = (origin: string, provider_id: string): string =>
  `${origin}/sign-in/with/${provider_id}/signed-out`

/** The address to which a provider sends people back: to be registered there, letter for letter. */
export const redirectAddress = (origin: string, provider_id: string): string =>
  `${origin}/sign-in/with/${provider_id}/callback`
