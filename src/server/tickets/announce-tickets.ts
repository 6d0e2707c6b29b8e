import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { announceIn } from '../platform/live.ts'
import type { SealedFact } from '../platform/relay.ts'
import { isReading } from '../platform/sights.ts'

/** A ticket that wandered through more desks is told to those that had it last. */
const DESKS_MAX = 6

/**
 * Tells open desks which tickets changed, in the relay's own transaction: for each the desks that hold or held it, those that an offer of
 * these facts names, and who did it where one person of the staff did.
 */
export async function announceTickets(tx: App['worker'], facts: readonly SealedFact[]): Promise<void> {
  // Somebody looked something up: nothing to show.
  const changed = facts.filter((fact) => fact.ticket_id !== null && !isReading(fact.kind))
  const ids = [...new Set(changed.map((fact) => fact.ticket_id))]
  if (ids.length === 0) return
  const { rows: tickets } = await sql<{ id: string; desk_ids: string[] }>`select t.id,
      array(select d.desk_id::text from ticket_desks d where d.ticket_id = t.id
        order by d.desk_id <> t.holder_desk_id, d.since desc, d.desk_id limit ${DESKS_MAX}) as desk_ids
    from tickets t where t.id = any (${ids}::uuid[]) order by t.id`.execute(tx)
  const asked = Map.groupBy(
    changed.filter(({ kind, about }) => isOffer(kind) && typeof about['desk_id'] === 'string'),
    ({ ticket_id }) => ticket_id,
  )
  const byTicket = Map.groupBy(changed, ({ ticket_id }) => ticket_id)
  await announceIn(tx, {
    what: 'changed',
    tickets: tickets.map((ticket) => {
      const named = asked.get(ticket.id)?.map(({ about }) => String(about['desk_id'])) ?? []
      const [by, ...others] = new Set(byTicket.get(ticket.id)?.map(({ staff_id }) => staff_id))
      return {
        ...ticket,
        ...(named.length > 0 ? { asked_desk_ids: [...new Set(named)].slice(0, DESKS_MAX) } : {}),
        ...(by && others.length === 0 ? { by } : {}),
      }
    }),
  })
}

const isOffer = (kind: string): boolean => kind === 'referral.offered' || kind.startsWith('offer.')
