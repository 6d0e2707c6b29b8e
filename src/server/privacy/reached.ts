import { sql } from 'kysely'
import { SILENT_DAYS } from '../people/index.ts'

const fresh = sql`(now() - make_interval(days => ${SILENT_DAYS}::int))`

/**
 * SQL over a contact point `c`, a participant `p` and the ticket `t`: whether that ticket is told to whoever holds the number. One that was typed into the
 * web form may be anybody's until a text of ours about that ticket went there; for a mail address the first answer goes there by itself. Not where whoever
 * has the number said that they are somebody else.
 */
export const leadsThere = sql`(p.disowned_at is null and (c.channel = 'email' or t.channel <> 'web' or p.channel is not null or c.verified_at is not null
  or exists (select from outbox o where o.about_id = t.id and o.address = c.normalised and o.channel <> 'email' and o.sent_at is not null)))`

/**
 * SQL over a contact point `c`: whether its person is known to whoever reads there. A number that somebody typed once proves nothing; and one from which its
 * person was not heard for half a year (but by mail), or of which somebody said SALAH, may be somebody else's by now, as for what a text may do (intake/texts): then people
 * make sure.
 */
export const isTheirs = sql`(c.channel = 'email' or (c.disowned_at is null and not exists (select from participants d where d.contact_point_id = c.id and d.disowned_at is not null)
  and (c.verified_at > ${fresh}
  or exists (select from participants p join tickets t on t.id = p.ticket_id where p.contact_point_id = c.id and p.part <> 'suggested' and ${leadsThere}
    and (c.channel <> 'phone' or p.since > ${fresh} or exists (select from messages m where m.ticket_id = t.id and m.author_id = c.person_id and m.channel <> 'email' and m.at > ${fresh})))
  or exists (select from calls k where k.person_id = c.person_id and k.number = c.normalised and k.at > ${fresh}))))`
