/**
 * Whether a provider really says that somebody signed out there (OpenID Connect Back-Channel Logout 1.0, 2.4 to 2.6). openid-client knows
 * no logout tokens; a token is a signed JWT, and Node checks its signature with the provider's own keys.
 */
import { constants, createPublicKey, verify, type JsonWebKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import { askOwn, configurationOf, ProviderRefusal, type KnownProvider } from './provider-library.ts'

/** What the provider says, checked. At least one of `subject` and `sid` is there. */
export interface LogoutSaid {
  subject: string | null
  /** The provider's name for the session, as its id tokens have it. */
  sid: string | null
  /** Its own id: said once. */
  jti: string
}

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
/** Clocks differ. */
const CLOCK_SECONDS = 60
/** A provider says it at once; 2.4 recommends that a token lives two minutes at most. */
const AGE_SECONDS_MAX = 600
/** Keys that are not known are asked for, but not more often, however many forged tokens name one. */
const KEYS_AGAIN_MS = 60_000

const text = z.string().min(1).max(255)
const Header = z.object({ alg: z.string(), kid: z.string().max(300).optional(), typ: z.string().optional() })
const Claims = z.object({
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string()).max(100)]),
  iat: z.number(),
  exp: z.number().optional(),
  jti: text,
  events: z.looseObject({ [EVENT]: z.looseObject({}) }),
  sub: text.optional(),
  sid: text.optional(),
  // 2.4: "A nonce Claim MUST NOT be present", so that an id token is never taken for this.
  nonce: z.never().optional(),
})

/** The ways to sign with a key that only the provider has. `none` and those by a shared secret are not among them. */
const ways: Record<string, { hash: string | null; kty: string; options: object }> = {
  RS256: { hash: 'sha256', kty: 'rsa', options: {} },
  PS256: { hash: 'sha256', kty: 'rsa', options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } },
  ES256: { hash: 'sha256', kty: 'ec', options: { dsaEncoding: 'ieee-p1363' } },
  EdDSA: { hash: null, kty: 'ed25519', options: {} },
}

/** Checks a logout token; throws ProviderRefusal `token` with what is wrong with it, or what asking for the provider's keys throws. */
export async function readLogoutToken(
  app: App,
  provider: KnownProvider,
  token: string,
  now: Date,
): Promise<LogoutSaid> {
  const parts = token.split('.')
  const [header, claims] = parts.slice(0, 2).map(partOf)
  const head = Header.safeParse(header)
  if (parts.length !== 3 || !head.success) throw wrong('shape')
  const { alg, kid, typ } = head.data
  if (typ !== undefined && !/^(application\/)?(logout\+jwt|jwt)$/i.test(typ)) throw wrong('typ')
  if (!(alg in ways)) throw wrong('alg')
  if (!(await isSigned(app, provider, { parts, alg, kid }))) throw wrong('signature')
  const said = Claims.safeParse(claims)
  if (!said.success) throw wrong(`claim ${said.error.issues[0]?.path.map(String).join('.') ?? ''}`)
  const { iss, aud, iat, exp, jti, sub = null, sid = null } = said.data
  if (iss !== provider.issuer && new URL(provider.issuer).href !== safeHref(iss)) throw wrong('iss')
  if (![aud].flat().includes(provider.client_id)) throw wrong('aud')
  const seconds = now.getTime() / 1000
  if (iat > seconds + CLOCK_SECONDS || iat < seconds - AGE_SECONDS_MAX) throw wrong('iat')
  if (exp !== undefined && exp < seconds - CLOCK_SECONDS) throw wrong('exp')
  if (sub === null && sid === null) throw wrong('sub')
  return { subject: sub, sid, jti }
}

const wrong = (what: string) => new ProviderRefusal('token', `logout ${what}`)
const safeHref = (address: string) => (URL.canParse(address) ? new URL(address).href : '')

function partOf(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}

type Signed = { parts: string[]; alg: string; kid: string | undefined }

async function isSigned(app: App, provider: KnownProvider, signed: Signed): Promise<boolean> {
  const known = await keysOf(app, provider, 'known')
  if (fits(known, signed)) return true
  // Turned since: asked for once more, once a minute at most.
  return fits(await keysOf(app, provider, 'again'), signed)
}

function fits(keys: readonly Key[], { parts: [header = '', claims = '', seal = ''], alg, kid }: Signed): boolean {
  const { hash, kty, options } = ways[alg]!
  const text = Buffer.from(`${header}.${claims}`)
  return keys
    .filter((one) => one.key.asymmetricKeyType === kty && (kid === undefined || one.kid === kid))
    .some(({ key }) => verify(hash, text, { key, ...options }, Buffer.from(seal, 'base64url')))
}

interface Key {
  kid: string | undefined
  key: KeyObject
}
interface Kept {
  issuer: string
  asked_at: number
  keys: Promise<Key[]>
}
// The keys that providers showed, for as long as the app lives.
const kept = new WeakMap<App, Map<string, Kept>>()

function keysOf(app: App, provider: KnownProvider, which: 'known' | 'again'): Promise<Key[]> {
  let known = kept.get(app)
  if (!known) kept.set(app, (known = new Map()))
  const before = known.get(provider.id)
  const now = Date.now()
  if (before?.issuer === provider.issuer && (which === 'known' || now - before.asked_at < KEYS_AGAIN_MS))
    return before.keys
  const entry: Kept = { issuer: provider.issuer, asked_at: now, keys: askKeys(app, provider) }
  known.set(provider.id, entry)
  // Who was away is asked again with the next token.
  entry.keys.catch(() => known.delete(provider.id))
  return entry.keys
}

async function askKeys(app: App, provider: KnownProvider): Promise<Key[]> {
  const { jwks_uri } = (await configurationOf(app, provider)).serverMetadata()
  if (jwks_uri === undefined) throw new ProviderRefusal('answer', 'no keys')
  const { keys } = await askOwn(app, provider, jwks_uri)
  return (Array.isArray(keys) ? keys : []).slice(0, 50).flatMap((jwk: JsonWebKey & { kid?: string; use?: string }) => {
    if (jwk.use !== undefined && jwk.use !== 'sig') return []
    try {
      return [{ kid: jwk.kid, key: createPublicKey({ key: jwk, format: 'jwk' }) }]
    } catch {
      // A kind of key that Node does not know signs nothing for us.
      return []
    }
  })
}
