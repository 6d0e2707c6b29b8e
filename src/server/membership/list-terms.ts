import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { refuse } from '../platform/refusal.ts'
import { liveProviders, liveTerm, providerColumns, type SeenProvider } from './provider-rows.ts'

export interface ListedTerm {
  id: string
  organisation: { id: string; name: string }
  desk: { id: string; name: string }
  kind: 'member' | 'partner'
  state: 'coming' | 'active' | 'suspended' | 'ended'
  starts_at: Date
  ends_at: Date | null
  /** Codes of the provinces that the organisation represents now. */
  represents: string[]
}

/** Every term of a member or partner, the newest first, past ones too; `cursor` is the id of the last one of the page before. */
export async function listTerms(
  ctx: Reading,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<{ items: ListedTerm[]; next: string | null }> {
  if (cursor !== undefined && !isId(cursor)) refuse('invalid', 'cursor', [{ path: 'cursor', key: 'fault.cursor' }])
  const { rows } = await sql<ListedTerm>`select a.id, a.kind, a.starts_at, coalesce(a.ended_at, a.ends_at) as ends_at,
      jsonb_build_object('id', o.id, 'name', o.name) as organisation, jsonb_build_object('id', d.id, 'name', d.name) as desk,
      case when a.ended_at <= ${ctx.now}::timestamptz or a.ends_at <= ${ctx.now}::timestamptz then 'ended'
        when a.suspended_at is not null then 'suspended' when a.starts_at > ${ctx.now}::timestamptz then 'coming' else 'active' end as state,
      array(select p.province_code from representations p where p.organisation_id = o.id and p.since <= ${ctx.now}::timestamptz
        and (p.until is null or p.until > ${ctx.now}::timestamptz) order by 1) as represents
    from affiliations a join organisations o on o.id = a.organisation_id join desks d on d.id = a.desk_id
    where ${cursor ?? null}::uuid is null or a.id < ${cursor ?? null}::uuid
    order by a.id desc limit ${limit + 1}::int`.execute(ctx.db)
  return { items: rows.slice(0, limit), next: rows.length > limit ? rows[limit - 1]!.id : null }
}

/** Who of these organisations is member or partner now, by the organisation's id. */
export async function standingsOf(
  ctx: Reading,
  organisation_ids: readonly string[],
): Promise<Map<string, 'member' | 'partner'>> {
  const { rows } = await sql<{
    id: string
    kind: 'member' | 'partner'
  }>`select distinct on (a.organisation_id) a.organisation_id as id, a.kind
    from affiliations a where a.organisation_id = any (${organisation_ids}::uuid[]) and ${liveTerm(ctx.now)}
    order by a.organisation_id, a.starts_at desc`.execute(ctx.db)
  return new Map(rows.map(({ id, kind }) => [id, kind]))
}

const WHOLE_MAX = 5_000

/** Everybody in the directory with all that is shown of them, by the organisation's id; at most 5000. For the export. */
export async function listWholeDirectory(ctx: Reading): Promise<SeenProvider[]> {
  const { rows } =
    await sql<SeenProvider>`select distinct on (o.id) ${providerColumns(ctx.now)}, d.about, d.website, d.time_zone,
      coalesce((select jsonb_agg(jsonb_build_object('weekday', h.weekday, 'opens', to_char(h.opens, 'HH24:MI'), 'closes', to_char(h.closes, 'HH24:MI'))
        order by h.weekday, h.opens) from desk_hours h where h.desk_id = d.id), '[]') as hours
    from ${liveProviders} where ${liveTerm(ctx.now)}
    order by o.id, a.starts_at desc limit ${WHOLE_MAX}::int`.execute(ctx.db)
  return rows
}
