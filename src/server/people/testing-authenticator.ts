/** For tests only: an authenticator (WebAuthn) in software, honest or not. Not exported by index.ts. */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface Lies {
  origin?: string
  site?: string
  challenge?: string
  user_verified?: boolean
  counter?: number
  userHandle?: string
}

/** One passkey. It makes itself known by `made` and proves itself by `proof`, both as the page's script would send them. */
export function aPasskey(origin: string, { counts = true }: { counts?: boolean } = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(32)
  let counter = 0
  const jwk = publicKey.export({ format: 'jwk' })
  const coordinate = (name: 'x' | 'y') => Buffer.from(jwk[name]!, 'base64url')
  const cose = map([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, coordinate('x')],
    [-3, coordinate('y')],
  ])
  const site = new URL(origin).hostname
  const clientData = (type: string, challenge: string, lies: Lies) =>
    Buffer.from(
      JSON.stringify({
        type,
        challenge: lies.challenge ?? challenge,
        origin: lies.origin ?? origin,
        crossOrigin: false,
      }),
    )
  const authenticatorData = (flags: number, lies: Lies) => {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(lies.counter ?? (counts ? ++counter : 0))
    const verified = lies.user_verified === false ? 0 : 0x04
    return Buffer.concat([sha256(Buffer.from(lies.site ?? site)), Buffer.from([flags | 0x01 | verified]), count])
  }
  const base = { id: id.toString('base64url'), rawId: id.toString('base64url'), type: 'public-key' }
  return {
    made(challenge: string, lies: Lies = {}): string {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(id.length)
      const authData = Buffer.concat([authenticatorData(0x40, lies), Buffer.alloc(16), length, id, cose])
      const attestation = map([
        ['fmt', 'none'],
        ['attStmt', {}],
        ['authData', authData],
      ])
      const response = {
        clientDataJSON: clientData('webauthn.create', challenge, lies).toString('base64url'),
        attestationObject: attestation.toString('base64url'),
        transports: ['internal', 'sihir'],
      }
      return JSON.stringify({ ...base, response, clientExtensionResults: {} })
    },
    proof(challenge: string, lies: Lies = {}): string {
      const client = clientData('webauthn.get', challenge, lies)
      const data = authenticatorData(0, lies)
      const signature = sign('sha256', Buffer.concat([data, sha256(client)]), privateKey)
      const response = {
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: signature.toString('base64url'),
        ...(lies.userHandle === undefined ? {} : { userHandle: lies.userHandle }),
      }
      return JSON.stringify({ ...base, response, clientExtensionResults: {} })
    },
  }
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest()

/** As much CBOR (RFC 8949) as an authenticator speaks. */
type Value = number | string | Buffer | Record<string, never>
const map = (pairs: readonly (readonly [Value, Value])[]): Buffer =>
  Buffer.concat([head(5, pairs.length), ...pairs.flat().map(encode)])

function encode(value: Value): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  return Buffer.isBuffer(value) ? Buffer.concat([head(2, value.length), value]) : head(5, 0)
}

function head(kind: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(kind << 5) | length])
  return length < 256
    ? Buffer.from([(kind << 5) | 24, length])
    : Buffer.from([(kind << 5) | 25, length >> 8, length & 255])
}
