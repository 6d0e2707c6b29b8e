import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '../../settings.ts'

/** What a signature is for. A token signed for one purpose is worthless for another. */
export type Purpose =
  | 'reply_address'
  | 'message_id'
  | 'form'
  | 'session'
  | 'rate_limit'
  | 'file'
  | 'erasure'
  | 'totp'
  | 'provider_secret'
  | 'sign_in_way'
  | 'application'
  | 'text_report'
  | 'pause_code'
  | 'paid_contact_code'
  | 'agreement_code'
  | 'agreement_terms_code'
  | 'data_code'

/**
 * The root of all signatures: `PANDU_SECRET`, or a file made at the first start (mode 600).
 * Every purpose gets its own key (HKDF, RFC 5869), so that leaking one use does not endanger another.
 */
export function openSecrets(settings: Pick<Settings, 'PANDU_SECRET' | 'PANDU_DATA'>): Secrets {
  const root = rootSecret(settings)
  const keys = new Map<Purpose, Buffer>()
  // Made once: out of plain bytes each signature would make its key anew, which takes four times as long as signing.
  const signing = new Map<Purpose, KeyObject>()
  const key = (purpose: Purpose) => {
    let made = keys.get(purpose)
    if (!made) keys.set(purpose, (made = Buffer.from(hkdfSync('sha256', root, 'pandu', purpose, 32))))
    return made
  }
  const signingKey = (purpose: Purpose) => {
    let made = signing.get(purpose)
    if (!made) signing.set(purpose, (made = createSecretKey(key(purpose))))
    return made
  }
  return {
    sign: (purpose, ...parts) => createHmac('sha256', signingKey(purpose)).update(lengthPrefixed(parts)).digest(),
    key: (purpose) => key(purpose),
    seal: (purpose, text, about) => seal(key(purpose), text, about),
    unseal: (purpose, sealed, about) => unseal(key(purpose), sealed, about),
  }
}

/** The root itself; only the backup carries it on. */
export const rootSecret = (settings: Pick<Settings, 'PANDU_SECRET' | 'PANDU_DATA'>): string =>
  settings.PANDU_SECRET ?? readOrMake(join(settings.PANDU_DATA, 'secret'))

export interface Secrets {
  /** HMAC-SHA256 over the parts, each prefixed by its length so that ('ab','c') differs from ('a','bc'). 32 bytes. */
  sign(purpose: Purpose, ...parts: string[]): Buffer
  key(purpose: Purpose): Buffer
  /**
   * Encrypts a text so that only this installation reads it, and only for this purpose and about this thing (AES-256-GCM with a random
   * 96-bit nonce; `about` is authenticated: what was sealed for one row does not open in another). Base64url.
   */
  seal(purpose: Purpose, text: string, about: string): string
  /** The text again; null for whatever was not sealed here for this purpose and thing, or was changed since. */
  unseal(purpose: Purpose, sealed: string, about: string): string | null
}

/** 160 random bits in lower-case base32: safe in addresses, links and SMS. */
export const randomToken = () => base32(randomBytes(20))

/** How links and sessions are stored: never the token itself. */
export const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

/** Compares in constant time; different lengths are unequal. */
export function sameBytes(a: string | Buffer, b: string | Buffer): boolean {
  const left = Buffer.from(a as string)
  const right = Buffer.from(b as string)
  return left.length === right.length && timingSafeEqual(left, right)
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
/** RFC 4648 base32, lower case, without padding. */
export function base32(bytes: Uint8Array): string {
  let bits = 0
  let value = 0
  let text = ''
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      text += ALPHABET[(value >>> (bits - 5)) & 31]
      bits -= 5
    }
    value &= (1 << bits) - 1
  }
  return bits > 0 ? text + ALPHABET[(value << (5 - bits)) & 31] : text
}

const NONCE_BYTES = 12
const TAG_BYTES = 16

function seal(key: Buffer, text: string, about: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(about))
  const words = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), words]).toString('base64url')
}

function unseal(key: Buffer, sealed: string, about: string): string | null {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return null
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  try {
    return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
  } catch {
    return null // node:crypto says only so that it is not authentic
  }
}

const lengthPrefixed = (parts: string[]) => parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('')

function readOrMake(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
  const secret = randomBytes(48).toString('base64url')
  try {
    writeFileSync(path, secret + '\n', { mode: 0o600, flag: 'wx' })
    return secret
  } catch (error) {
    // Another process of ours made it a moment ago: its secret is the secret.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return readFileSync(path, 'utf8').trim()
    throw error
  }
}
