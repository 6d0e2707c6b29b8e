import { redirect, type Cookies } from '@sveltejs/kit'
import { signIn, type Entry, type SessionCookie, type Visit } from '#server/people/index.ts'

interface Asked {
  locals: App.Locals
  cookies: Cookies
  request: Request
}

/** Where a request comes from, as every way to sign in wants to know it. */
export const visitOf = ({ locals, request }: Pick<Asked, 'locals' | 'request'>): Visit => ({
  client: locals.client,
  user_agent: request.headers.get('user-agent'),
  headers: request.headers,
})

/** Signs in with what was just typed, gives the browser its cookies, and leads on. Refuses as people/signIn does. */
export async function beginSession(
  asked: Asked,
  typed: { email: string; password: string; replaces?: string },
  next: string,
): Promise<never> {
  return goOn(asked, await signIn(asked.locals.app, { ...typed, ...visitOf(asked) }), next)
}

/** Gives the browser the cookies of a sign-in, and leads to where it asked for, or first through the second step. */
export function goOn({ cookies }: Pick<Asked, 'cookies'>, { step, cookie, beside }: Entry, next: string): never {
  for (const one of [cookie, ...beside]) setCookie(cookies, one)
  const path = step === 'signed_in' ? null : step === 'second_factor' ? '/sign-in/second' : '/sign-in/factor'
  redirect(303, path === null ? next : `${path}?next=${encodeURIComponent(next)}`)
}

export function setCookie(cookies: Cookies, { name, value, ...options }: SessionCookie): void {
  cookies.set(name, value, options)
}
