import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import type { PersonTraces } from '../people/index.ts'

/** Forgets a person at desks: nobody is told of anything through them any more. That they worked there stays, by their pseudonym. */
export async function forgetPersonAtDesks(ctx: Writing, { ids }: PersonTraces): Promise<void> {
  await sql`delete from duty_contacts where person_id = any (${ids}::uuid[])`.execute(ctx.tx)
}
