import { sql, type RawBuilder } from 'kysely'
import type { Writing } from '../platform/context.ts'

/**
 * The database's function that ends somebody's sign-in, to be called with their id. The web's role has twins that ask who acts: they end
 * the actor's own, and anybody's for an administrator, and raise 42501 otherwise. The system's role ends whatever a command names.
 */
export const ending = (ctx: Writing, what: 'end_sessions' | 'end_second_factor'): RawBuilder<unknown> =>
  sql.id(ctx.actor.kind === 'system' ? what : `${what}_as_actor`)
