import { sql } from 'kysely'
import type { OpenHours } from '../regions/index.ts'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'

export interface DutyContact {
  person_id: string
  contact_point_id: string
  channel: 'email' | 'sms' | 'whatsapp' | 'phone'
  /** In the desk's zone; null: whenever the desk is open. */
  hours: readonly OpenHours[] | null
}

/**
 * Who is told of a desk's offers, in this order: those that are not among them any more end, those that stay keep since when. Whether the
 * actor may is asked by the caller; row-level security lets the desk's own staff and the secretariat. Records `duty.changed`.
 */
export async function setDutyContacts(
  ctx: Writing,
  { desk_id, contacts }: { desk_id: string; contacts: readonly DutyContact[] },
): Promise<void> {
  const rows = contacts.map((contact, index) => ({ id: newId(), position: index + 1, ...contact }))
  await sql`update duty_contacts set ended_at = ${ctx.now}::timestamptz where desk_id = ${desk_id}::uuid and ended_at is null
    and (contact_point_id, channel) not in (select contact_point_id, channel
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as c (contact_point_id uuid, channel text))`.execute(
    ctx.tx,
  )
  await sql`insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position, hours, since)
    select id, ${desk_id}::uuid, person_id, contact_point_id, channel, position, nullif(hours, 'null'::jsonb), ${ctx.now}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as c (id uuid, person_id uuid, contact_point_id uuid, channel text, position int, hours jsonb)
    on conflict (desk_id, contact_point_id, channel) where ended_at is null
    do update set position = excluded.position, hours = excluded.hours`.execute(ctx.tx)
  await record(ctx, 'duty.changed', { about: { desk_id, contacts: rows.length } })
}
