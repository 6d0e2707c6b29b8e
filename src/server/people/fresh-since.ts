import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'

/**
 * Operators give a number that was not used for months to somebody else. After so many days without a word from it neither a text nor a call is taken for the
 * person who had it: people make sure (docs/channels.md).
 */
export const SILENT_DAYS = 180

export const freshSince = (ctx: Pick<Reading, 'now'>) =>
  sql`(${ctx.now}::timestamptz - make_interval(days => ${SILENT_DAYS}::int))`
