import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { mustAsPerson } from '../platform/may.ts'

export const SetNotices = z.object({ wanted: z.boolean() })
export type SetNotices = z.infer<typeof SetNotices>

/** Whether the actor is told by mail when somebody writes on a ticket of theirs; everybody is until they say no. Staff only. */
export async function wantsNotices(ctx: Reading): Promise<boolean> {
  mustAsPerson(ctx.actor, 'account.own')
  const { rows } = await sql`select from notices_off where person_id = ${ctx.actor.person_id}::uuid`.execute(ctx.db)
  return rows.length === 0
}

/** Says it for oneself, and for nobody else. */
export async function setNotices(ctx: Writing, { wanted }: SetNotices): Promise<void> {
  mustAsPerson(ctx.actor, 'account.own')
  const { person_id } = ctx.actor
  await (
    wanted
      ? sql`delete from notices_off where person_id = ${person_id}::uuid`
      : sql`insert into notices_off (person_id, since) values (${person_id}::uuid, ${ctx.now}::timestamptz) on conflict do nothing`
  ).execute(ctx.tx)
}
