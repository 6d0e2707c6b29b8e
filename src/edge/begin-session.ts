import { redirect, type Cookies } from '@sveltejs/kit'
import { signIn, type SessionCookie } from '#server/people/index.ts'

/** Signs in with what was just typed, gives the browser its session cookie, and leads on. Refuses as people/signIn does. */
export async function beginSession(
  { locals, cookies, request }: { locals: App.Locals; cookies: Cookies; request: Request },
  typed: { email: string; password: string },
  next: string,
): Promise<never> {
  const { cookie } = await signIn(locals.app, {
    ...typed,
    client: locals.client,
    user_agent: request.headers.get('user-agent'),
  })
  setCookie(cookies, cookie)
  redirect(303, next)
}

export function setCookie(cookies: Cookies, { name, value, ...options }: SessionCookie): void {
  cookies.set(name, value, options)
}
