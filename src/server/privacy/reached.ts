import { sql } from 'kysely'

/**
 * SQL over a contact point `c`, a participant `p` and the ticket `t`: whether that ticket is told to whoever holds the number. One that was typed into the
 * web form may be anybody's until a text of ours about that ticket went there; for a mail address the first answer goes there by itself.
 */
export const leadsThere = sql`(c.channel = 'email' or t.channel <> 'web' or p.channel is not null or c.verified_at is not null
  or exists (select from outbox o where o.about_id = t.id and o.address = c.normalised and o.channel <> 'email' and o.sent_at is not null))`

/** SQL over a contact point `c`: whether its person is known to whoever reads there; a number that somebody typed once proves nothing. */
export const isTheirs = sql`(c.channel = 'email' or c.verified_at is not null
  or exists (select from participants p join tickets t on t.id = p.ticket_id where p.contact_point_id = c.id and p.part <> 'suggested' and ${leadsThere})
  or exists (select from calls k where k.person_id = c.person_id and k.number = c.normalised))`
