/** The one file that knows the libraries for one-time codes (RFC 6238) and for their QR code. */
import { Secret, TOTP } from 'otpauth'
import { encodeQR } from 'qr'

const STEP_SECONDS = 30
/** One step before and after: clocks of telephones are not exact (RFC 6238, 5.2). */
const WINDOW = 1
/** RFC 4226, section 4: at least 128 bits, 160 recommended. */
const KEY_BYTES = 20

/** A new key, in base32. */
export const newTotpKey = (): string => new Secret({ size: KEY_BYTES }).base32

/** What the authenticator app is told. SHA-1, six digits and 30 seconds, because the apps that people have know nothing else. */
export const totpAddress = (key: string, { site, email }: { site: string; email: string }): string =>
  totpOf(key, site, email).toString()

/** That address as a picture: SVG without script, black on white, as wide as what it stands in. */
export const totpPicture = (address: string): string => encodeQR(address, 'svg', { ecc: 'medium', border: 4 })

/** The key for typing: groups of four. */
export const readableKey = (key: string): string => key.match(/.{1,4}/g)!.join(' ')

/** The step of 30 seconds to which this code belongs, among the present one and its neighbours; null for a wrong code. */
export function stepOfCode(key: string, code: string, at: Date): number | null {
  const timestamp = at.getTime()
  const delta = totpOf(key).validate({ token: code, timestamp, window: WINDOW })
  return delta === null ? null : Math.floor(timestamp / 1000 / STEP_SECONDS) + delta
}

const totpOf = (key: string, issuer = '', label = '') =>
  new TOTP({ issuer, label, algorithm: 'SHA1', digits: 6, period: STEP_SECONDS, secret: Secret.fromBase32(key) })
