import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'

/** Somebody who may answer this ticket as an agent, and the proved address from which they do. */
export interface AnsweringAgent {
  ticket_id: string
  number: string
  person_id: string
  address: string
}

/**
 * Which of these persons may answer which of these tickets by mail: with an open account, working at the desk that holds the ticket or
 * looking after all desks, and writing from an address that they proved to be theirs. One statement for a batch.
 */
export async function findAnsweringAgents(
  ctx: Pick<Writing, 'db'>,
  asked: { person_ids: readonly string[]; ticket_ids: readonly string[]; addresses: readonly string[] },
): Promise<AnsweringAgent[]> {
  if (asked.person_ids.length === 0 || asked.ticket_ids.length === 0) return []
  const { rows } =
    await sql<AnsweringAgent>`select t.id as ticket_id, t.number::text as number, a.person_id, c.normalised as address
    from accounts a
    join contact_points c on c.person_id = a.person_id and c.channel = 'email' and c.verified_at is not null
    join tickets t on t.id = any (${[...new Set(asked.ticket_ids)]}::uuid[])
    where a.person_id = any (${[...new Set(asked.person_ids)]}::uuid[]) and a.disabled_at is null
      and c.normalised = any (${[...new Set(asked.addresses)]}::text[])
      and (exists (select from roles r where r.person_id = a.person_id and r.role = 'administrator')
        or exists (select from desk_members m join desks d on d.id = m.desk_id
          where m.person_id = a.person_id and (m.desk_id = t.holder_desk_id or d.kind = 'secretariat')))
    order by t.id, a.person_id, c.normalised`.execute(ctx.db)
  return rows
}
