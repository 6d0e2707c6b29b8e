import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'

/** Admission looks at who is willing, and willingness at who was admitted: whoever changes one of the two takes turns with all others. */
export const lockMembership = (ctx: Writing) =>
  sql`select pg_advisory_xact_lock(hashtext('pandu membership'))`.execute(ctx.tx)
