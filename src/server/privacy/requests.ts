import { sql } from 'kysely'
import { z } from 'zod'
import type { Language, Reading, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { maskedIn } from '../platform/mask-nik.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'
import { say, type Key } from '../platform/words.ts'
import { queueMessages, type TextChannel } from '../channels/index.ts'
import { normaliseAddress, restrictPerson, standingOf } from '../people/index.ts'
import { decideErasure } from './decide-erasure.ts'

export const requestKinds = ['copy', 'restriction', 'correction', 'erasure'] as const
export type RequestKind = (typeof requestKinds)[number]

/** Three times twenty-four hours, by the calendar, holidays or not (law 27/2022, articles 30 to 34 and 40 to 44). */
export const REQUEST_HOURS = 72

/** By what an answer goes: where none was said, a number by SMS, the id of a chat by Telegram. */
type AnswerWay = 'email' | TextChannel
const wayTo = (address: string | null): AnswerWay =>
  address === null || address.includes('@') ? 'email' : address.startsWith('+') ? 'sms' : 'telegram'
const isAddress = (text: string): boolean =>
  (['email', 'phone', 'telegram'] as const).some((channel) => normaliseAddress(channel, text)?.normalised === text) ||
  normaliseAddress('email', text) !== null

export const MakeRequest = z.strictObject({
  person_id: z.uuid(),
  kind: z.enum(requestKinds),
  words: z.string().trim().max(5000, 'fault.too_long').default(''),
  /** Where it is answered: the address or number that was proved, or one of theirs that staff wrote down; none for somebody who has neither. */
  address: z.string().max(320).refine(isAddress, 'fault.email').nullable().default(null),
  answer_way: z.enum(['email', 'sms', 'whatsapp', 'telegram']).optional(),
  language: z.enum(['id', 'en']).default('id'),
  channel: z.enum(['web', 'desk', 'sms', 'whatsapp', 'telegram']),
})
export type MakeRequest = z.output<typeof MakeRequest>

export interface MadeRequest {
  id: string
  number: string
  due_at: Date
}

/**
 * Writes down what somebody asks about their own data, with a number and a deadline, and tells them both. The same thing asked again while
 * it is open is the same request. By the person through the door link, or by staff who see everything, on behalf of somebody who wrote or
 * called. Records `data_request.made`.
 * @param tells false where the caller answers them itself
 */
export async function makeRequest(ctx: Writing, input: MakeRequest, { tells = true } = {}): Promise<MadeRequest> {
  if (ctx.actor.kind === 'staff' && !ctx.actor.sees_all) refuse('forbidden', 'coordinate_all')
  const open = await openRequest(ctx, input)
  if (open) return open
  const answer_way = input.answer_way ?? wayTo(input.address)
  const recorded_by = ctx.actor.kind === 'staff' ? ctx.actor.person_id : null
  const { rows } =
    await sql<MadeRequest>`insert into data_requests (id, person_id, kind, channel, address, answer_way, words, language, made_at, due_at, recorded_by)
    select ${newId()}::uuid, id, ${input.kind}, ${input.channel}, ${input.address}, ${answer_way}, ${input.words}, ${input.language}, ${ctx.now}::timestamptz,
      ${ctx.now}::timestamptz + make_interval(hours => ${REQUEST_HOURS}::int), ${recorded_by}::uuid
    from people where id = ${input.person_id}::uuid and erased_at is null and merged_into is null returning id, number::text, due_at`.execute(
      ctx.tx,
    )
  const made = rows[0] ?? refuse('not_found', 'person')
  await record(ctx, 'data_request.made', {
    about: { person_id: input.person_id, request_id: made.id, what: input.kind, channel: input.channel },
  })
  if (tells && input.kind !== 'copy') await tell(ctx, { ...input, answer_way }, made.number, 'received')
  return made
}

async function openRequest(ctx: Writing, { person_id, kind }: MakeRequest): Promise<MadeRequest | null> {
  await sql`select pg_advisory_xact_lock(hashtextextended('data request ' || ${person_id}, 0))`.execute(ctx.tx)
  const { rows } = await sql<MadeRequest>`select id, number::text, due_at from data_requests
    where person_id = ${person_id}::uuid and kind = ${kind} and decision is null order by id limit 1`.execute(ctx.db)
  return rows[0] ?? null
}

export const DecideRequest = z.strictObject({
  id: z.uuid(),
  decision: z.enum(['done', 'refused']),
  reason: z.string().trim().max(2000, 'fault.too_long').default(''),
})
export type DecideRequest = z.output<typeof DecideRequest>

/**
 * Ends a request: done (which restricts, or has erased, whom it asks for) or refused with a reason, and answers it by mail. The secretariat's
 * coordinators and administrators; the system for what is automatic. Refuses conflict for one that is decided, or for the erasure of somebody
 * under a legal hold. Records `data_request.done` or `.refused`.
 */
export async function decideRequest(ctx: Writing, input: DecideRequest): Promise<void> {
  mustCoordinateAll(ctx.actor)
  if (input.decision === 'refused' && input.reason === '')
    refuse('invalid', 'form', [{ path: 'reason', key: 'fault.required' }])
  const decided_by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } =
    await sql<DataRequest>`update data_requests set decision = ${input.decision}, decided_at = ${ctx.now}::timestamptz,
      decided_by = ${decided_by}::uuid, reason = nullif(${input.reason}, '')
    where id = ${input.id}::uuid and decision is null returning id, number::text, person_id, kind, address, answer_way, language`.execute(
      ctx.tx,
    )
  const request = rows[0] ?? (await refuseUnknown(ctx, input.id))
  const answer_id = await tell(ctx, request, request.number, input.decision, input.reason)
  const { person_id, number } = request
  const because = say('id', 'privacy.because_of_request', { number })
  if (input.decision === 'done' && request.kind === 'erasure')
    await decideErasure(ctx, { person_id, reason: because, request_id: request.id, answer_id })
  // Taking consent back may have restricted them already: then what they ask for is so.
  if (input.decision === 'done' && request.kind === 'restriction' && !(await standingOf(ctx, person_id)).restriction)
    await restrictPerson(ctx, { person_id, reason: because })
  await record(ctx, `data_request.${input.decision}`, {
    about: { person_id, request_id: request.id, what: request.kind },
  })
}

