import type { App } from '#server/platform/app.ts'

/** The small cookies of the pages; the session's own belongs to people/. None is for a script. */
export type CookieName = 'form' | 'language' | 'list'

/**
 * What a cookie is called: with `__Host-` where the origin is https, so that no neighbouring host can give a browser another one
 * (ASVS 3.3.3). Browsers refuse the prefix over plain http.
 */
export const cookieNameOf = (name: CookieName, secure: boolean): string => (secure ? `__Host-${name}` : name)

/** Whether this Pandu is reached by https: what its links say, so that a proxy in front counts too. */
export const isSecure = (app: Pick<App, 'settings'>): boolean => app.settings.PANDU_ORIGIN.startsWith('https:')

/** How each of them is set; the prefix asks for exactly this path. */
export const cookieOptions = (secure: boolean) => ({ path: '/', httpOnly: true, sameSite: 'lax', secure }) as const
