import { sql, type RawBuilder } from 'kysely'
import type { Reading } from '../platform/context.ts'

/** That the message `m` is what this person answered on the case of this offer (BALAS) and can still be taken back. Texts in SQL. */
export const unsentReply = ({ now }: Pick<Reading, 'now'>, offer: RawBuilder<unknown>, person: RawBuilder<unknown>) =>
  sql<boolean>`m.ticket_id = ${offer}.ticket_id and m.direction = 'out' and m.author_id = ${person} and m.taken_back_at is null
    and m.leaves_at > ${now}::timestamptz
    and not exists (select from resolutions r where r.ticket_id = m.ticket_id and r.message_id = m.id)`
