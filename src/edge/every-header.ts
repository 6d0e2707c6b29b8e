import type { ServerResponse } from 'node:http'

/**
 * What stands above every answer, whoever writes it: pages, files, figures, refusals, static files (ASVS 3.4). An answer that needs more
 * (a page its styles, a file its sandbox) replaces the one header that it means; what forgets to say anything is closed.
 */
export function setEveryHeader(response: ServerResponse, secure: boolean): void {
  for (const [name, value] of CLOSED) response.setHeader(name, value)
  if (secure) response.setHeader('strict-transport-security', STRICT_TRANSPORT)
}

const CLOSED = [
  // Until somebody says what it is, it is text.
  ['content-type', 'text/plain; charset=utf-8'],
  ['content-security-policy', "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  // Nothing of Pandu looks at the camera or asks where somebody is; what is put into a page shall not be able to ask either.
  ['permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()'],
] as const

/** A year, and every name below ours: there is no plain HTTP anywhere under an address that people are sent to by secret links. */
const STRICT_TRANSPORT = 'max-age=31536000; includeSubDomains'
