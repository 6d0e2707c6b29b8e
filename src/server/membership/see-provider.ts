import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { refuse } from '../platform/refusal.ts'
import { liveProviders, liveTerm, providerColumns, type SeenProvider } from './provider-rows.ts'

/** One member or partner by the organisation's id, as everybody may see it. Refuses not_found, also for whoever is no longer one. */
export async function seeProvider(ctx: Reading, id: string): Promise<SeenProvider> {
  if (!isId(id)) refuse('not_found', 'organisation')
  const { rows } = await sql<SeenProvider>`select ${providerColumns(ctx.now)}, d.about, d.website, d.time_zone,
      coalesce((select jsonb_agg(jsonb_build_object('weekday', h.weekday, 'opens', to_char(h.opens, 'HH24:MI'), 'closes', to_char(h.closes, 'HH24:MI'))
        order by h.weekday, h.opens) from desk_hours h where h.desk_id = d.id), '[]') as hours
    from ${liveProviders} where o.id = ${id}::uuid and ${liveTerm(ctx.now)}
    order by a.starts_at desc, a.id limit 1`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'organisation')
}
