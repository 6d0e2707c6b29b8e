/**
 * The one file that knows the library which checks passkeys (WebAuthn): @simplewebauthn/server, loaded with the first answer. What is asked
 * of a browser needs no library. Address and name of this site come from PANDU_ORIGIN only, never from a request.
 */
import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import { BOUND_SECONDS } from './browser-bound.ts'

/** Browsers offer passkeys over https, and on this machine; never for a bare address. */
export function passkeysPossible(app: Pick<App, 'settings'>): boolean {
  const { protocol, hostname } = new URL(app.settings.PANDU_ORIGIN)
  const is_name = isIP(hostname) === 0 && !hostname.startsWith('[')
  return is_name && (protocol === 'https:' || hostname === 'localhost' || hostname.endsWith('.localhost'))
}

const siteOf = (app: Pick<App, 'settings'>) => new URL(app.settings.PANDU_ORIGIN).hostname
const TIMEOUT_MS = BOUND_SECONDS.passkey * 1000
/** EdDSA, ES256, RS256 (COSE): what authenticators make today, the shortest first. */
const ALGORITHMS = [-8, -7, -257]

export const newChallenge = (): string => randomBytes(32).toString('base64url')

/** How a person is called inside their passkeys: by nothing that says who they are. */
export const handleOf = (person_id: string): string =>
  Buffer.from(person_id.replaceAll('-', ''), 'hex').toString('base64url')

interface Known {
  credential_id: string
  transports: string[]
}
const named = (known: readonly Known[]) =>
  known.map(({ credential_id, transports }) => ({ id: credential_id, type: 'public-key', transports }))

/** What to ask a browser for a new passkey, as JSON (WebAuthn Level 3: PublicKeyCredentialCreationOptionsJSON). */
export const askForNew = (
  app: App,
  asked: { challenge: string; person_id: string; email: string; name: string; known: readonly Known[] },
) => ({
  challenge: asked.challenge,
  rp: { id: siteOf(app), name: siteOf(app) },
  user: { id: handleOf(asked.person_id), name: asked.email, displayName: asked.name },
  pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
  timeout: TIMEOUT_MS,
  excludeCredentials: named(asked.known),
  // Old keys can hold none by themselves; they serve as a second step.
  authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
  attestation: 'none',
})

/** What to ask a browser that shall prove one: any of this site's (nobody is named), or one of these. */
export const askForProof = (app: App, asked: { challenge: string; known?: readonly Known[] }) => ({
  challenge: asked.challenge,
  rpId: siteOf(app),
  timeout: TIMEOUT_MS,
  userVerification: 'preferred',
  allowCredentials: named(asked.known ?? []),
})

const Base64url = z.string().regex(/^[\w-]*$/)
const Id = Base64url.min(1).max(1400)
const transports = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const
type Transport = (typeof transports)[number]

const Made = z.object({
  id: Id,
  rawId: Id,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: Base64url.max(8000),
    attestationObject: Base64url.max(40_000),
    transports: z.array(z.string().max(40)).max(10).optional(),
  }),
})
const Proved = z.object({
  id: Id,
  rawId: Id,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: Base64url.max(8000),
    authenticatorData: Base64url.max(8000),
    signature: Base64url.max(8000),
    userHandle: Base64url.max(200).nullish(),
  }),
})
export type Proved = z.infer<typeof Proved>

/** What a browser's script sent, when it has the shape of a proof; else null. */
export const readProof = (text: string): Proved | null => parsed(Proved, text)

function parsed<Answer>(schema: z.ZodType<Answer>, text: string): Answer | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null // no JSON
  }
}

export interface NewPasskey {
  credential_id: string
  public_key: Buffer
  counter: number
  transports: Transport[]
  synced: boolean
}

/** The passkey that a browser made for this challenge, on this site; null for whatever does not pass. */
export async function checkNew(app: App, text: string, challenge: string): Promise<NewPasskey | null> {
  const made = parsed(Made, text)
  if (!made) return null
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const checked = await verifyRegistrationResponse({
    response: {
      ...made,
      response: { clientDataJSON: made.response.clientDataJSON, attestationObject: made.response.attestationObject },
      clientExtensionResults: {},
    },
    expectedChallenge: challenge,
    expectedOrigin: app.settings.PANDU_ORIGIN,
    expectedRPID: siteOf(app),
    requireUserVerification: false,
    supportedAlgorithmIDs: ALGORITHMS,
  }).catch(notPassed(app))
  if (!checked?.verified) return null
  const { credential, credentialDeviceType } = checked.registrationInfo
  return {
    credential_id: credential.id,
    public_key: Buffer.from(credential.publicKey),
    counter: credential.counter,
    transports: transports.filter((one) => made.response.transports?.includes(one)),
    synced: credentialDeviceType === 'multiDevice',
  }
}

/** Whether this proof was made now, by this passkey, on this site. The count is answered, not judged. */
export async function checkProof(
  app: App,
  proved: Proved,
  challenge: string,
  passkey: { credential_id: string; public_key: Buffer },
): Promise<{ counter: number; user_verified: boolean } | null> {
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const { userHandle, ...response } = proved.response
  const checked = await verifyAuthenticationResponse({
    response: {
      ...proved,
      response: userHandle ? { ...response, userHandle } : response,
      clientExtensionResults: {},
    },
    expectedChallenge: challenge,
    expectedOrigin: app.settings.PANDU_ORIGIN,
    expectedRPID: siteOf(app),
    // 0: the library would throw where the count went backwards; that is judged with the row locked (passkeys.ts).
    credential: { id: passkey.credential_id, publicKey: new Uint8Array(passkey.public_key), counter: 0 },
    requireUserVerification: false,
  }).catch(notPassed(app))
  if (!checked?.verified) return null
  return { counter: checked.authenticationInfo.newCounter, user_verified: checked.authenticationInfo.userVerified }
}

/**
 * The library says by plain errors what does not pass; a fault of the program has another name. Told in the log without what was quoted,
 * so that a fault of the installation (every passkey refused) is found.
 */
const notPassed =
  (app: App) =>
  (error: unknown): null => {
    if (!(error instanceof Error) || error instanceof TypeError || error instanceof ReferenceError) throw error
    app.log.warn({ reason: error.message.replaceAll(/"[^"]*"/g, '…').slice(0, 120) }, 'a passkey did not pass')
    return null
  }
