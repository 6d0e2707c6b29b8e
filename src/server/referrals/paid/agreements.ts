import { sql, type RawBuilder } from 'kysely'
import { z } from 'zod'
import { keptPlan } from '../../platform/database.ts'
import type { Actor, Reading, Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { record } from '../../platform/journal.ts'
import { refuse } from '../../platform/refusal.ts'
import { openAgreementLink, type Side } from './paid-links.ts'

export const agreementKinds = ['support', 'maintenance', 'migration', 'training', 'other'] as const
/** Which hours the minutes of its times are of. */
export const coverages = ['office_hours', 'extended', 'always'] as const

export const RecordAgreement = z
  .strictObject({
    /** The answer by which the two came together: it says who they are. */
    answer_id: z.uuid('fault.required'),
    kind: z.enum(agreementKinds, 'fault.required'),
    starts_on: z.iso.date('paid.fault_date'),
    ends_on: z.iso.date('paid.fault_date'),
    coverage: z.enum(coverages, 'fault.required'),
    response_minutes: z.coerce.number().int().min(1, 'fault.required').max(100_000),
    resolution_minutes: z.coerce.number().int().min(1, 'fault.required').max(1_000_000),
  })
  .refine(({ starts_on, ends_on }) => ends_on >= starts_on, { path: ['ends_on'], error: 'paid.fault_period' })
export type RecordAgreement = z.infer<typeof RecordAgreement>
/** What each form of it asks, in its order. */
export const agreementFields = [
  'answer_id',
  'kind',
  'starts_on',
  'ends_on',
  'coverage',
  'response_minutes',
  'resolution_minutes',
] as const satisfies readonly (keyof RecordAgreement)[]

export interface AgreementRow {
  id: string
  answer_id: string
  provider: string
  /** The institution of whoever asked, or their own name; '' once they are forgotten. */
  customer: string
  kind: (typeof agreementKinds)[number]
  starts_on: string
  ends_on: string
  coverage: (typeof coverages)[number]
  response_minutes: number
  resolution_minutes: number
  state: 'recorded' | 'confirmed' | 'declined' | 'withdrawn' | 'ended'
  recorded_side: Side
  recorded_at: Date
  answered_at: Date | null
  ended_side: Side | null
  ended_at: Date | null
  /** Of the provider. */
  time_zone: string
  /** Which of the two reads it; null for whoever works at the own desk of the institution, which only sees it. */
  side: Side | null
}

/** For which of the two somebody acts. */
interface Party {
  side: Side
  person_id: string | null
}
const partyOf = (actor: Actor): Party => ({
  side: actor.kind === 'requester' ? 'requester' : 'provider',
  person_id: 'person_id' in actor ? actor.person_id : null,
})
const desksOf = (actor: Actor): string[] =>
  actor.kind === 'staff' ? (actor.providers ?? []).map((desk) => desk.id) : []

/**
 * One of the two that saw each other's contacts records that they have an agreement: terms, no document. The other is asked whether it is right.
 * Refuses `not_found` (paid.no_customer) for an answer that is not the actor's or whose contacts were not shown, and `conflict`
 * (paid.agreement_waits) while another one of these two waits to be confirmed: also when both begin at once.
 */
export async function recordAgreement(ctx: Writing, input: RecordAgreement): Promise<string> {
  const id = newId()
  const { side, person_id } = partyOf(ctx.actor)
  const ticket_id = ctx.actor.kind === 'requester' ? ctx.actor.ticket_id : null
  const { rows } = await sql<{ recorded: boolean }>`with answer as (
      select a.id, a.desk_id, a.organisation_id, c.organisation_id as customer_id, c.person_id
      from paid_answers a join paid_contacts c on c.answer_id = a.id and c.side = 'requester'
      where a.id = ${input.answer_id}::uuid and (a.desk_id = any (${desksOf(ctx.actor)}::uuid[]) or a.ticket_id = ${ticket_id}::uuid)),
    recorded as (
      insert into agreements (id, answer_id, desk_id, organisation_id, customer_id, kind, starts_on, ends_on, coverage,
        response_minutes, resolution_minutes, recorded_side, recorded_at, recorded_by, asked_person_id)
      select ${id}::uuid, id, desk_id, organisation_id, customer_id, ${input.kind}, ${input.starts_on}::date, ${input.ends_on}::date,
        ${input.coverage}, ${input.response_minutes}::int, ${input.resolution_minutes}::int, ${side}, ${ctx.now}::timestamptz,
        ${person_id}::uuid, person_id
      from answer on conflict (answer_id) where state = 'recorded' do nothing returning id)
    select exists (select from recorded) as recorded from answer`.execute(ctx.tx)
  if (!rows[0]) refuse('not_found', 'paid.no_customer')
  if (!rows[0].recorded) refuse('conflict', 'paid.agreement_waits')
  await record(ctx, 'agreement.recorded', { about: { agreement_id: id, side } })
  return id
}

export const AnswerAgreement = z.strictObject({ agreement_id: z.uuid(), confirmed: z.boolean() })
export type AnswerAgreement = z.infer<typeof AnswerAgreement>

/** Whichever of the two did not record it says whether it is right. Refuses `conflict` (paid.agreement_over) when that was said, or it was taken back. */
export async function answerAgreement(
  ctx: Writing,
  { agreement_id, confirmed }: AnswerAgreement,
  { side, person_id }: Party = partyOf(ctx.actor),
): Promise<void> {
  const { numAffectedRows } =
    await sql`update agreements set state = ${confirmed ? 'confirmed' : 'declined'}, answered_at = ${ctx.now}::timestamptz,
      answered_by = ${person_id}::uuid
    where id = ${agreement_id}::uuid and state = 'recorded' and recorded_side <> ${side}`.execute(ctx.tx)
  if (numAffectedRows !== 1n) refuse('conflict', 'paid.agreement_over')
  await record(ctx, confirmed ? 'agreement.confirmed' : 'agreement.declined', { about: { agreement_id, side } })
}

export const EndAgreement = z.strictObject({ agreement_id: z.uuid() })
export type EndAgreement = z.infer<typeof EndAgreement>

/**
 * Whoever recorded it takes it back until the other has answered; once confirmed, either says that it ended. Refuses `conflict`
 * (paid.agreement_over) for one that is not the actor's, waits for them, or is over already.
 */
export async function endAgreement(
  ctx: Writing,
  { agreement_id }: EndAgreement,
  { side, person_id }: Party = partyOf(ctx.actor),
): Promise<void> {
  const { rows } = await sql<{ state: 'withdrawn' | 'ended' }>`update agreements
    set state = case state when 'recorded' then 'withdrawn' else 'ended' end,
      ended_at = ${ctx.now}::timestamptz, ended_by = ${person_id}::uuid, ended_side = ${side}
    where id = ${agreement_id}::uuid and (state = 'confirmed' or (state = 'recorded' and recorded_side = ${side}))
    returning state`.execute(ctx.tx)
  const { state } = rows[0] ?? refuse('conflict', 'paid.agreement_over')
  await record(ctx, `agreement.${state}`, { about: { agreement_id, side } })
}

const columns = (
  side: RawBuilder<unknown>,
) => sql`g.id, g.answer_id, o.name as provider, coalesce(k.name, c.name, '') as customer, g.kind,
  g.starts_on::text, g.ends_on::text, g.coverage, g.response_minutes, g.resolution_minutes, g.state, g.recorded_side, g.recorded_at,
  g.answered_at, g.ended_side, g.ended_at, d.time_zone, ${side} as side`
const FROM = sql`agreements g join organisations o on o.id = g.organisation_id join desks d on d.id = g.desk_id
  left join organisations k on k.id = g.customer_id
  left join paid_contacts c on c.answer_id = g.answer_id and c.side = 'requester'`
const AGREEMENTS_MAX = 200

/**
 * The actor's own, the newest first: of a provider's desks, of an institution with a desk of its own, of the request of whoever holds its link.
 * A page that keeps its plans may ask it.
 */
export async function listAgreements(ctx: Reading): Promise<AgreementRow[]> {
  const side = sql`case when ${ctx.actor.kind === 'requester'}::boolean then 'requester' when g.desk_id = any (${desksOf(ctx.actor)}::uuid[]) then 'provider' end`
  // Row-level security says the same; said here, PostgreSQL finds those of one request by their index.
  const own =
    ctx.actor.kind === 'requester'
      ? sql`g.answer_id = any (array(select id from paid_answers where ticket_id = ${ctx.actor.ticket_id}::uuid))`
      : sql`true`
  const { rows } = await sql<AgreementRow>`${keptPlan}select ${columns(side)} from ${FROM} where ${own}
    order by g.recorded_at desc, g.id desc limit ${AGREEMENTS_MAX}::int`.execute(ctx.db)
  return rows
}

/** With whom a provider can record one: those whose contacts it was shown, by their institution where they have one. */
export async function listCustomers(ctx: Reading): Promise<{ answer_id: string; name: string }[]> {
  const { rows } = await sql<{
    answer_id: string
    name: string
  }>`select a.id as answer_id, coalesce(k.name, c.name) as name
    from paid_answers a join paid_contacts c on c.answer_id = a.id and c.side = 'requester' left join organisations k on k.id = c.organisation_id
    order by a.invited_at desc, a.id desc limit ${AGREEMENTS_MAX}::int`.execute(ctx.db)
  return rows
}

/** For the secretariat: that they exist, never their terms (the database refuses others). `customer` is '' where somebody asked for themselves. */
export async function listExistingAgreements(
  ctx: Reading,
): Promise<Pick<AgreementRow, 'id' | 'provider' | 'customer' | 'state' | 'starts_on' | 'ends_on'>[]> {
  const { rows } = await sql<
    Pick<AgreementRow, 'id' | 'provider' | 'customer' | 'state' | 'starts_on' | 'ends_on'>
  >`select id, provider, customer, state, starts_on::text, ends_on::text from agreements_that_exist()`.execute(ctx.db)
  return rows
}

/** What whoever was told of it is shown by their link. Called through the door `link`. */
export async function seeLinkedAgreement(ctx: Reading, token: string): Promise<AgreementRow> {
  const { agreement_id, side } = await openAgreementLink(ctx, token)
  const { rows } = await sql<AgreementRow>`select ${columns(sql`${side}::text`)} from ${FROM}
    where g.id = ${agreement_id}::uuid`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'paid.link')
}

/** answerAgreement by the link of a mail or text, which needs no account. Called through the door `link`. */
export async function answerLinkedAgreement(
  ctx: Writing,
  { token, confirmed }: { token: string; confirmed: boolean },
): Promise<void> {
  const { agreement_id, ...party } = await openAgreementLink(ctx, token)
  await answerAgreement(ctx, { agreement_id, confirmed }, party)
}

/** endAgreement by the same link. */
export async function endLinkedAgreement(ctx: Writing, token: string): Promise<void> {
  const { agreement_id, ...party } = await openAgreementLink(ctx, token)
  await endAgreement(ctx, { agreement_id }, party)
}
