/**
 * The one file that knows the library which speaks OpenID Connect (openid-client). It is loaded with the first sign-in by a provider, and
 * asks only through platform/fetch-outside.ts: each address is checked where the connection goes, redirects are not followed.
 */
import type { ClientAuth, Configuration, CustomFetchOptions } from 'openid-client'
import type { App } from '../platform/app.ts'
import { fetchOutside, NotFetched, type OutsideFault } from '../platform/fetch-outside.ts'
import { isOwnNetworkAddress, isPublicAddress } from '../platform/public-address.ts'
import { hashOf } from '../platform/secrets.ts'

/** What signing in by a provider needs to know of it; the secret in clear, so it stays inside the door sign_in. */
export interface KnownProvider {
  id: string
  name: string
  issuer: string
  client_id: string
  secret: string | null
  on_own_network: boolean
  two_factors: 'never' | 'always' | 'said'
  two_factors_acr: string
}

/** How long what a provider says of itself is believed; its keys are asked for anew once a minute at most (the library sees to that). */
const DISCOVERY_MS = 60 * 60_000
/** So long nobody waits for a provider that has just not answered. */
const AWAY_MS = 10_000
const ANSWER_BYTES_MAX = 512 * 1024
const ANSWER_MS = 10_000
/** OpenID Connect Core, 2: "It MUST NOT exceed 255 ASCII characters in length." */
const SUBJECT_LENGTH_MAX = 255

/** Why somebody did not come in by a provider, for the page and (with the library's own code) for the log. */
export type ProviderFault =
  'address' | 'away' | 'answer' | 'issuer' | 'denied' | 'client' | 'code' | 'token' | 'certificate'

export class ProviderRefusal extends Error {
  readonly fault: ProviderFault
  /** The library's code or Node's, e.g. OAUTH_JWT_CLAIM_COMPARISON_FAILED. Never a token, a claim or an address. */
  readonly code: string
  constructor(fault: ProviderFault, code: string, cause?: unknown) {
    super(`provider: ${fault} (${code})`, { cause })
    this.name = 'ProviderRefusal'
    this.fault = fault
    this.code = code
  }
}

/** Loaded at its first use: 30 ms and 1 MB that most starts never need. */
const library = () => import('openid-client')

interface Kept {
  key: string
  until: number
  configuration: Promise<Configuration>
}
// What providers said of themselves, for as long as the app lives.
const kept = new WeakMap<App, Map<string, Kept>>()

/** What a provider says of itself (discovery), asked for at first use and again after an hour or when its settings change. */
export async function configurationOf(app: App, provider: KnownProvider): Promise<Configuration> {
  let known = kept.get(app)
  if (!known) kept.set(app, (known = new Map()))
  const key = hashOf(JSON.stringify(provider))
  const now = Date.now()
  const before = known.get(provider.id)
  if (before && before.key === key && before.until > now) return before.configuration
  const entry: Kept = { key, until: now + DISCOVERY_MS, configuration: discover(app, provider) }
  known.set(provider.id, entry)
  entry.configuration.catch(() => (entry.until = Date.now() + AWAY_MS))
  return entry.configuration
}

/** The same, asked anew and kept nowhere: for "try it". */
export async function discover(app: App, provider: KnownProvider): Promise<Configuration> {
  const client = await library()
  const issuer = new URL(provider.issuer)
  try {
    return await client.discovery(
      issuer,
      provider.client_id || 'pandu',
      provider.secret === null ? {} : { client_secret: provider.secret },
      await clientAuthOf(provider.secret),
      {
        timeout: ANSWER_MS / 1000,
        [client.customFetch]: askAddressed(app, provider),
        // The library does not look at the signature of a token that came by the token endpoint, because TLS vouches for it. We do.
        execute: [
          client.enableNonRepudiationChecks,
          ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []),
        ],
      },
    )
  } catch (error) {
    throw await understood(error)
  }
}

