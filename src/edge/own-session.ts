import { sessionPerson } from '#server/people/index.ts'
import { refuse } from '#server/platform/refusal.ts'

/** The session by which this form was posted; it may have been ended a moment ago. */
export async function ownSession({ locals, request }: { locals: App.Locals; request: Request }): Promise<string> {
  return (await sessionPerson(locals.app, request.headers))?.session_id ?? refuse('unauthenticated', 'sign_in')
}
