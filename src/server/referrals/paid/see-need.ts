import { sql } from 'kysely'
import { keptPlan } from '../../platform/database.ts'
import type { Reading } from '../../platform/context.ts'

export interface PaidAnswer {
  id: string
  /** Its number in the list as it was drawn, from 1; it never changes. */
  position: number
  name: string
  organisation_id: string
  invited_at: Date | null
  answer: 'interested' | 'not_interested' | null
  question: string | null
  reply: string | null
  contacts_shown_at: Date | null
  contact: { name: string; addresses: string[] } | null
}

export interface PaidNeed {
  id: string
  scope: string
  place: string
  wanted_by: string
  state: 'open' | 'closed' | 'withdrawn' | 'expired'
  agreed_at: Date | null
  due_at: Date
  ended_at: Date | null
  outcome: 'agreed' | 'nobody' | null
  outcome_answer_id: string | null
  /** In the order that was drawn. Only the requester sees them; to everybody else there are none. */
  answers: PaidAnswer[]
}

/** The newest need of a ticket, as far as the actor sees it. A page that keeps its plans may ask it. */
export async function seeNeed(ctx: Reading, { ticket_id }: { ticket_id: string }): Promise<PaidNeed | null> {
  const { rows } =
    await sql<PaidNeed>`${keptPlan}select n.id, n.scope, n.place, n.wanted_by::text, n.state, n.agreed_at, n.due_at, n.ended_at, n.outcome,
      n.outcome_answer_id, '[]'::json as answers
    from paid_needs n where n.ticket_id = ${ticket_id}::uuid order by n.id desc limit 1`.execute(ctx.db)
  const [need] = rows
  if (!need || ctx.actor.kind !== 'requester') return need ?? null
  const { rows: answers } =
    await sql<PaidAnswer>`${keptPlan}select a.id, a.position, g.name, a.organisation_id, a.invited_at, a.answer, a.question, a.reply,
      a.contacts_shown_at,
      (select json_build_object('name', c.name, 'addresses', c.addresses) from paid_contacts c where c.answer_id = a.id and c.side = 'provider'
        and a.contacts_shown_at is not null) as contact
    from paid_answers a join organisations g on g.id = a.organisation_id
    where a.ticket_id = ${ticket_id}::uuid and a.need_id = ${need.id}::uuid order by a.position limit 100`.execute(
      ctx.db,
    )
  return { ...need, answers }
}
