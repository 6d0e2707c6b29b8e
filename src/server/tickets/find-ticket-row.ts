import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { maskedIn } from '../platform/mask-nik.ts'
import { refuse } from '../platform/refusal.ts'
import { readNumber } from './number.ts'
import { ticketColumns, ticketTables, type TicketRow } from './ticket-rows.ts'

/** One ticket as lists show it, by id or by its number as somebody typed it. `not_found` when unseen. */
export async function findTicketRow(ctx: Reading, question: { id: string } | { number: string }): Promise<TicketRow> {
  const which =
    'id' in question ? sql`t.id = ${question.id}::uuid` : sql`t.number = ${readNumber(question.number)}::bigint`
  const { rows } =
    await sql<TicketRow>`select ${ticketColumns(ctx)} from tickets t ${ticketTables(ctx)} where ${which}`.execute(
      ctx.db,
    )
  return rows[0] ? maskedIn(rows[0], ['subject', 'institution']) : refuse('not_found', 'ticket.unknown')
}
