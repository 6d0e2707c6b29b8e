import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse, type Fault } from '../platform/refusal.ts'
import { takeTicket } from './find-ticket.ts'
import { SUBJECT_LENGTH_MAX } from './open-tickets.ts'
import { oneLine } from './plain-text.ts'

export const Triage = z.object({
  ticket_id: z.uuid(),
  /** Null takes the value away; left out leaves it. */
  region_code: z.string().nullable().optional(),
  topic_code: z.string().nullable().optional(),
  /** Of the directory. What the requester told stays beside it. */
  organisation_id: z.uuid().nullable().optional(),
  urgency: z.enum(['low', 'normal', 'high', 'emergency']).optional(),
  kind: z.enum(['free_help', 'paid', 'not_known']).optional(),
  subject: z.string().trim().min(1).max(SUBJECT_LENGTH_MAX).optional(),
})
export type Triage = z.infer<typeof Triage>

/** Says what a request is about, from where, how urgent. Records only what changed; changing nothing records nothing. */
export async function triage(ctx: Writing, { ticket_id, ...wanted }: Triage): Promise<void> {
  const { ticket } = await takeTicket(ctx, ticket_id, 'ticket.triage')
  await refuseUnknownCodes(ctx, wanted)
  const given = Object.fromEntries(
    Object.entries({ ...wanted, subject: wanted.subject && oneLine(wanted.subject, SUBJECT_LENGTH_MAX) }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as Omit<Triage, 'ticket_id'>
  const columns = Object.keys(given) as (keyof typeof given)[]
  if (columns.length === 0) return
  const before = await ctx.tx
    .selectFrom('tickets')
    .select(columns)
    .where('id', '=', ticket.id)
    .executeTakeFirstOrThrow()
  const changed = columns.filter((column) => before[column] !== given[column])
  if (changed.length === 0) return
  const change = Object.fromEntries(changed.map((column) => [column, given[column] ?? null]))
  await ctx.tx.updateTable('tickets').set(change).where('id', '=', ticket.id).execute()
  // A subject is a person's words: the fact only says that it was changed.
  await record(ctx, 'ticket.triaged', {
    ticket_id: ticket.id,
    about: Object.fromEntries(changed.map((column) => [column, column === 'subject' ? true : (given[column] ?? null)])),
  })
}

async function refuseUnknownCodes(ctx: Writing, wanted: Omit<Triage, 'ticket_id'>) {
  const { region_code, topic_code, organisation_id } = wanted
  const { rows } = await sql<{ region: boolean; topic: boolean; organisation: boolean }>`select
    exists (select from regions where code = ${region_code ?? null}::text) as region,
    exists (select from topics where code = ${topic_code ?? null}::text) as topic,
    exists (select from organisations where id = ${organisation_id ?? null}::uuid) as organisation`.execute(ctx.tx)
  const known = rows[0]!
  const faults: Fault[] = []
  if (region_code && !known.region) faults.push({ path: 'region_code', key: 'fault.region' })
  if (topic_code && !known.topic) faults.push({ path: 'topic_code', key: 'fault.topic' })
  if (organisation_id && !known.organisation) faults.push({ path: 'organisation_id', key: 'fault.organisation' })
  if (faults.length > 0) refuse('invalid', 'ticket.triage', faults)
}
