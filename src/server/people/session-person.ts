import type { RawBuilder } from 'kysely'
import type { App } from '../platform/app.ts'
import { readSession, readSessionWith, type SessionRow } from './sign-in-library.ts'

/** Who is signed in by these request headers: their person, or null. One statement on the session's token; nothing without a cookie. */
export const sessionPerson = (app: App, headers: Headers): Promise<SessionRow | null> => readSession(app, headers)

/**
 * The same, and in the same statement what a higher floor must know of them with every request (roles and desks: staffActor): `more` is
 * a select over `session` with at most one row. With `is_use` false the session is not prolonged by it.
 */
export const sessionPersonWith = <More>(app: App, headers: Headers, more: RawBuilder<unknown>, is_use = true) =>
  readSessionWith<More>(app, headers, more, is_use)
