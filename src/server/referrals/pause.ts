import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { refuse } from '../platform/refusal.ts'
import { deskHours, pauseDesk, setAccepting } from '../desks/index.ts'
import { momentAt } from '../regions/index.ts'
import { undoUntil, Via } from './answering.ts'
import { PAUSE_DAYS_MAX } from './read-command.ts'

export const Pause = z.strictObject({
  desk_id: z.uuid(),
  /** Days from today on, today with them; 0 ends the pause. */
  days: z.number().int().min(0).max(PAUSE_DAYS_MAX),
  via: Via,
  /** See AnswerOffer. */
  by: z.uuid().optional(),
})
export type Pause = z.infer<typeof Pause>

/**
 * "LIBUR 5 hari": a desk is offered nothing until the end of the fifth day in its zone, today being the first. Refuses `forbidden` for
 * whoever does not work there, `not_found`. Records `desk.changed`. Answers until when.
 */
export async function pause(ctx: Writing, { desk_id, days, via, by }: Pause): Promise<{ until: Date | null }> {
  const person_id = mustWorkAt(ctx, desk_id, by)
  const { zone } = await deskHours(ctx, desk_id)
  const until = days === 0 ? null : endOfDay(ctx.now, zone, days)
  const { before } = await pauseDesk(ctx, { desk_id, until })
  await sql`insert into desk_pauses (id, desk_id, person_id, via, paused_until, paused_before, at, undo_until)
    values (${newId()}::uuid, ${desk_id}::uuid, ${person_id}::uuid, ${via}, ${until}::timestamptz, ${before}::timestamptz, ${ctx.now}::timestamptz,
      ${undoUntil(ctx.now)}::timestamptz)`.execute(ctx.tx)
  return { until }
}

/** Takes the last pause of this person back, within five minutes; answers of which desks, none where there is nothing to take back. */
export async function undoPause(ctx: Writing, { by }: { by: string }): Promise<string[]> {
  const { rows } = await sql<{
    desk_id: string
    paused_before: Date | null
  }>`update desk_pauses set undone_at = ${ctx.now}::timestamptz
    where person_id = ${by}::uuid and undone_at is null and undo_until > ${ctx.now}::timestamptz
      and at = (select max(at) from desk_pauses where person_id = ${by}::uuid and undone_at is null)
    returning desk_id, paused_before`.execute(ctx.tx)
  for (const { desk_id, paused_before } of rows) await pauseDesk(ctx, { desk_id, until: paused_before })
  return rows.map(({ desk_id }) => desk_id)
}

/** Whether a desk takes offers at all. Refuses as pause does. */
export async function acceptOffers(ctx: Writing, given: { desk_id: string; accepting: boolean }): Promise<void> {
  mustWorkAt(ctx, given.desk_id)
  await setAccepting(ctx, given)
}

/** Who does it: staff of the desk; or, through a door, a contact whom the caller has found at this desk. */
function mustWorkAt({ actor }: Writing, desk_id: string, by?: string): string {
  if (actor.kind === 'system' && by !== undefined) return by
  if (actor.kind !== 'staff') refuse('forbidden', 'desk.change')
  const works = [...(actor.providers ?? []), ...actor.desks.filter(({ kind }) => kind === 'own_unit')]
  if (!works.some(({ id }) => id === desk_id)) refuse('forbidden', 'desk.change')
  return actor.person_id
}

/** Midnight that ends the `days`-th day, the day of `now` being the first. */
function endOfDay(now: Date, zone: string, days: number): Date {
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(now)
  const end = new Date(`${today}T00:00:00Z`)
  end.setUTCDate(end.getUTCDate() + days)
  return momentAt(zone, end.toISOString().slice(0, 10), '00:00')
}

/** Of these desks: until when they are paused (null: not), and whether they take offers at all; in the order of their names. */
export async function seePauses(ctx: Reading, desk_ids: readonly string[]) {
  const { rows } = await sql<{
    id: string
    name: string
    accepting: boolean
    zone: string
    until: Date | null
  }>`select id, name, accepting, time_zone as zone,
      case when paused_until > ${ctx.now}::timestamptz then paused_until end as until
    from desks where id = any (${[...desk_ids]}::uuid[]) order by lower(name), id limit 50`.execute(ctx.db)
  return rows
}
