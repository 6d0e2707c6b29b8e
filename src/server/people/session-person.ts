import type { App } from '../platform/app.ts'
import { readSession, type SessionRow } from './sign-in-library.ts'

/**
 * Who is signed in by these request headers: their person, or null. Read with every request, so it is one statement on the session's
 * token and nothing without a cookie. Roles and desks are added in desks/ (staffActor).
 */
export const sessionPerson = (app: App, headers: Headers): Promise<SessionRow | null> => readSession(app, headers)
