import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { say } from '../platform/words.ts'
import { lockTickets, takeTicket } from './find-ticket.ts'
import { openTickets, SUBJECT_LENGTH_MAX, type Kind, type OpenedTicket, type Urgency } from './open-tickets.ts'
import { REPLY_LENGTH_MAX } from './reply.ts'
import { sendOut } from './send-out.ts'

export const SplitOff = z.object({
  ticket_id: z.uuid(),
  subject: z.string().trim().max(SUBJECT_LENGTH_MAX).optional(),
  /** What somebody else is to do; the requester reads it, and so does whoever takes it. */
  text: z.string().trim().min(1).max(REPLY_LENGTH_MAX),
  /** Default: as on the whole. */
  region_code: z.string().nullable().optional(),
  topic_code: z.string().nullable().optional(),
})
export type SplitOff = z.infer<typeof SplitOff>

const PARTS_MAX = 20

/**
 * A part for somebody else in parallel: a ticket of its own, with its own holder and referral, linked to the whole (`part`). Whoever gets
 * the part sees nothing of the whole. The requester is told once, with a link to the part. It begins at the desk that holds the whole, or
 * at the actor's own. Refuses `conflict` when the whole is closed or has twenty parts already.
 */
export async function splitOff(ctx: Writing, input: SplitOff): Promise<OpenedTicket> {
  const { actor } = ctx
  if (actor.kind !== 'staff') refuse('forbidden', 'ticket.forbidden')
  const { ticket: whole } = await takeTicket(ctx, input.ticket_id, 'ticket.choose_provider')
  if (whole.state === 'closed') refuse('conflict', 'ticket.state_closed')
  const known = await aboutWhole(ctx, whole.id)
  if (known.is_part) refuse('conflict', 'ticket.part_of_part')
  if (known.parts >= PARTS_MAX) refuse('conflict', 'ticket.parts_max')
  const holds = actor.desks.some(({ id }) => id === whole.holder_desk_id)
  const [part] = await openTickets(ctx, [
    {
      ...known,
      subject: input.subject || undefined,
      text: input.text,
      channel: whole.channel,
      language: whole.language,
      requester_id: whole.requester_id,
      region_code: input.region_code ?? known.region_code,
      topic_code: input.topic_code ?? known.topic_code,
      desk_id: holds ? whole.holder_desk_id : (actor.desks[0]?.id ?? whole.holder_desk_id),
    },
  ])
  const { id, number } = part!
  await Promise.all([
    sql`insert into recordings (ticket_id, recorded_by) values (${id}::uuid, ${actor.person_id}::uuid)`.execute(ctx.tx),
    sql`update participants p set channel = w.channel from participants w
      where p.ticket_id = ${id}::uuid and w.ticket_id = ${whole.id}::uuid and w.person_id = p.person_id`.execute(
      ctx.tx,
    ),
    sql`insert into ticket_links (ticket_id, other_id, kind, made_by, made_at)
      values (${id}::uuid, ${whole.id}::uuid, 'part', ${actor.person_id}::uuid, ${ctx.now}::timestamptz)`.execute(
      ctx.tx,
    ),
    record(ctx, 'ticket.linked', { ticket_id: id, about: { other_id: whole.id, link: 'part' } }),
    record(ctx, 'ticket.part_opened', { ticket_id: whole.id, about: { other_id: id } }),
  ])
  const [ticket] = await lockTickets(ctx, [id])
  await sendOut(ctx, [
    {
      ticket: ticket!,
      text: say(whole.language, 'ticket.part_told', { number, whole: whole.number, text: input.text }),
      author_id: null,
      leaves_at: ctx.now,
      footer: 'ticket.mail.follow',
    },
  ])
  return part!
}

async function aboutWhole(ctx: Writing, ticket_id: string) {
  const { rows } = await sql<{
    organisation_id: string | null
    institution: string | null
    region_code: string | null
    topic_code: string | null
    kind: Kind
    urgency: Urgency
    contact_point_id: string | null
    is_part: boolean
    parts: number
  }>`select t.organisation_id, t.institution, t.region_code, t.topic_code, t.kind, t.urgency, p.contact_point_id,
      exists (select from ticket_links l where l.ticket_id = t.id and l.kind = 'part') as is_part,
      (select count(*)::int from ticket_links l where l.other_id = t.id and l.kind = 'part') as parts
    from tickets t left join participants p on p.ticket_id = t.id and p.person_id = t.requester_id
    where t.id = ${ticket_id}::uuid`.execute(ctx.db)
  return rows[0]!
}
