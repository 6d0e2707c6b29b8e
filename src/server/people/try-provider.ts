import type { App } from '../platform/app.ts'
import { enter, type StaffActor } from '../platform/context.ts'
import { countHit } from '../platform/limits.ts'
import { refuse } from '../platform/refusal.ts'
import { mustAdminister } from './may.ts'
import { askOwn, discover, ProviderRefusal, type ProviderFault } from './provider-library.ts'
import { redirectAddress } from './providers.ts'
import { readProvider } from './sign-in-with-provider.ts'

/** What "try it" found. `fault` null: everything that can be tried without a person answers. */
export interface Tried {
  fault: ProviderFault | 'keys' | 'no_client_id' | null
  /** For whoever looks it up: the library's or the network's own code. */
  code: string
  /** Whether it names itself in its answers (RFC 9207), which closes the mix-up of providers from its side too. */
  names_itself: boolean
}

const TRIES_MAX = 60

/**
 * Asks a provider, also one that is still off: what it says of itself, its keys, and whether it knows our client (with a made-up code, which
 * a provider refuses in another way than a wrong client). Administrators only; refuses not_found `provider`, too_many.
 */
export async function tryProvider(app: App, actor: StaffActor, { id }: { id: string }): Promise<Tried> {
  mustAdminister(actor)
  const provider = await enter(app, 'sign_in', async (ctx) => {
    await countHit(ctx, { name: 'provider.tried', whom: actor.person_id, max: TRIES_MAX, window_seconds: 900 })
    return (await readProvider(ctx, id, 'any')) ?? refuse('not_found', 'provider')
  })
  let names_itself = false
  try {
    const configuration = await discover(app, provider)
    const server = configuration.serverMetadata()
    names_itself = server.authorization_response_iss_parameter_supported === true
    const keys = await askOwn(app, provider, server.jwks_uri ?? '')
    if (!Array.isArray(keys['keys']) || keys['keys'].length === 0) return { fault: 'keys', code: 'none', names_itself }
    if (provider.client_id === '') return { fault: 'no_client_id', code: '', names_itself }
    await tryClient(app, provider.id, configuration)
    return { fault: null, code: '', names_itself }
  } catch (thrown) {
    if (!(thrown instanceof ProviderRefusal)) throw thrown
    return { fault: thrown.fault, code: thrown.code, names_itself }
  }
}

async function tryClient(app: App, provider_id: string, configuration: Awaited<ReturnType<typeof discover>>) {
  const { genericGrantRequest, ResponseBodyError, randomPKCECodeVerifier, randomState } = await import('openid-client')
  try {
    await genericGrantRequest(configuration, 'authorization_code', {
      code: randomState(),
      redirect_uri: redirectAddress(app.settings.PANDU_ORIGIN, provider_id),
      code_verifier: randomPKCECodeVerifier(),
    })
  } catch (thrown) {
    if (!(thrown instanceof ResponseBodyError)) throw new ProviderRefusal('client', 'unknown', thrown)
    // The made-up code is wrong: so the client was right.
    if (thrown.error !== 'invalid_grant' && thrown.error !== 'invalid_request')
      throw new ProviderRefusal('client', 'invalid_client', thrown)
  }
}
