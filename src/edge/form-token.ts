import type { App } from '#server/platform/app.ts'
import { sameBytes } from '#server/platform/secrets.ts'

/** The token of one form page: signed over the browser's nonce and the page's path. */
export const formTokenOf = (app: Pick<App, 'secrets'>, nonce: string, path: string): string =>
  app.secrets.sign('form', nonce, path).toString('base64url')

/**
 * Our one check on page POSTs (architecture, The web's edge): `Origin` is ours; or, where a browser sends none (text browsers),
 * `Sec-Fetch-Site` is absent or same-origin and the form carries its signed token. `stale` means: perhaps our own form, but its token
 * is not (any longer) good; the person gets their text back. `foreign` is told that nothing was saved.
 * @param form what was posted; null when it is no form
 * @param port the one on which the request came in
 */
export function mayPost(
  app: Pick<App, 'settings' | 'secrets'>,
  { headers, path, form, nonce, port }: Posted,
): 'yes' | 'stale' | 'foreign' {
  const origin = headers.get('origin')
  if (origin !== null && origin !== 'null')
    return origin === app.settings.PANDU_ORIGIN || isThisMachine(origin, app.settings.PANDU_ORIGIN, port)
      ? 'yes'
      : 'foreign'
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin') return 'foreign'
  const token = form?.get('form_token')
  return typeof token === 'string' && sameBytes(token, formTokenOf(app, nonce, path)) ? 'yes' : 'stale'
}

export interface Posted {
  headers: Headers
  path: string
  form: FormData | null
  nonce: string
  port: number | undefined
}

// http://127.0.0.1:8080 and http://localhost:8080 are the same machine to the person who tries Pandu out there; and while the public
// address is on this machine, so is the port on which we really listen. Only this machine's own programs can have such an origin.
function isThisMachine(origin: string, ours: string, port: number | undefined): boolean {
  if (!URL.canParse(origin)) return false
  const [theirs, public_address] = [new URL(origin), new URL(ours)]
  if (!isLoopback(theirs) || !isLoopback(public_address)) return false
  const samePort = theirs.port === public_address.port && theirs.protocol === public_address.protocol
  return samePort || (theirs.protocol === 'http:' && Number(theirs.port || 80) === port)
}

const isLoopback = ({ hostname }: URL) => hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
