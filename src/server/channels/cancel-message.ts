import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'

/**
 * Takes back what has not been sent: all rows that carry this message, while their 15 seconds last. Answers how many were
 * cancelled; 0 means it is too late. The sender claims a row by the same kind of conditional statement, so only one of both wins.
 */
export async function cancelMessage(ctx: Writing, { message_id }: { message_id: string }): Promise<number> {
  const { numAffectedRows } = await sql`update outbox set state = 'cancelled', next_attempt_at = null
    where message_id = ${message_id}::uuid and state = 'waiting' and attempts = 0 and not_before > ${ctx.now}::timestamptz`.execute(
    ctx.tx,
  )
  return Number(numAffectedRows ?? 0)
}
