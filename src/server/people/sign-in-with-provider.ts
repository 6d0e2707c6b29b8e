import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { enter, type Reading, type Writing } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { countAttempt, countHit, forgiveHits, type Limit } from '../platform/limits.ts'
import { refuse } from '../platform/refusal.ts'
import { bind, unbind, useBound, type BoundCookie } from './browser-bound.ts'
import { openSessionFor, recordRefusedSignIn, type Entry, type Proof } from './open-session-for.ts'
import { identityOf, ProviderRefusal, wayTo, type Identity, type KnownProvider, type Way } from './provider-library.ts'
import { redirectAddress } from './providers.ts'
import type { Visit } from './visit.ts'

/** What somebody goes to a provider for. */
export type Errand =
  /** To sign in, and to go on at `next`; with `replaces`, once more as whoever has that session. */
  | { to: 'sign_in'; next: string; replaces: string | null }
  /** To link an account there with their own. */
  | { to: 'link'; person_id: string }
  /** To accept an invitation with an account there. */
  | { to: 'accept'; token: string }

interface Journey {
  provider_id: string
  way: Way
  errand: Errand
}

/** What a provider said, until its owner has confirmed that it is theirs. */
export interface Unconfirmed {
  provider_id: string
  provider_name: string
  identity: Identity
  errand: Exclude<Errand, { to: 'sign_in' }>
}

const BEGUN_MAX = 300
const RETURNED_MAX = 100
const returnedLimit = (client: string): Limit => ({
  name: 'provider.returned',
  whom: client,
  max: RETURNED_MAX,
  window_seconds: 900,
})

/**
 * The way to a provider: the address to send the browser to, and the cookie without which the way back is closed. Nothing is kept here.
 * Refuses not_found `provider` for one that is off, too_many, unavailable `provider.away` and its like (see below).
 */
export async function goToProvider(
  app: App,
  { provider_id, errand, client }: { provider_id: string; errand: Errand; client: string },
): Promise<{ address: string; cookie: BoundCookie }> {
  const provider = await enter(app, 'sign_in', async (ctx) => {
    await countHit(ctx, { name: 'provider.begun', whom: client, max: BEGUN_MAX, window_seconds: 900 })
    return knownProvider(ctx, provider_id)
  })
  const redirect_uri = redirectAddress(app.settings.PANDU_ORIGIN, provider_id)
  // Whoever proves once more that it is they, and whoever links, must not be let through on a session that stands open at the provider.
  const afresh = errand.to !== 'sign_in' || errand.replaces !== null
  const { address, way } = await wayTo(app, provider, { redirect_uri, afresh }).catch((thrown: unknown) =>
    refuseFor(app, provider, thrown),
  )
  const journey: Journey = { provider_id, way, errand }
  return { address, cookie: bind(app, 'provider', journey) }
}

export type Returned =
  | { done: 'entered'; entry: Entry; next: string; forget: BoundCookie }
  | { done: 'to_confirm'; cookie: BoundCookie; forget: BoundCookie }

/**
 * The way back. Counts once, in the browser that went; then the provider's word is checked (provider-library.ts) and leads to whoever has
 * linked exactly this account (issuer and subject; a mail address decides nothing). Opens its own transactions.
 * Refuses unauthenticated `provider.lost` (another browser, too late, a second time), `provider.token` and its like, `provider.not_afresh`
 * where somebody shall prove once more that it is they and the provider does not say that it asked them; forbidden
 * `provider.unknown` for an account that nobody has linked. Records `account.signed_in` or `account.sign_in_refused`.
 * @param search the query with which the browser came
 */
