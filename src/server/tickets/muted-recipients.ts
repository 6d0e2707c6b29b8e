import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'

/** Somebody who takes part in a ticket and gets no mail for now. */
export interface MutedRecipient {
  person_id: string
  name: string
  address: string
  /** What a mail host said of the address, such as 5.1.1. */
  status: string
  until: Date
}

const RECIPIENTS_MAX = 50

/** Those to whom a reply on this ticket would not be sent, because their address is muted (channels/mute-addresses.ts). */
export async function mutedRecipients(ctx: Reading, ticket_id: string): Promise<MutedRecipient[]> {
  const { rows } = await sql<MutedRecipient>`${keptPlan}select p.person_id, people.name, c.address, m.status, m.until
    from participants p
    join people on people.id = p.person_id
    join contact_points c on c.id = p.contact_point_id and c.channel = 'email'
    join muted_addresses m on m.channel = 'email' and m.address = c.normalised and m.lifted_at is null and m.until > ${ctx.now}::timestamptz
    where p.ticket_id = ${ticket_id}::uuid and p.part in ('requester', 'participant')
    order by p.since, p.person_id limit ${RECIPIENTS_MAX}::int`.execute(ctx.db)
  return rows
}
