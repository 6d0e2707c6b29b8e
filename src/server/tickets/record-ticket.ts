import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { must } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import { addContactPoints, findOrMakePeople, normaliseAddress, organisationNamed } from '../people/index.ts'
import { openTickets, SUBJECT_LENGTH_MAX, type OpenedTicket } from './open-tickets.ts'
import { oneLine } from './plain-text.ts'
import { Attachment, REPLY_LENGTH_MAX } from './reply.ts'

export const RecordTicket = z.object({
  subject: z.string().trim().max(SUBJECT_LENGTH_MAX).optional(),
  text: z.string().trim().min(1).max(REPLY_LENGTH_MAX),
  channel: z.enum(['phone', 'walk_in', 'letter']),
  language: z.enum(['id', 'en']).optional(),
  requester: z.object({
    name: z.string().trim().min(1).max(200),
    /** Somebody known, whom the writer sees; then the name says nothing, and an address that they did not have yet is written down. */
    person_id: z.uuid().optional(),
    channel: z.enum(['email', 'phone']).optional(),
    address: z.string().trim().max(320).optional(),
    /** A telephone number beside the mail address: written down too. */
    phone: z.string().trim().max(320).optional(),
  }),
  organisation_id: z.uuid().nullable().optional(),
  /** As it was told; linked when the directory has just this name. */
  institution: z.string().trim().max(200).optional(),
  region_code: z.string().nullable().optional(),
  topic_code: z.string().nullable().optional(),
  kind: z.enum(['free_help', 'paid', 'not_known']).optional(),
  urgency: z.enum(['low', 'normal', 'high', 'emergency']).optional(),
  /** One of the writer's desks; default: the first. Hand it on with assign(). */
  desk_id: z.uuid().optional(),
  /** The letter's own number and date; only for channel `letter`. */
  letter_number: z.string().trim().max(120).optional(),
  letter_date: z.iso.date().optional(),
  attachments: z.array(Attachment).max(20).optional(),
})
export type RecordTicket = z.infer<typeof RecordTicket>

/**
 * Opens a ticket on behalf of somebody who called, came by or wrote a letter. The recording names who wrote it down; there is no row in
 * the intake ledger. Refuses `forbidden` for a desk where one does not work, `invalid` for an address that is none.
 */
export async function recordTicket(ctx: Writing, input: RecordTicket): Promise<OpenedTicket> {
  const { actor } = ctx
  if (actor.kind !== 'staff') refuse('forbidden', 'ticket.forbidden')
  const desk_id =
    input.desk_id ??
    actor.desks[0]?.id ??
    refuse('invalid', 'ticket.record', [{ path: 'desk_id', key: 'fault.required' }])
  must(actor, 'ticket.record', { id: desk_id })
  const language = input.language ?? 'id'
  const { name, channel, address, phone } = input.requester
  if (phone && !normaliseAddress('phone', phone))
    refuse('invalid', 'address', [{ path: 'requester.phone', key: 'fault.phone' }])
  const given = channel && address ? { channel, address } : {}
  const requester = input.requester.person_id
    ? await knownRequester(ctx, input.requester.person_id, given)
    : (await findOrMakePeople(ctx, [{ name, language, ...given }]))[0]!
  const [opened] = await openTickets(ctx, [
    {
      ...input,
      language,
      desk_id,
      requester_id: requester.id,
      contact_point_id: requester.contact_point_id,
      organisation_id:
        input.organisation_id ??
        (input.institution ? await organisationNamed(ctx, input.institution) : requester.organisation_id),
    },
  ])
  // After the ticket, by which whoever records sees the person.
  if (phone) await addContactPoints(ctx, [{ person_id: requester.id, channel: 'phone', address: phone }])
  const is_letter = input.channel === 'letter'
  await ctx.tx
    .insertInto('recordings')
    .values({
      ticket_id: opened!.id,
      recorded_by: actor.person_id,
      letter_number: is_letter && input.letter_number ? oneLine(input.letter_number, 120) : null,
      letter_date: is_letter ? (input.letter_date ?? null) : null,
    })
    .execute()
  await record(ctx, 'ticket.recorded', { ticket_id: opened!.id, about: { channel: input.channel } })
  return opened!
}

/**
 * Somebody whom the writer chose: never a second person of the same name. Without an address (who calls may hide the number) they are told where they were
 * told last. Refuses not_found for whom the writer does not see.
 */
async function knownRequester(
  ctx: Writing,
  person_id: string,
  { channel, address }: { channel?: 'email' | 'phone'; address?: string },
): Promise<{ id: string; contact_point_id: string | null; organisation_id: string | null }> {
  const { rows } = await sql<{ id: string; organisation_id: string | null }>`select id, organisation_id from people
    where id = ${person_id}::uuid and merged_into is null`.execute(ctx.db)
  const person = rows[0] ?? refuse('not_found', 'person')
  if (!channel || !address) return { ...person, contact_point_id: null }
  const point = normaliseAddress(channel, address)
  if (!point) refuse('invalid', 'address', [{ path: 'requester.address', key: `fault.${channel}` }])
  await addContactPoints(ctx, [{ person_id, channel, address }])
  const { rows: points } = await sql<{ id: string }>`select id from contact_points
    where person_id = ${person_id}::uuid and channel = ${channel}::text and normalised = ${point.normalised}::text`.execute(
    ctx.db,
  )
  return { ...person, contact_point_id: points[0]?.id ?? null }
}
