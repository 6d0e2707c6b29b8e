import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { record } from '../../platform/journal.ts'
import { refuse } from '../../platform/refusal.ts'
import { takeForReferral } from '../refer.ts'
import { withoutNames } from '../suggest-summary.ts'
import { weigh } from '../weigh.ts'
import { findLiveNeed } from './need-rows.ts'

export const OpenNeed = z.strictObject({
  ticket_id: z.uuid(),
  /** What shall be done. There is no field for a price: nobody at the association asks for one. */
  scope: z.string().trim().min(1, 'fault.required').max(4_000),
  /** Where; told to a provider only when both have confirmed. */
  work_place: z.string().trim().min(1, 'fault.required').max(300),
  wanted_by: z.iso.date('paid.fault_date'),
  /** How long answers are waited for. */
  wait_days: z.coerce.number().int().min(1).max(60),
})
export type OpenNeed = z.infer<typeof OpenNeed>

const DAY_MS = 86_400_000
/** After the last answer the two need time to agree. */
const DAYS_TO_AGREE = 30
const PROVIDERS_MAX = 100

/**
 * Writes down what paid work is needed, and who could do it, in an order drawn by lot. Nobody is told yet: the requester agrees on their page by
 * choosing whom to ask. Answers how many could be asked. Refuses `forbidden`, `conflict` for a ticket that is not about paid work
 * (paid.not_paid), at its end, or with such a need already (paid.live), and `invalid` where region or topic are unknown, or nobody does such work.
 */
export async function openNeed(ctx: Writing, input: OpenNeed): Promise<{ need_id: string; providers: number }> {
  const { ticket } = await takeForReferral(ctx, input.ticket_id)
  if (ticket.state === 'closed' || ticket.spam_at !== null) refuse('conflict', 'ticket.state_closed')
  if (await findLiveNeed(ctx, ticket.id)) refuse('conflict', 'paid.live')
  const needs = await findNeeds(ctx, ticket.id)
  if (needs.kind !== 'paid') refuse('conflict', 'paid.not_paid')
  const { region_code } = needs
  if (region_code === null || !needs.topic_known) refuse('invalid', 'paid.region_or_topic')
  if (input.wanted_by < ctx.now.toISOString().slice(0, 10))
    refuse('invalid', 'form', [{ path: 'wanted_by', key: 'paid.fault_date' }])

  const need_id = newId()
  const { decision } = await weigh(ctx, { ...needs, id: need_id, ticket_id: ticket.id, region_code, kind: 'paid' })
  const eligible = decision.candidates.filter((one) => one.eligible)
  if (eligible.length === 0) refuse('conflict', 'paid.nobody')
  const seed = decision.seed
  const listed = eligible
    .map(({ desk_id, organisation_id }) => ({ id: newId(), desk_id, organisation_id, lot: drawLot(seed, desk_id) }))
    .sort((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, PROVIDERS_MAX)
    .map((one, index) => ({ ...one, position: index + 1 }))
  const due_at = new Date(ctx.now.getTime() + input.wait_days * DAY_MS)
  const ends_at = new Date(due_at.getTime() + DAYS_TO_AGREE * DAY_MS)
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  await sql`insert into paid_needs (id, ticket_id, scope, place, wanted_by, due_at, ends_at, seed, opened_at, opened_by)
    values (${need_id}::uuid, ${ticket.id}::uuid, ${input.scope}, ${input.work_place}, ${input.wanted_by}::date, ${due_at}::timestamptz,
      ${ends_at}::timestamptz, ${seed}, ${ctx.now}::timestamptz, ${by}::uuid)`.execute(ctx.tx)
  await sql`insert into paid_answers (id, need_id, ticket_id, desk_id, organisation_id, position, summary, region_code, wanted_by, due_at)
    select id, ${need_id}::uuid, ${ticket.id}::uuid, desk_id, organisation_id, position, ${await withoutNames(ctx, ticket.id, input.scope)},
      ${region_code}, ${input.wanted_by}::date, ${due_at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(listed)}::jsonb) as l (id uuid, desk_id uuid, organisation_id uuid, position int)`.execute(
    ctx.tx,
  )
  await record(ctx, 'paid_need.opened', { ticket_id: ticket.id, about: { paid_need_id: need_id } })
  return { need_id, providers: listed.length }
}

/** Nobody stands first because of what they are or cost: each need draws anew. */
const drawLot = (seed: string, desk_id: string) => createHash('sha256').update(`${seed}\0${desk_id}`).digest('hex')

interface Needs {
  kind: string
  region_code: string | null
  topic_known: boolean
  competence_code: string | null
  level: 1 | 2 | 3 | null
  organisation_id: string | null
}

async function findNeeds(ctx: Writing, ticket_id: string): Promise<Needs> {
  const { rows } =
    await sql<Needs>`select t.kind, t.region_code, t.topic_code is not null as topic_known, w.competence_code, w.level,
      t.organisation_id
    from tickets t left join topics w on w.code = t.topic_code where t.id = ${ticket_id}::uuid`.execute(ctx.db)
  return rows[0]!
}
