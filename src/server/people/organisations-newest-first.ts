import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { refuse } from '../platform/refusal.ts'
import { nameLike, type OrganisationRow } from './organisations.ts'

/** A page of organisations whose name contains `query`, newest first; `cursor` is the id of the last one of the page before. */
export async function organisationsNewestFirst(
  ctx: Reading,
  question: { query?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<{ items: OrganisationRow[]; next: string | null }> {
  const { cursor, limit } = question
  if (cursor !== undefined && !isId(cursor)) refuse('invalid', 'cursor', [{ path: 'cursor', key: 'fault.cursor' }])
  const { rows } = await sql<OrganisationRow>`select id, name, kind, region_code, parent_id from organisations
    where merged_into is null and lower(name) like ${nameLike(question.query ?? '')} and (${cursor ?? null}::uuid is null or id < ${cursor ?? null}::uuid)
    order by id desc limit ${limit + 1}::int`.execute(ctx.db)
  return { items: rows.slice(0, limit), next: rows.length > limit ? rows[limit - 1]!.id : null }
}
