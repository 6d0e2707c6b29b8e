import { hashOf, randomToken } from '../platform/secrets.ts'
import type { App } from '../platform/app.ts'
import type { SessionCookie } from './sign-in-library.ts'

/** Where somebody comes from who proves who they are. */
export interface Visit {
  /** The client's address: limited, shown to its owner, and kept in the journal's erasable details. */
  client: string
  /** What the browser says of itself. */
  user_agent: string | null
  /** The request's headers: by its cookies a browser is known again, and a half session is found. */
  headers: Headers
}

const DEVICE_SECONDS = 400 * 24 * 3600

const isSecure = (app: App) => app.settings.PANDU_ORIGIN.startsWith('https:')
/** `__Host-` binds a cookie to exactly this host; browsers accept it only over https. */
export const ownCookieName = (app: App, name: string): string =>
  isSecure(app) ? `__Host-pandu_${name}` : `pandu_${name}`

/** A cookie of ours, like the session's; an empty value removes it. */
export function ownCookie(app: App, name: string, value: string, seconds: number): SessionCookie {
  const maxAge = value === '' ? 0 : seconds
  return {
    name: ownCookieName(app, name),
    value,
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(app),
    maxAge,
  }
}

/** The value of one of our cookies; null when absent or not readable. */
export function cookieValue(app: App, headers: Headers, name: string): string | null {
  const start = `${ownCookieName(app, name)}=`
  const pair = headers
    .get('cookie')
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(start))
  if (pair === undefined) return null
  try {
    return decodeURIComponent(pair.slice(start.length))
  } catch {
    return null
  }
}

/** By what this browser is known again: the cookie that it has or gets, and the hash that we keep of it. */
export function deviceOf(app: App, headers: Headers): { hash: string; cookie: SessionCookie } {
  const known = cookieValue(app, headers, 'device')
  const token = known !== null && /^[a-z2-7]{32}$/.test(known) ? known : randomToken()
  return { hash: hashOf(token), cookie: ownCookie(app, 'device', token, DEVICE_SECONDS) }
}
