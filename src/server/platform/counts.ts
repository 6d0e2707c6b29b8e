import { sql, type RawBuilder } from 'kysely'

/**
 * Part of a caller's statement, `with … counted as (${addToCounts(sql`select name, delta from …`)})`: appends to the exact sums in the
 * transaction of what is counted. The relay folds them later, so no write waits for a counter's row.
 */
export const addToCounts = (deltas: RawBuilder<unknown>): RawBuilder<unknown> =>
  // Folded and deleted within a second, so a random key does no harm.
  sql`insert into count_deltas (id, name, delta) select gen_random_uuid(), d.name, d.delta from (${deltas}) as d (name, delta)`
