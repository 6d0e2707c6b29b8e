import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'

/**
 * Who holds a new ticket first: the desk that was addressed, else the narrowest desk that covers the region, else the secretariat
 * (docs/architecture.md).
 */

/** The desk that has this mail address (the part before the @), if it takes requests; null otherwise. The secretariat always takes them. */
export async function deskForAddress(ctx: Reading, local_part: string): Promise<string | null> {
  return (await desksForAddresses(ctx, [local_part])).get(local_part) ?? null
}

/** The plural: by local part as it was asked, those without a desk left out. */
export async function desksForAddresses(ctx: Reading, local_parts: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ asked: string; id: string }>`
    select distinct on (asked) asked, desks.id from unnest(${local_parts}::text[]) as a (asked)
    join desks on desks.mail_local_part = lower(asked)
    where desks.kind = 'secretariat' or (desks.accepting and desks.closed_at is null)`.execute(ctx.db)
  return new Map(rows.map((row) => [row.asked, row.id]))
}

/** The desk for a region (Kemendagri code), or for none. */
export async function narrowestDesk(ctx: Reading, region_code: string | null): Promise<string> {
  return (await narrowestDesks(ctx, [region_code])).get(region_code)!
}

/**
 * The plural. A desk that covers the regency comes before one that covers its province; of several equal ones the oldest; only those
 * that are open and accepting; else the secretariat. A region that is not in the table goes to the secretariat too.
 */
export async function narrowestDesks(
  ctx: Reading,
  region_codes: readonly (string | null)[],
): Promise<Map<string | null, string>> {
  const { rows } = await sql<{ code: string | null; id: string | null }>`
    select a.code, coalesce(
      (select d.id from desk_regions r join desks d on d.id = r.desk_id
        where r.region_code in (a.code, left(a.code, 2)) and d.accepting and d.closed_at is null and d.kind not in ('secretariat', 'provider')
        order by length(r.region_code) desc, d.created_at, d.id limit 1),
      (select id from desks where kind = 'secretariat')) as id
    from (select distinct code from unnest(${region_codes}::text[]) as u (code)) a`.execute(ctx.db)
  return new Map(
    rows.map((row) => {
      // prepare() makes it before the first request can come.
      if (row.id === null) throw new Error('there is no secretariat desk: desks.prepare has not run')
      return [row.code, row.id]
    }),
  )
}
