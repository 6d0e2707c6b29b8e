import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import type { OpenHours } from '../regions/index.ts'
import { officeHours } from './office-hours.ts'

export interface DeskHours {
  zone: string
  hours: readonly OpenHours[]
}

/** A desk's time zone and opening hours; office hours where it has none of its own. Refuses `not_found`. */
export const deskHours = async (ctx: Reading, desk_id: string): Promise<DeskHours> =>
  (await hoursOfDesks(ctx, [desk_id])).get(desk_id) ?? refuse('not_found', 'desk')

/** The plural, by desk id. */
export async function hoursOfDesks(ctx: Reading, desk_ids: readonly string[]): Promise<Map<string, DeskHours>> {
  const { rows } = await sql<{ id: string; zone: string; hours: OpenHours[] | null }>`
    select desks.id, desks.time_zone as zone,
      (select jsonb_agg(jsonb_build_object('weekday', weekday, 'opens', to_char(opens, 'HH24:MI'), 'closes', to_char(closes, 'HH24:MI'))
        order by weekday, opens) from desk_hours where desk_id = desks.id) as hours
    from desks where id = any (${desk_ids}::uuid[])`.execute(ctx.db)
  return new Map(rows.map(({ id, zone, hours }) => [id, { zone, hours: hours ?? officeHours }]))
}
