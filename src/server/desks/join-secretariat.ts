import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'

/** Makes somebody coordinator of the secretariat's desk: the first administrator, in the transaction that makes them (people/setUp). */
export async function joinSecretariat(ctx: Writing, input: { person_id: string }): Promise<void> {
  const { rows } = await sql<{ desk_id: string }>`insert into desk_members (desk_id, person_id, role)
    select id, ${input.person_id}::uuid, 'coordinator' from desks where kind = 'secretariat'
    on conflict do nothing returning desk_id`.execute(ctx.tx)
  if (rows[0]) await record(ctx, 'desk.changed', { about: { desk_id: rows[0].desk_id, parts: 'members' } })
}
