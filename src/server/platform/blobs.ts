import { sql, type RawBuilder } from 'kysely'

/**
 * A statement, or part of one: writes down blobs whose bytes `app.files.keep()` has flushed to disk, before a row of another table names
 * them. `blobs` selects sha256, size, type; what is known already stays as it is.
 */
export const nameBlobs = (blobs: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`insert into blobs (sha256, size, type) select distinct on (b.sha256) b.sha256, b.size, b.type
    from (${blobs}) as b (sha256, size, type) order by b.sha256 on conflict do nothing`
