import type { App } from '#server/platform/app.ts'
import { enter } from '#server/platform/context.ts'
import {
  accountEmail,
  answerSecondStep,
  signIn,
  type Entry,
  type SessionCookie,
  type Visit,
} from '#server/people/index.ts'

/**
 * Somebody who is signed in proves once more that it is they: by their password, and by their second factor where one is asked for, both
 * on one page. The new session takes the place of the old. Refuses as signIn and answerSecondStep do.
 */
export async function signInAgain(
  app: App,
  typed: { person: { person_id: string; session_id: string }; password: string; code: string },
  visit: Visit,
): Promise<Entry> {
  const { person, password, code } = typed
  const email = await enter(app, 'sign_in', (ctx) => accountEmail(ctx, person.person_id))
  const entry = await signIn(app, { email: email ?? '', password, replaces: person.session_id, ...visit })
  if (entry.step !== 'second_factor' || code === '') return entry
  return answerSecondStep(app, { code, visit: { ...visit, headers: withCookie(visit.headers, entry.cookie) } })
}

/** The request as it would come with the cookie that was just made. */
function withCookie(headers: Headers, { name, value }: SessionCookie): Headers {
  const others = (headers.get('cookie') ?? '').split(';').filter((part) => !part.trim().startsWith(`${name}=`))
  const made = new Headers(headers)
  made.set('cookie', [...others, `${name}=${encodeURIComponent(value)}`].join(';'))
  return made
}
