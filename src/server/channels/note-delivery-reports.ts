import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { recordAll } from '../platform/journal.ts'
import { isDead, muteAddresses } from './mute-addresses.ts'

/** What a mail host said later about one mail of ours to one recipient. */
export interface DeliveryReport {
  /** The row of the outbox, where the report came to its own envelope sender; else null. */
  outbox_id: string | null
  /** Message-ID of a mail of ours, without angle brackets, where the report names one. */
  mail_id: string | null
  /** `delayed`: it is still being tried there. `noted`: nothing is said of whether it arrived; only the ticket is looked up. */
  state: 'failed' | 'delayed' | 'delivered' | 'noted'
  /** Enhanced status such as 5.1.1, or a reply code, where the report names one. */
  status: string | null
  /** One line of what the host said. */
  said: string
  /** Whom the report is about, in the form in which addresses are compared; empty where it names nobody. */
  addresses: readonly string[]
}

/** The mail that a report is about; in the order of the reports, null where it is none of ours. */
export type ReportedMail = { outbox_id: string; ticket: { id: string; number: string } | null } | null

const ERROR_LENGTH_MAX = 500

/**
 * Writes what mail hosts reported about mails that had left, also of those whose leaving was not written down yet. A final state stays. A
 * mail that failed is `failed` with the reason and a fact; when the host says that nobody lives there, its recipient is muted. Being tried still
 * is noted and changes no state.
 */
export async function noteDeliveryReports(ctx: Writing, reports: readonly DeliveryReport[]): Promise<ReportedMail[]> {
  if (reports.length === 0) return []
  const given = reports.map(({ addresses: _, ...report }, position) => ({
    ...report,
    position,
    error: [report.status ?? 'reported', report.said].filter(Boolean).join(' ').slice(0, ERROR_LENGTH_MAX),
  }))
  const { rows: found } = await sql<{
    position: number
    id: string
    about_id: string | null
    number: string | null
    address: string
    changed: boolean
  }>`with r as (
      select * from jsonb_to_recordset(${JSON.stringify(given)}::jsonb)
        as r (position int, outbox_id uuid, mail_id text, state text, error text)),
    found as (
      select r.position, r.state, r.error, o.id, o.about_id, o.about_number, o.address from r join outbox o on o.id = r.outbox_id
      union all
      select r.position, r.state, r.error, o.id, o.about_id, o.about_number, o.address
      from r join outbox o on o.mail_id = r.mail_id where r.outbox_id is null),
    -- Of several words about one mail the worst.
    said as (select distinct on (id) id, state, error from found where state <> 'noted'
      order by id, array_position(array['failed', 'delivered', 'delayed'], state)),
    changed as (
      update outbox o set last_error = case when said.state = 'delivered' then null else said.error end,
        state = case when said.state = 'delayed' then o.state else said.state end,
        next_attempt_at = case when said.state = 'delayed' then o.next_attempt_at end,
        lease_until = case when said.state = 'delayed' then o.lease_until end
      from said where o.id = said.id and (o.state in ('sent', 'sending') or (o.state = 'waiting' and o.attempts > 0))
      returning o.id, said.state)
    select found.position, found.id, found.about_id, found.about_number::text as number, found.address,
      changed.state is not null and changed.state = 'failed' as changed
    from found left join changed using (id)`.execute(ctx.tx)
  await recordAll(
    ctx,
    [...new Map(found.filter(({ changed }) => changed).map((row) => [row.id, row])).values()].map(
      ({ id, about_id }) => ({
        kind: 'outbox.failed' as const,
        ...(about_id ? { ticket_id: about_id } : {}),
        about: { outbox_id: id },
      }),
    ),
  )
  await muteAddresses(
    ctx,
    found.flatMap(({ position, id, address }) => {
      const { state, status, said, addresses } = reports[position]!
      // Where the mail was passed on, the address that died may be somebody else's.
      const named = addresses.length === 0 || addresses.includes(address)
      return state === 'failed' && named && isDead(status, said) ? [{ outbox_id: id, status: status! }] : []
    }),
  )
  const byPosition = new Map(found.map((row) => [row.position, row]))
  return reports.map((_, position) => {
    const row = byPosition.get(position)
    if (!row) return null
    return {
      outbox_id: row.id,
      ticket: row.about_id && row.number ? { id: row.about_id, number: row.number } : null,
    }
  })
}
