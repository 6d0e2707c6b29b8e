import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../../platform/context.ts'
import { newId } from '../../platform/ids.ts'
import { record } from '../../platform/journal.ts'
import { refuse } from '../../platform/refusal.ts'
import { openAgreementLink } from './paid-links.ts'

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

export interface AgreementRow {
  id: string
  provider: string
  customer: string
  kind: (typeof agreementKinds)[number]
  starts_on: string
  ends_on: string
  coverage: (typeof coverages)[number]
  response_minutes: number
  resolution_minutes: number
  state: 'recorded' | 'confirmed' | 'declined' | 'ended'
  recorded_at: Date
}

/**
 * A provider records that it has an agreement with the institution of somebody whose contacts it was shown: terms, no document. The person who
 * asked confirms it by a link. Refuses `not_found` (paid.no_customer) for an answer that is not its own, or of whose institution nothing is known.
 */
export async function recordAgreement(ctx: Writing, input: RecordAgreement): Promise<string> {
  const id = newId()
  const by = ctx.actor.kind === 'staff' ? ctx.actor.person_id : null
  const desks = ctx.actor.kind === 'staff' ? (ctx.actor.providers ?? []).map((desk) => desk.id) : []
  const { rows } =
    await sql`insert into agreements (id, answer_id, desk_id, organisation_id, customer_id, kind, starts_on, ends_on, coverage,
      response_minutes, resolution_minutes, recorded_at, recorded_by, asked_person_id)
    select ${id}::uuid, a.id, a.desk_id, a.organisation_id, c.organisation_id, ${input.kind}, ${input.starts_on}::date, ${input.ends_on}::date,
      ${input.coverage}, ${input.response_minutes}::int, ${input.resolution_minutes}::int, ${ctx.now}::timestamptz, ${by}::uuid, c.person_id
    from paid_answers a join paid_contacts c on c.answer_id = a.id and c.side = 'requester' and c.organisation_id is not null
    where a.id = ${input.answer_id}::uuid and a.desk_id = any (${desks}::uuid[]) returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('not_found', 'paid.no_customer')
  await record(ctx, 'agreement.recorded', { about: { agreement_id: id } })
  return id
}

export const EndAgreement = z.strictObject({ agreement_id: z.uuid() })
export type EndAgreement = z.infer<typeof EndAgreement>

/** It counts no more. Refuses `conflict` (paid.agreement_over) for one that is not the actor's, or over already. */
export async function endAgreement(ctx: Writing, { agreement_id }: EndAgreement): Promise<void> {
  const by = ctx.actor.kind === 'staff' ? ctx.actor.person_id : null
  const { rows } =
    await sql`update agreements set state = 'ended', ended_at = ${ctx.now}::timestamptz, ended_by = ${by}::uuid
    where id = ${agreement_id}::uuid and state in ('recorded', 'confirmed') returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'paid.agreement_over')
  await record(ctx, 'agreement.ended', { about: { agreement_id } })
}

const COLUMNS = sql`g.id, o.name as provider, k.name as customer, g.kind, g.starts_on::text, g.ends_on::text, g.coverage, g.response_minutes,
  g.resolution_minutes, g.state, g.recorded_at`
const FROM = sql`agreements g join organisations o on o.id = g.organisation_id join organisations k on k.id = g.customer_id`
const AGREEMENTS_MAX = 200

/** Those of the actor's own desks, the newest first: of a provider, and of an institution with a desk of its own. */
export async function listAgreements(ctx: Reading): Promise<AgreementRow[]> {
  const { rows } = await sql<AgreementRow>`select ${COLUMNS} from ${FROM}
    order by g.recorded_at desc, g.id desc limit ${AGREEMENTS_MAX}::int`.execute(ctx.db)
  return rows
}

/** With whom a provider can record one: institutions whose contacts it was shown. */
export async function listCustomers(ctx: Reading): Promise<{ answer_id: string; name: string }[]> {
  const { rows } = await sql<{ answer_id: string; name: string }>`select a.id as answer_id, k.name
    from paid_answers a join paid_contacts c on c.answer_id = a.id and c.side = 'requester' join organisations k on k.id = c.organisation_id
    order by a.invited_at desc, a.id desc limit ${AGREEMENTS_MAX}::int`.execute(ctx.db)
  return rows
}

/** For the secretariat: that they exist, never their terms (the database refuses others). */
export async function listExistingAgreements(
  ctx: Reading,
): Promise<Pick<AgreementRow, 'id' | 'provider' | 'customer' | 'state' | 'starts_on' | 'ends_on'>[]> {
  const { rows } = await sql<
    Pick<AgreementRow, 'id' | 'provider' | 'customer' | 'state' | 'starts_on' | 'ends_on'>
  >`select id, provider, customer, state, starts_on::text, ends_on::text from agreements_that_exist()`.execute(ctx.db)
  return rows
}

/** What whoever asked is shown by their link. Called through the door `link`. */
export async function seeLinkedAgreement(ctx: Reading, token: string): Promise<AgreementRow> {
  const { agreement_id, person_id } = await openAgreementLink(ctx, token)
  const { rows } = await sql<AgreementRow>`select ${COLUMNS} from ${FROM}
    where g.id = ${agreement_id}::uuid and g.asked_person_id = ${person_id}::uuid`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'paid.link')
}

/** Whoever asked says for their institution whether this agreement exists. Called through the door `link`; refuses `conflict` when it was said. */
export async function answerAgreement(
  ctx: Writing,
  { token, confirmed }: { token: string; confirmed: boolean },
): Promise<void> {
  const { id: agreement_id } = await seeLinkedAgreement(ctx, token)
  const { numAffectedRows } =
    await sql`update agreements set state = ${confirmed ? 'confirmed' : 'declined'}, answered_at = ${ctx.now}::timestamptz
    where id = ${agreement_id}::uuid and state = 'recorded'`.execute(ctx.tx)
  if (numAffectedRows !== 1n) refuse('conflict', 'paid.agreement_over')
  await record(ctx, confirmed ? 'agreement.confirmed' : 'agreement.declined', { about: { agreement_id } })
}
