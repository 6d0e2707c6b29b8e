import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { mustAsPerson } from '../platform/may.ts'
import { composed } from './composed.ts'
import { findTicket } from './find-ticket.ts'

/** A page says every 20 seconds that it is still there; a hidden one only once a minute, because browsers slow it down. */
export const PRESENT_SECONDS = 75

export const BePresent = z.strictObject({
  ticket_id: z.uuid(),
  /** Made by the page when it opens, so that two pages of one person are two. */
  page_id: z.uuid(),
  /** Counted by the page: a word that arrives late (a browser sends the last one on its own way) changes nothing. */
  turn: z.int().min(1).max(2_000_000_000),
  doing: z.enum(['viewing', ...composed, 'left']),
})
export type BePresent = z.infer<typeof BePresent>

export interface Present {
  person: { id: string; name: string }
  /** The weightiest of what they do on their pages. */
  doing: Exclude<BePresent['doing'], 'left'>
  since: Date
}

/**
 * Says that the actor has this ticket open and what they do there, or that they have left it. Answers whether that is new to others
 * (then they are told). `not_found` for a ticket that the actor does not see.
 */
export async function bePresent(ctx: Writing, { ticket_id, page_id, turn, doing }: BePresent): Promise<boolean> {
  const ticket = await findTicket(ctx, ticket_id)
  mustAsPerson(ctx.actor, 'ticket.note', ticket)
  const person_id = ctx.actor.person_id
  const { rows } = await sql<{ before: string }>`with before as (
      select case when until > ${ctx.now}::timestamptz then doing else 'left' end as doing
      from presences where ticket_id = ${ticket_id}::uuid and page_id = ${page_id}::uuid)
    insert into presences (ticket_id, page_id, person_id, doing, turn, since, until)
    values (${ticket_id}::uuid, ${page_id}::uuid, ${person_id}::uuid, ${doing}, ${turn}, ${ctx.now}::timestamptz, ${until(ctx)}::timestamptz)
    on conflict (ticket_id, page_id) do update set doing = excluded.doing, turn = excluded.turn, until = excluded.until,
      since = case when presences.doing = excluded.doing then presences.since else excluded.since end
      where presences.person_id = excluded.person_id and presences.turn < excluded.turn
    returning coalesce((select doing from before), 'left') as before`.execute(ctx.tx)
  const changed = rows[0] !== undefined && rows[0].before !== doing
  if (changed) {
    const desk_ids = [...new Set([ticket.holder_desk_id, ...ctx.actor.desks.map(({ id }) => id)])].slice(0, 6)
    ctx.afterCommit(() => ctx.app.live.announce({ what: 'presence', tickets: [{ id: ticket_id, desk_ids }] }))
  }
  return changed
}

const until = (ctx: Writing) => new Date(ctx.now.getTime() + PRESENT_SECONDS * 1000)

const PRESENT_MAX = 20

/** Who else has this ticket open now: one row a person, whoever writes first. Staff only; a requester sees nobody. */
export async function listPresent(ctx: Reading, ticket_id: string): Promise<Present[]> {
  const me = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } =
    await sql<Present>`${keptPlan}select json_build_object('id', p.person_id, 'name', coalesce(who.name, '')) as person, p.doing, p.since
    from (select distinct on (person_id) person_id, doing, since from presences
      where ticket_id = ${ticket_id}::uuid and person_id is distinct from ${me}::uuid and until > ${ctx.now}::timestamptz and doing <> 'left'
      order by person_id, doing = 'viewing', doing = 'note', since, page_id) p
    left join people who on who.id = p.person_id
    order by p.doing = 'viewing', p.since, p.person_id limit ${PRESENT_MAX}`.execute(ctx.db)
  return rows
}