/** As the provider asks for it: in the header where it takes that (its default), else in the body; nothing for a client without secret. */
async function clientAuthOf(secret: string | null): Promise<ClientAuth> {
  const { ClientSecretBasic, ClientSecretPost, None } = await library()
  if (secret === null) return None()
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)]
  return (server, ...rest) => {
    const ways = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const way = ways.includes('client_secret_basic') || !ways.includes('client_secret_post') ? basic : post
    return way(server, ...rest)
  }
}

/** The library's fetch: platform/fetch-outside.ts, on the issuer's port and that of https. */
function askAddressed(app: App, { issuer, on_own_network }: KnownProvider) {
  const { port, protocol } = new URL(issuer)
  const ports = [443, Number(port || (protocol === 'https:' ? 443 : 80))]
  const isAllowed = on_own_network ? (one: string) => isPublicAddress(one) || isOwnNetworkAddress(one) : isPublicAddress
  return async (address: string, { method, headers, body }: CustomFetchOptions): Promise<Response> => {
    const answer = await fetchOutside(address, {
      method: method === 'POST' ? 'POST' : 'GET',
      headers,
      ...(body === undefined || body === null ? {} : { body: String(body) }),
      size_max: ANSWER_BYTES_MAX,
      time_ms: ANSWER_MS,
      redirects_max: 0,
      any_status: true,
      ports,
      isAllowed,
    })
    app.log.debug({ method, status: answer.status }, 'asked a sign-in provider')
    return new Response(new Uint8Array(answer.bytes), {
      status: answer.status,
      headers: { 'content-type': answer.type },
    })
  }
}

/** One JSON object from an address that a provider named of itself (its keys). */
export async function askOwn(app: App, provider: KnownProvider, address: string): Promise<Record<string, unknown>> {
  try {
    const answer = await askAddressed(app, provider)(address, {
      method: 'GET',
      headers: {},
      body: undefined,
      redirect: 'manual',
    })
    const found: unknown = answer.ok ? await answer.json().catch(() => null) : null
    if (typeof found === 'object' && found !== null) return { ...found }
  } catch (error) {
    throw await understood(error)
  }
  throw new ProviderRefusal('answer', 'no object')
}

export interface Way {
  state: string
  nonce: string
  code_verifier: string
  /** When the browser was sent, in seconds since 1970. */
  begun_at: number
}

/** Where to send a browser, and what it must bring back. `afresh` asks the provider not to be content with a session that it has. */
export async function wayTo(
  app: App,
  provider: KnownProvider,
  { redirect_uri, afresh }: { redirect_uri: string; afresh: boolean },
): Promise<{ address: string; way: Way }> {
  const client = await library()
  const configuration = await configurationOf(app, provider)
  const way: Way = {
    state: client.randomState(),
    nonce: client.randomNonce(),
    code_verifier: client.randomPKCECodeVerifier(),
    begun_at: Math.floor(Date.now() / 1000),
  }
  const address = client.buildAuthorizationUrl(configuration, {
    redirect_uri,
    response_type: 'code',
    // The mail address is asked for only to name the account to its owner when it is linked. It decides nothing.
    scope: 'openid email',
    state: way.state,
    nonce: way.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(way.code_verifier),
    code_challenge_method: 'S256',
    // Whoever sits there can take both out of the address. Then the answer does not say when, or too long ago (OpenID Connect Core, 3.1.2.1).
    ...(afresh ? { prompt: 'login', max_age: '60' } : {}),
    ...(provider.two_factors === 'said' && provider.two_factors_acr ? { acr_values: provider.two_factors_acr } : {}),
  })
  return { address: address.href, way }
}

