import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import type { PersonTraces } from '../people/index.ts'

/** Forgets a person at desks: nobody is told of anything through them any more, and
 * nobody stands in for them or they for anybody. That they worked there stays, by their pseudonym. */
export async function forgetPersonAtDesks(ctx: Writing, { ids }: PersonTraces): Promise<void> {
  await sql`delete from duty_contacts where person_id = any (${ids}::uuid[])`.execute(ctx.tx)
  await sql`update deputies set ended_at = ${ctx.now}::timestamptz
    where (deputy_id = any (${ids}::uuid[]) or person_id = any (${ids}::uuid[])) and ended_at is null`.execute(ctx.tx)
}
