import { sql } from 'kysely'
import type { App } from '../../platform/app.ts'
import { system, write } from '../../platform/context.ts'
import { recordAll } from '../../platform/journal.ts'
import type { Writing } from '../../platform/context.ts'
import { UNDO_SECONDS } from '../answering.ts'

const NEEDS_MAX = 500

/** The round of each minute (expireNeedsNow in a transaction of its own). */
export const expireNeeds = (app: App): Promise<number> => write(app, system, expireNeedsNow)

/**
 * A need ends at its deadline when nobody is interested, and a month after it when nothing was recorded; one whose request is closed, or was no
 * request, is taken back: closed, once whoever closed it by a text can take that back no more. Answers how many ended.
 */
export async function expireNeedsNow(ctx: Writing): Promise<number> {
  const gone = sql`(t.spam_at is not null
    or (t.state = 'closed' and t.state_since <= ${ctx.now}::timestamptz - make_interval(secs => ${UNDO_SECONDS}::int)))`
  const { rows } = await sql<{
    id: string
    ticket_id: string
    state: 'expired' | 'withdrawn'
  }>`update paid_needs set ended_at = ${ctx.now}::timestamptz,
      state = case when ends.gone then 'withdrawn' else 'expired' end
    from (select n.id, ${gone} as gone from paid_needs n join tickets t on t.id = n.ticket_id
      where n.state = 'open' and (${gone} or n.ends_at <= ${ctx.now}::timestamptz
        or (n.due_at <= ${ctx.now}::timestamptz and not exists (select from paid_answers a where a.need_id = n.id and a.answer = 'interested')))
      order by n.due_at, n.id limit ${NEEDS_MAX}::int for update of n skip locked) ends
    where ends.id = paid_needs.id returning paid_needs.id, ticket_id, state`.execute(ctx.tx)
  await recordAll(
    ctx,
    rows.map(({ id, ticket_id, state }) => ({
      kind: `paid_need.${state}` as const,
      ticket_id,
      about: { paid_need_id: id },
    })),
  )
  return rows.length
}