async function refuseUnknown(ctx: Reading, id: string): Promise<never> {
  const { rows } = await sql`select from data_requests where id = ${id}::uuid`.execute(ctx.db)
  return rows.length > 0 ? refuse('conflict', 'privacy.decided') : refuse('not_found', 'privacy.request')
}

/** To the address of the request; null where there is none. */
async function tell(
  ctx: Writing,
  to: Told,
  number: string,
  what: 'received' | 'done' | 'refused',
  reason = '',
): Promise<string | null> {
  if (to.address === null) return null
  if (to.answer_way !== 'email')
    return tellByText(ctx, { ...to, address: to.address, answer_way: to.answer_way }, number, what)
  const { language } = to
  const values = { number, reason, hours: REQUEST_HOURS, what: say(language, `privacy.kind_${to.kind}`) }
  const text: Key = what === 'done' ? `mail.data_done_${to.kind}` : `mail.data_${what}_text`
  const [id] = await queueMessages(ctx, [
    {
      channel: 'email',
      kind: 'notice',
      recipient: to.address,
      recipient_id: to.person_id,
      subject: say(language, 'mail.data_subject', values),
      text: say(language, text, values),
      language,
      automatic: true,
    },
  ])
  return id!
}

interface Told {
  person_id: string
  address: string | null
  answer_way: AnswerWay
  language: Language
  kind: RequestKind
}

/**
 * Short, and without a word of what is kept: telephones are shared, so the reason of a refusal stands on the page, behind a new code. Goes out whatever
 * they wrote before, because it is the answer to what they asked.
 */
async function tellByText(
  ctx: Writing,
  to: Told & { address: string; answer_way: TextChannel },
  number: string,
  what: 'received' | 'done' | 'refused',
): Promise<string> {
  const { language, kind, address, answer_way: via } = to
  const page = `${ctx.app.settings.PANDU_ORIGIN}/my-data`
  const values = { number, page, hours: REQUEST_HOURS, what: say(language, `sms.data_${kind}`) }
  const text: Key =
    what === 'done' ? `sms.data_done_${kind}` : what === 'refused' ? 'sms.data_refused' : 'sms.data_noted'
  const [id] = await queueMessages(ctx, [
    {
      channel: via,
      kind: 'notice',
      recipient: address,
      recipient_id: to.person_id,
      text: say(language, text, values),
      language,
      automatic: true,
      options: { after_stop: true },
    },
  ])
  return id!
}

export interface DataRequest {
  id: string
  number: string
  person_id: string
  name: string
  kind: RequestKind
  channel: MakeRequest['channel']
  address: string | null
  answer_way: AnswerWay
  words: string
  language: Language
  made_at: Date
  due_at: Date
  decision: 'done' | 'refused' | null
  decided_at: Date | null
  decided_by: string | null
  reason: string | null
  /** For an erasure that was decided: whether it has happened. */
  erased_at: Date | null
  /** What people under a legal hold wrote still names them, until the hold ends. */
  put_off: boolean
  held: boolean
  /** Who else has this address: of an office mailbox anybody who reads it can ask for all of them. */
  people_there: number
}

const LIST_MAX = 200

/** Open ones by deadline, then what was decided, newest first. Whoever sees everything; of one person where asked. */
export async function listRequests(
  ctx: Reading,
  question: { person_id?: string; address?: string; open?: boolean } = {},
): Promise<DataRequest[]> {
  const { rows } =
    await sql<DataRequest>`select r.id, r.number::text, r.person_id, p.name, r.kind, r.channel, r.address, r.answer_way, r.words, r.language,
      r.made_at, r.due_at, r.decision, r.decided_at, d.name as decided_by, r.reason, e.erased_at, e.put_off is not null as put_off,
      exists (select from legal_holds h where h.person_id = r.person_id and h.lifted_at is null) as held,
      (select count(*)::int from contact_points c where c.channel = case r.answer_way when 'email' then 'email' when 'telegram' then 'telegram' else 'phone' end
        and c.normalised = case r.answer_way when 'email' then lower(r.address) else r.address end) as people_there
    from data_requests r join people p on p.id = r.person_id left join people d on d.id = r.decided_by
    left join erasures e on e.request_id = r.id
    where (${question.person_id ?? null}::uuid is null or r.person_id = ${question.person_id ?? null}::uuid)
      and (${question.address ?? null}::text is null or r.address = ${question.address ?? null}::text)
      and (not ${question.open ?? false}::boolean or r.decision is null)
    order by r.decision is not null, case when r.decision is null then r.due_at end, r.id desc limit ${LIST_MAX}::int`.execute(
      ctx.db,
    )
  return rows.map((row) => maskedIn(row, ['words']))
}
