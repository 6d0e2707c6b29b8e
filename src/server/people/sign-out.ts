import type { App } from '../platform/app.ts'
import { enter } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { endSession, sessionCookie, type SessionCookie } from './sign-in-library.ts'

/** Ends the session that the request carries and answers the cookie that removes it; without a session only the cookie. */
export async function signOut(app: App, headers: Headers): Promise<{ cookie: SessionCookie }> {
  await enter(app, 'sign_in', async (ctx) => {
    const person_id = await endSession(ctx, headers)
    if (person_id) await record(ctx, 'account.signed_out', { about: { person_id } })
  })
  return { cookie: sessionCookie(app, '') }
}
