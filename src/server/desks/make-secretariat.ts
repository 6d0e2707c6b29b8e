import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { officeHours } from './office-hours.ts'

/**
 * Makes the secretariat's desk, once. It covers no region rows: whatever no narrower desk takes comes to it.
 * @returns whether it was made now
 */
export async function makeSecretariat(ctx: Writing): Promise<boolean> {
  const id = newId()
  const made = await sql<{ id: string }>`
    insert into desks (id, name, kind, mail_local_part, time_zone)
    values (${id}::uuid, 'Sekretariat', 'secretariat', 'helpdesk', 'Asia/Jakarta')
    on conflict (kind) where kind = 'secretariat' do nothing returning id`.execute(ctx.tx)
  if (made.rows.length === 0) return false
  await sql`insert into desk_hours (desk_id, weekday, opens, closes)
    select ${id}::uuid, weekday, opens, closes
    from jsonb_to_recordset(${JSON.stringify(officeHours)}::jsonb) as h (weekday int, opens time, closes time)`.execute(
    ctx.tx,
  )
  await record(ctx, 'desk.added', { about: { desk_id: id, kind: 'secretariat' } })
  return true
}
