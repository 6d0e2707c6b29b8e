import { sql, type RawBuilder } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { FORGOTTEN } from '../platform/redact.ts'
import type { Clearing, OldRows } from '../channels/index.ts'
import { indexThese } from './index-tickets.ts'

const oldTickets = (condition: RawBuilder<unknown>): Clearing => ({
  async find(ctx, before, most) {
    const { rows } =
      await sql<OldRows>`select t.id, coalesce(t.spam_at, t.state_since) as at, '#' || t.number as what from tickets t
      where ${condition} and coalesce(t.spam_at, t.state_since) < ${before}::timestamptz and t.subject <> ${FORGOTTEN}
        and not exists (select from legal_holds h join participants p on p.person_id = h.person_id
          where h.lifted_at is null and p.ticket_id = t.id)
      order by coalesce(t.spam_at, t.state_since), t.id limit ${most}::int`.execute(ctx.db)
    return rows
  },
  clear: clearTickets,
})

/** Tickets marked as spam: nobody's case. */
export const spamTickets = oldTickets(sql`t.spam_at is not null`)
/** What was said on tickets that were closed long ago. Number, dates, state, topic, region, desks and the resolution stay. */
export const closedTickets = oldTickets(sql`t.state = 'closed' and t.spam_at is null`)

async function clearTickets(ctx: Writing, ids: readonly string[]): Promise<string[]> {
  const these = sql`any (${[...ids]}::uuid[])`
  await sql`update messages set text = ${FORGOTTEN}, quoted_text = null where ticket_id = ${these}`.execute(ctx.tx)
  await sql`delete from message_htmls where ticket_id = ${these}`.execute(ctx.tx)
  await sql`delete from drafts where ticket_id = ${these}`.execute(ctx.tx)
  await sql`delete from suggested_participants where ticket_id = ${these}`.execute(ctx.tx)
  await sql`delete from follow_links where ticket_id = ${these}`.execute(ctx.tx)
  await sql`update ratings set words = '' where ticket_id = ${these}`.execute(ctx.tx)
  await sql`update tickets set subject = ${FORGOTTEN} where id = ${these}`.execute(ctx.tx)
  const { rows } = await sql<{
    sha256: string
  }>`delete from attachments where ticket_id = ${these} returning sha256`.execute(ctx.tx)
  await indexThese(ctx, ids)
  return rows.map(({ sha256 }) => sha256)
}
