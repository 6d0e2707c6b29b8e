import { sql, type RawBuilder } from 'kysely'
import type { Reading, Writing } from '../../platform/context.ts'
import { record } from '../../platform/journal.ts'
import { refuse } from '../../platform/refusal.ts'
import { UNDO_SECONDS } from '../answering.ts'

/**
 * SQL over `paid_answers a` of a desk that this person is on duty for: whether their answer, or a question of that desk (who asked it is not kept), can still be
 * taken back. Not once the requester has confirmed or replied: they act on it.
 */
export const undoablePaid = ({ now }: Pick<Reading, 'now'>, person: RawBuilder<unknown>) => {
  const since = sql`(${now}::timestamptz - make_interval(secs => ${UNDO_SECONDS}::int))`
  return sql<boolean>`a.invited_at is not null and a.requester_confirmed_at is null
    and (case when a.answer is not null then a.answered_by = ${person} and a.answered_at > ${since}
      else a.reply is null and a.asked_at > ${since} end)
    and exists (select from paid_needs n where n.id = a.need_id and n.state = 'open')`
}

/**
 * BERMINAT, TIDAK or TANYA was a slip: the invitation is open again, and the requester's history says that it was taken back. Refuses `conflict`
 * (offer.nothing_to_undo) later. Records `paid_answer.undone`. For the system.
 */
export async function undoPaid(
  ctx: Writing,
  { answer_id, person_id }: { answer_id: string; person_id: string },
): Promise<void> {
  const { rows } = await sql<{
    need_id: string
    ticket_id: string
  }>`update paid_answers a set answer = null, answered_at = null,
      answered_by = null, answered_via = null, provider_confirmed_at = null,
      question = case when a.answer is not null then a.question end, asked_at = case when a.answer is not null then a.asked_at end
    where a.id = ${answer_id}::uuid and ${undoablePaid(ctx, sql`${person_id}::uuid`)}
    returning a.need_id, a.ticket_id`.execute(ctx.tx)
  const { need_id, ticket_id } = rows[0] ?? refuse('conflict', 'offer.nothing_to_undo')
  await sql`delete from paid_contacts where answer_id = ${answer_id}::uuid and side = 'provider'`.execute(ctx.tx)
  await record(ctx, 'paid_answer.undone', {
    ticket_id,
    about: { paid_need_id: need_id, paid_answer_id: answer_id },
  })
}
