import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'

/** Somebody to whom a message on a ticket was also sent. */
export interface Suggested {
  ticket_id: string
  message_id: string
  name: string
  address: string
  normalised: string
}

/** On one ticket; a mail to ten thousand people suggests no more. */
const SUGGESTIONS_MAX = 20

/**
 * Notes whom messages were also sent to, for those who work the tickets. Gives nobody anything: no mail, no link, no entry. Who takes part
 * already, or was suggested before, is left out. One statement for all.
 */
export async function suggestParticipants(ctx: Writing, suggested: readonly Suggested[]): Promise<void> {
  if (suggested.length === 0) return
  const rows = suggested.map((one) => ({ ...one, name: one.name.slice(0, 200) }))
  await sql`insert into suggested_participants (ticket_id, normalised, address, name, message_id, suggested_at)
    select ticket_id, normalised, address, name, message_id, ${ctx.now}::timestamptz from (
      select distinct on (ticket_id, normalised) s.*,
        dense_rank() over (partition by ticket_id order by normalised)
          + (select count(*) from suggested_participants k where k.ticket_id = s.ticket_id) as place
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as s (ticket_id uuid, normalised text, address text, name text, message_id uuid)
      where not exists (select from participants p join contact_points c on c.id = p.contact_point_id
        where p.ticket_id = s.ticket_id and c.channel = 'email' and c.normalised = s.normalised)
      order by ticket_id, normalised) fresh
    where place <= ${SUGGESTIONS_MAX}::int
    on conflict do nothing`.execute(ctx.tx)
}
