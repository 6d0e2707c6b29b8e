import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { maskedIn } from '../platform/mask-nik.ts'
import type { SenderCheck } from './email/index.ts'

/** A mail that waits for somebody to say whether it may enter a ticket. */
export interface HeldItem {
  id: string
  received_at: Date
  sender: { name: string; address: string }
  text: string
  authentication: SenderCheck | null
}

const HELD_MAX = 20
const TEXT_LENGTH_MAX = 2_000

/** What is held because its sender is doubtful and would otherwise have entered this ticket, oldest first; at most 20. */
export async function listHeld(ctx: Reading, ticket_id: string): Promise<HeldItem[]> {
  const { rows } =
    await sql<HeldItem>`${keptPlan}select id, received_at, authentication, left(coalesce(text, ''), ${TEXT_LENGTH_MAX}::int) as text,
      json_build_object('name', coalesce(sender_name, ''), 'address', coalesce(sender_address, envelope_from, '')) as sender
    from intake_items where possible_ticket_id = ${ticket_id}::uuid and outcome = 'quarantined' and reason in ('sender_doubtful', 'forwarded')
    order by id limit ${HELD_MAX}`.execute(ctx.db)
  return rows.map((row) => maskedIn(row, ['text']))
}
