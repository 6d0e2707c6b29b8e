import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../../platform/context.ts'
import { record } from '../../platform/journal.ts'
import { refuse } from '../../platform/refusal.ts'
import { summarise } from '../summarise.ts'
import { openPaidLink } from './paid-links.ts'

/** What whoever was asked sees of it: their own row, and how to reach the requester after both have confirmed. */
export interface LinkedPaid {
  id: string
  need_id: string
  ticket_id: string
  name: string
  time_zone: string
  /** open: an answer is waited for; over: the deadline passed; ended: the need ended without this one; agreed: with this one. */
  stands: 'open' | 'over' | 'ended' | 'agreed'
  summary: string
  region: string
  wanted_by: string
  due_at: Date
  answer: 'interested' | 'not_interested' | null
  question: string | null
  reply: string | null
  /** Null until both have confirmed, and again when the need ended with somebody else. */
  contact: { name: string; addresses: string[]; place: string } | null
}

/** What stands behind a link. Called through the door `link`. */
export async function seeLinkedPaid(ctx: Reading, token: string): Promise<LinkedPaid & { person_id: string }> {
  const { answer_id, person_id } = await openPaidLink(ctx, token)
  const { rows } =
    await sql<LinkedPaid>`select a.id, a.need_id, a.ticket_id, g.name, d.time_zone, a.summary, r.name as region, a.wanted_by::text,
      a.due_at, a.answer, a.question, a.reply,
      case when n.outcome_answer_id = a.id then 'agreed' when n.state <> 'open' then 'ended' when a.due_at <= ${ctx.now}::timestamptz then 'over'
        else 'open' end as stands,
      case when a.contacts_shown_at is not null and (n.state = 'open' or n.outcome_answer_id = a.id) then (
        select json_build_object('name', c.name, 'addresses', c.addresses, 'place', n.place) from paid_contacts c
        where c.answer_id = a.id and c.side = 'requester') end as contact
    from paid_answers a join paid_needs n on n.id = a.need_id join desks d on d.id = a.desk_id join organisations g on g.id = a.organisation_id
      join regions r on r.code = a.region_code
    where a.id = ${answer_id}::uuid and a.invited_at is not null`.execute(ctx.db)
  const row = rows[0] ?? refuse('not_found', 'paid.link')
  return { ...row, person_id }
}

export const AnswerPaid = z.discriminatedUnion('answer', [
  z.strictObject({
    token: z.string(),
    answer: z.literal('interested'),
    /** "The association is no party": without it nobody's contacts are ever shown. */
    no_party: z.literal(true, 'paid.fault_no_party'),
  }),
  z.strictObject({ token: z.string(), answer: z.literal('not_interested') }),
  z.strictObject({
    token: z.string(),
    answer: z.literal('question'),
    question: z.string().trim().min(1, 'fault.required').max(2_000),
  }),
])
export type AnswerPaid = z.infer<typeof AnswerPaid>

/**
 * Berminat, tidak, or a question, by the link of a mail. An answer is final after the five minutes in which BATAL takes it back (undo-paid.ts), a question is asked once and may be followed by an answer. What a
 * question names (telephones, mails) is masked: contacts come when both have confirmed. Called through the door `link`. Refuses `conflict`
 * when it was answered, or is over.
 */
export async function answerPaid(ctx: Writing, input: AnswerPaid): Promise<void> {
  const { token, ...given } = input
  await givePaidAnswer(ctx, await seeLinkedPaid(ctx, token), 'link', given)
}

type WithoutToken<Input> = Input extends unknown ? Omit<Input, 'token'> : never
export type GivenAnswer = WithoutToken<AnswerPaid>
type Answerable = Pick<LinkedPaid, 'id' | 'need_id' | 'ticket_id' | 'stands'> & { person_id: string }

/** The invitation with this code, of a desk for which somebody is on duty or works; null where there is none. For the system. */
export async function findPaidByCode(
  ctx: Reading,
  { code, person_id }: { code: string; person_id: string },
): Promise<Omit<Answerable, 'person_id'> | null> {
  const { rows } = await sql<Omit<Answerable, 'person_id'>>`select a.id, a.need_id, a.ticket_id,
      case when n.outcome_answer_id = a.id then 'agreed' when n.state <> 'open' then 'ended' when a.due_at <= ${ctx.now}::timestamptz then 'over'
        else 'open' end as stands
    from paid_answers a join paid_needs n on n.id = a.need_id
    where a.code = ${code} and a.invited_at is not null and (
      exists (select from duty_contacts d where d.desk_id = a.desk_id and d.person_id = ${person_id}::uuid and d.ended_at is null and d.proven_at is not null)
      or exists (select from desk_members m where m.desk_id = a.desk_id and m.person_id = ${person_id}::uuid))`.execute(
    ctx.db,
  )
  return rows[0] ?? null
}

/** The same by whichever way somebody of whom was asked answered; they have been found by the caller. */
export async function givePaidAnswer(
  ctx: Writing,
  { id, need_id, ticket_id, stands, person_id }: Answerable,
  via: 'link' | 'email' | 'sms' | 'whatsapp',
  input: GivenAnswer,
): Promise<void> {
  if (stands !== 'open') refuse('conflict', 'paid.over')
  const about = { paid_need_id: need_id, paid_answer_id: id }
  if (input.answer === 'question') {
    const { numAffectedRows } =
      await sql`update paid_answers set question = left(${summarise(input.question, { names: [], addresses: [] })}, 2000),
        asked_at = ${ctx.now}::timestamptz
      where id = ${id}::uuid and answer is null and question is null`.execute(ctx.tx)
    if (numAffectedRows !== 1n) refuse('conflict', 'paid.answered')
    return record(ctx, 'paid_answer.asked', { ticket_id, about })
  }
  const agrees = input.answer === 'interested'
  const { numAffectedRows } =
    await sql`update paid_answers set answer = ${input.answer}, answered_at = ${ctx.now}::timestamptz,
      answered_by = ${person_id}::uuid, answered_via = ${via}, provider_confirmed_at = case when ${agrees}::boolean then ${ctx.now}::timestamptz end
    where id = ${id}::uuid and answer is null`.execute(ctx.tx)
  if (numAffectedRows !== 1n) refuse('conflict', 'paid.answered')
  if (agrees) await keepContact(ctx, { answer_id: id, person_id, side: 'provider' })
  await record(ctx, 'paid_answer.given', { ticket_id, about })
}

/** How somebody can be reached, for the other side: their verified addresses first, five at most; SQL over `people p`. */
const addressesOf = sql`array(select c.address from contact_points c where c.person_id = p.id order by c.verified_at is null, c.id limit 5)`

/** What the other side will see of somebody when both have confirmed. */
export async function contactOf(ctx: Reading, person_id: string): Promise<{ name: string; addresses: string[] }> {
  const { rows } = await sql<{ name: string; addresses: string[] }>`select p.name, ${addressesOf} as addresses
    from people p where p.id = ${person_id}::uuid`.execute(ctx.db)
  return rows[0]!
}

export async function keepContact(
  ctx: Writing,
  given: { answer_id: string; person_id: string; side: 'requester' | 'provider'; organisation_id?: string | null },
): Promise<void> {
  await sql`insert into paid_contacts (answer_id, side, person_id, name, addresses, organisation_id)
    select ${given.answer_id}::uuid, ${given.side}, p.id, p.name, ${addressesOf}, ${given.organisation_id ?? null}::uuid
    from people p where p.id = ${given.person_id}::uuid on conflict do nothing`.execute(ctx.tx)
}