export async function returnFromProvider(
  app: App,
  input: { provider_id: string; search: string; cookie: string | undefined; visit: Visit },
): Promise<Returned> {
  const { provider_id, visit } = input
  const { attempt, journey, provider } = await enter(app, 'sign_in', async (ctx) => ({
    attempt: await countAttempt(ctx, [returnedLimit(visit.client)]),
    journey: await useBound<Journey>(ctx, 'provider', input.cookie),
    provider: await knownProvider(ctx, provider_id),
  }))
  if (journey?.provider_id !== provider_id) return refuse('unauthenticated', 'provider.lost')
  const returned = new URL(redirectAddress(app.settings.PANDU_ORIGIN, provider_id) + input.search)
  const identity = await identityOf(app, provider, returned, journey.way).catch(async (thrown: unknown) => {
    if (thrown instanceof ProviderRefusal)
      await enter(app, 'sign_in', (ctx) =>
        recordRefusedSignIn(ctx, { person_id: null, method: 'provider', client: visit.client }),
      )
    return refuseFor(app, provider, thrown)
  })
  const forget = unbind(app, 'provider')
  const { errand } = journey
  if (errand.to !== 'sign_in') {
    const unconfirmed: Unconfirmed = { provider_id, provider_name: provider.name, identity, errand }
    return { done: 'to_confirm', cookie: bind(app, 'confirm', unconfirmed), forget }
  }
  if (errand.replaces !== null && !identity.afresh) return refuse('unauthenticated', 'provider.not_afresh')
  const entry = await enter(app, 'sign_in', async (ctx) => {
    const person_id = await linkedPerson(ctx, identity)
    const opened =
      person_id &&
      (await openSessionFor(ctx, {
        person_id,
        proofs: proofsOf(identity),
        visit,
        replaces: errand.replaces,
        provider: identity,
      }))
    if (opened) await forgiveHits(ctx, attempt)
    else await recordRefusedSignIn(ctx, { person_id, method: 'provider', client: visit.client })
    return opened
  })
  return { done: 'entered', entry: entry || refuse('forbidden', 'provider.unknown'), next: errand.next, forget }
}

export const proofsOf = ({ two_factors, afresh }: Identity): Proof[] => [
  'provider',
  ...(afresh ? (['provider_afresh'] as const) : []),
  ...(two_factors ? (['provider_factor'] as const) : []),
]

/** Whose account this is; notes that it was used. */
async function linkedPerson(ctx: Writing, { issuer, subject }: Identity): Promise<string | null> {
  const { rows } = await sql<{ person_id: string }>`update provider_links set used_at = ${ctx.now}::timestamptz
    where issuer = ${issuer} and subject = ${subject} returning person_id`.execute(ctx.tx)
  return rows[0]?.person_id ?? null
}

/** A provider that is on, with its secret. Door sign_in. Refuses not_found `provider`. */
async function knownProvider(ctx: Reading, provider_id: string): Promise<KnownProvider> {
  return (await readProvider(ctx, provider_id, 'on')) ?? refuse('not_found', 'provider')
}

/** One with its secret, also while it is off. Door sign_in. */
export async function readProvider(ctx: Reading, id: string, which: 'on' | 'any'): Promise<KnownProvider | null> {
  if (!isId(id)) return null
  const { rows } = await sql<Omit<KnownProvider, 'secret'> & { sealed_secret: string | null }>`
    select id, name, issuer, client_id, sealed_secret, on_own_network, two_factors, two_factors_acr from sign_in_providers
    where id = ${id}::uuid and (${which} = 'any' or enabled_at is not null)`.execute(ctx.db)
  const row = rows[0]
  if (!row) return null
  const { sealed_secret, ...provider } = row
  // Null after PANDU_SECRET was lost, too: the provider then refuses the client, and "try it" says so.
  return { ...provider, secret: sealed_secret && ctx.app.secrets.unseal('provider_secret', sealed_secret, id) }
}

/** What of a provider's faults its visitor hears, and the log: which provider and the library's code, never a token or a name. */
function refuseFor(app: App, provider: KnownProvider, thrown: unknown): never {
  if (!(thrown instanceof ProviderRefusal)) throw thrown
  app.log.warn({ provider_id: provider.id, fault: thrown.fault, code: thrown.code }, 'a sign-in provider let nobody in')
  if (thrown.fault === 'denied') refuse('forbidden', 'provider.denied')
  if (thrown.fault === 'code') refuse('unauthenticated', 'provider.lost')
  if (thrown.fault === 'token') refuse('unauthenticated', 'provider.token')
  if (thrown.fault === 'away') refuse('unavailable', 'provider.away')
  refuse('unavailable', 'provider.faulty')
}
