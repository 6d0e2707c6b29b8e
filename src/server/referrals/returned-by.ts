import { sql, type RawBuilder } from 'kysely'

/**
 * Whether it was this person who gave the case of an offer back last, as the journal knows it; the offer itself names only who accepted it.
 * @param offer the row of offers by its name in the statement
 */
export const returnedBy = (offer: RawBuilder<unknown>, person_id: RawBuilder<unknown>): RawBuilder<boolean> =>
  sql`(select f.actor_id from facts f where f.ticket_id = ${offer}.ticket_id and f.kind = 'offer.returned'
    and f.about ->> 'offer_id' = ${offer}.id::text order by f.at desc, f.id desc limit 1) = ${person_id}`
