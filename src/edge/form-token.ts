import type { App } from '#server/platform/app.ts'
import { sameBytes } from '#server/platform/secrets.ts'

/** The token of one form page: signed over the browser's nonce and the page's path. */
export const formTokenOf = (app: App, nonce: string, path: string): string =>
  app.secrets.sign('form', nonce, path).toString('base64url')

/**
 * Our one check on page POSTs (architecture, The web's edge): `Origin` is ours; or, where a browser sends none (text browsers),
 * `Sec-Fetch-Site` is absent or same-origin and the form carries its signed token. `stale` means: perhaps our own form, but its token
 * is not (any longer) good; the person gets their text back. `foreign` gets nothing.
 */
export async function mayPost(
  app: App,
  request: Request,
  url: URL,
  nonce: string,
): Promise<'yes' | 'stale' | 'foreign'> {
  const origin = request.headers.get('origin')
  if (origin !== null && origin !== 'null')
    return origin === app.settings.PANDU_ORIGIN || isSameLoopback(origin, app) ? 'yes' : 'foreign'
  const site = request.headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin') return 'foreign'
  const form = await request
    .clone()
    .formData()
    .catch(() => null)
  const token = form?.get('form_token')
  return typeof token === 'string' && sameBytes(token, formTokenOf(app, nonce, url.pathname)) ? 'yes' : 'stale'
}

// http://127.0.0.1:8080 and http://localhost:8080 are the same machine to the person who tries Pandu out there.
function isSameLoopback(origin: string, app: App): boolean {
  const [theirs, ours] = [new URL(origin), new URL(app.settings.PANDU_ORIGIN)]
  const loopback = (host: string) => host === 'localhost' || host === '127.0.0.1' || host === '[::1]'
  return (
    loopback(theirs.hostname) &&
    loopback(ours.hostname) &&
    theirs.port === ours.port &&
    theirs.protocol === ours.protocol
  )
}
