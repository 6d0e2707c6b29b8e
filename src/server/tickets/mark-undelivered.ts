import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write } from '../platform/context.ts'
import type { FactJob } from '../platform/relay.ts'
import { ownAgain } from './disown-address.ts'

/**
 * Marks tickets of which somebody who takes part could not be reached: the newest mail or text to their address on this ticket failed, was not
 * sent because the address is muted, whoever has it says that they are somebody else, or it may have gone and nobody knows. A newer mail, or sending it again, takes the mark away until that one fails too; so does choosing another
 * address, by which a number is that person's again. Reckoned from the rows, so it may run twice and late.
 */
export async function markUndelivered(app: App, jobs: FactJob[]): Promise<void> {
  const ticket_ids = [...new Set(jobs.flatMap(({ ticket_id }) => ticket_id ?? []))].sort()
  if (ticket_ids.length === 0) return
  await write(app, system, async (ctx) => {
    await ownAgain(ctx, jobs)
    await sql`with asked as (select id from tickets where id = any (${ticket_ids}::uuid[]) order by id for update),
      newest as (
        select distinct on (o.about_id, o.address) o.about_id, o.state, o.last_error, o.created_at
        from asked join outbox o on o.about_id = asked.id
        where o.state <> 'cancelled' and exists (select from participants p join contact_points c on c.id = p.contact_point_id
          where p.ticket_id = asked.id and p.part in ('requester', 'participant') and c.normalised = o.address)
        order by o.about_id, o.address, o.created_at desc, o.id desc),
      marked as (select about_id, min(created_at) as at from newest where state in ('failed', 'muted') or (state = 'waiting' and last_error = 'undecided') group by about_id)
      update tickets t set undelivered_at = found.at
      from (select asked.id, least(marked.at, (select min(p.disowned_at) from participants p where p.ticket_id = asked.id)) as at
        from asked left join marked on marked.about_id = asked.id) found
      where t.id = found.id and t.undelivered_at is distinct from found.at`.execute(ctx.tx)
  })
}
