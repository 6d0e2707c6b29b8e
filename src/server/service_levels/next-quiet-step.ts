import { deskHours } from '../desks/index.ts'
import type { Reading } from '../platform/context.ts'
import { addWorkingDays, holidayCalendar } from '../regions/index.ts'
import { quietRules } from './quiet-rules.ts'

export interface QuietStep {
  step: 'remind' | 'resolve' | 'close'
  /** Not before this moment; the sweep comes every hour. */
  at: Date
  zone: string
}

/** What happens next, and when, if the requester stays quiet; null while it is our turn, and when the ticket is closed. */
export async function nextQuietStep(
  ctx: Reading,
  ticket: { state: string; state_since: Date; reminded_at: Date | null; desk_id: string },
): Promise<QuietStep | null> {
  if (ticket.state !== 'waiting' && ticket.state !== 'resolved') return null
  const rules = await quietRules(ctx)
  const { zone, hours } = await deskHours(ctx, ticket.desk_id)
  if (ticket.state === 'resolved') {
    const at = new Date(ticket.state_since.getTime() + rules.close_after_days * 24 * 60 * 60_000)
    return { step: 'close', at, zone }
  }
  const start = ticket.reminded_at ?? ticket.state_since
  const days = ticket.reminded_at
    ? rules.resolve_after_working_days - rules.remind_after_working_days
    : rules.remind_after_working_days
  const { due_at } = addWorkingDays({ start, days, zone, hours, holidays: await holidayCalendar(ctx, start) })
  return { step: ticket.reminded_at ? 'resolve' : 'remind', at: due_at, zone }
}