/** Who somebody is by a provider's word, which was checked: signature, issuer, audience, time, nonce, state. */
export interface Identity {
  issuer: string
  subject: string
  label: string
  /** Whether this provider's word counts as two factors this time. */
  two_factors: boolean
  /** The provider's own name for the session there, when it says one: by it the provider ends it here (sign-out-by-provider.ts). */
  sid: string | null
  /** Whether the provider says that it asked them since this browser was sent, and did not let them through on a session that stood open. */
  afresh: boolean
}

/** Clocks differ. */
const CLOCK_SECONDS = 60

/**
 * Exchanges the code that a browser brought back for the identity. The tokens are looked at here and kept nowhere.
 * @param returned the whole address on our own origin, with its query
 */
export async function identityOf(app: App, provider: KnownProvider, returned: URL, way: Way): Promise<Identity> {
  const client = await library()
  const configuration = await configurationOf(app, provider)
  try {
    const tokens = await client.authorizationCodeGrant(configuration, returned, {
      expectedState: way.state,
      expectedNonce: way.nonce,
      pkceCodeVerifier: way.code_verifier,
      idTokenExpected: true,
    })
    const claims = tokens.claims()
    if (!claims || new URL(claims.iss).href !== new URL(provider.issuer).href)
      throw new ProviderRefusal('token', 'foreign issuer')
    if (claims.sub === '' || claims.sub.length > SUBJECT_LENGTH_MAX) throw new ProviderRefusal('token', 'subject')
    const text = (name: string) => (typeof claims[name] === 'string' ? claims[name].slice(0, 254) : '')
    const amr = Array.isArray(claims['amr']) ? claims['amr'] : []
    const said = amr.includes('mfa') || (provider.two_factors_acr !== '' && claims['acr'] === provider.two_factors_acr)
    const asked_at = claims['auth_time']
    return {
      afresh: typeof asked_at === 'number' && asked_at >= way.begun_at - CLOCK_SECONDS,
      issuer: claims.iss,
      subject: claims.sub,
      sid: text('sid') || null,
      label: text('email') || text('preferred_username') || text('name') || claims.sub.slice(0, 254),
      two_factors: provider.two_factors === 'always' || (provider.two_factors === 'said' && said),
    }
  } catch (error) {
    throw await understood(error)
  }
}

const outsideFaults: Record<OutsideFault, ProviderFault> = {
  address: 'address',
  unreachable: 'away',
  time: 'away',
  size: 'answer',
  type: 'answer',
  redirects: 'answer',
  status: 'answer',
}

/** What went wrong, in our words; a bug of ours is thrown on as it is. */
async function understood(error: unknown): Promise<Error> {
  if (error instanceof ProviderRefusal) return error
  const client = await library()
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof NotFetched) {
      const inner = cause.cause as NodeJS.ErrnoException | undefined
      const code = typeof inner?.code === 'string' ? inner.code : cause.fault
      const unsound = /CERT|SELF_SIGNED|SIGNATURE|ERR_TLS/.test(code)
      return new ProviderRefusal(unsound ? 'certificate' : outsideFaults[cause.fault], code, error)
    }
  }
  if (error instanceof client.AuthorizationResponseError)
    return new ProviderRefusal(error.error === 'access_denied' ? 'denied' : 'client', plain(error.error), error)
  if (error instanceof client.ResponseBodyError)
    return new ProviderRefusal(error.error === 'invalid_grant' ? 'code' : 'client', plain(error.error), error)
  if (!(error instanceof client.ClientError)) return error instanceof Error ? error : new Error(String(error))
  const code = typeof error.code === 'string' ? error.code : 'unknown'
  if (code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED') return new ProviderRefusal('issuer', code, error)
  if (/RESPONSE_IS_NOT|PARSE_ERROR|SERVER_METADATA/.test(code)) return new ProviderRefusal('answer', code, error)
  return new ProviderRefusal('token', code, error)
}

/** A code that a stranger wrote into an address is logged only if it looks like one. */
const plain = (code: string) => (/^[a-z_]{1,60}$/.test(code) ? code : 'unknown')
