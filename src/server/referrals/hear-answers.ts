import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { eachAlone } from '../platform/each-alone.ts'
import { record } from '../platform/journal.ts'
import type { FactJob } from '../platform/relay.ts'
import { say } from '../platform/words.ts'
import { partsOfFolded } from '../channels/index.ts'
import { listTopics, narrowestDesk } from '../desks/index.ts'
import { listRegions, provinceOf } from '../regions/index.ts'
import {
  lockTickets,
  moveTicket,
  noteAnswer,
  sendOut,
  stateAfter,
  tellBriefly,
  type KnownTicket,
} from '../tickets/index.ts'
import { numbered, type Asked } from './ask-requester.ts'
import { isRestricted } from './next-candidate.ts'
import { understandAnswer, type Known } from './understand-answer.ts'

/**
 * Reads what requesters themselves write on tickets on which something was asked of them (ask-requester.ts), on whatever channel: certain, and the ticket knows
 * it from then on; one of several places, and they are asked once more which; anything else is a message like every other, which waits for people.
 * Nothing is read once somebody of us has written themselves: then they ask; nor where
 * the data of whoever asks are restricted. Safe to run twice. (`message.received`)
 */
export async function hearAnswers(app: App, jobs: readonly FactJob[]): Promise<void> {
  const heard = jobs.flatMap(({ ticket_id, about }) =>
    ticket_id && typeof about['message_id'] === 'string' ? [{ ticket_id, message_id: about['message_id'] }] : [],
  )
  if (heard.length === 0) return
  const { rows } = await sql<{ ticket_id: string }>`select distinct ticket_id from referral_questions
    where answered_at is null and ticket_id = any (${heard.map(({ ticket_id }) => ticket_id)}::uuid[]) limit 1000`.execute(
    app.worker,
  )
  const asked = new Set(rows.map(({ ticket_id }) => ticket_id))
  await eachAlone(
    heard.filter(({ ticket_id }) => asked.has(ticket_id)),
    (one) => write(app, system, (ctx) => hearAnswer(ctx, one)),
  )
}

interface Question {
  asks: Asked
  asked_for: 'referral' | 'opening'
  candidates: string[] | null
  asked_again_at: Date | null
  text: string
  quoted_text: string | null
  region_code: string | null
}

/** In the caller's transaction. */
export async function hearAnswer(
  ctx: Writing,
  { ticket_id, message_id }: { ticket_id: string; message_id: string },
): Promise<void> {
  const [ticket] = await lockTickets(ctx, [ticket_id])
  if (!ticket || ticket.spam_at !== null || (await isRestricted(ctx, ticket_id))) return
  const questions = await openQuestions(ctx, ticket_id, message_id)
  if (questions.length === 0) return
  const known = await whatIsKnown(ctx)
  for (const question of questions) {
    const { asks, candidates, asked_again_at } = question
    const answer = understandAnswer(
      partsOfFolded(question.text, question.quoted_text).text,
      {
        asks,
        candidates: asks === 'topic' || asked_again_at ? candidates : null,
        province_code: asks === 'regency' && question.region_code ? provinceOf(question.region_code) : null,
      },
      known,
    )
    if (answer.kind === 'known') return note(ctx, ticket, question, { message_id, code: answer.code })
    if (answer.kind === 'candidates') return askAgain(ctx, ticket, question, answer.codes, known)
  }
}

/** All places and topics as they are called today. Read anew for each answer: they are few, and their spellings reckoned in milliseconds. */
async function whatIsKnown(ctx: Writing): Promise<Known> {
  return { regions: await listRegions(ctx, { limit: REGIONS_MAX }), topics: await listTopics(ctx) }
}
const REGIONS_MAX = 1_000

/** How long after it was asked a question is still answered by what somebody writes. */
const ANSWERED_WITHIN_DAYS = 30

/** Those that this message may answer: the requester, who was asked, wrote it, it came after them, nobody of us wrote since, and it is not known otherwise meanwhile. */
async function openQuestions(ctx: Writing, ticket_id: string, message_id: string): Promise<Question[]> {
  const { rows } =
    await sql<Question>`select q.asks, q.asked_for, q.candidates, q.asked_again_at, m.text, m.quoted_text, t.region_code
    from referral_questions q
    join tickets t on t.id = q.ticket_id and t.state in ('new', 'open', 'waiting')
    join messages m on m.ticket_id = t.id and m.id = ${message_id}::uuid and m.direction = 'in' and m.taken_back_at is null
      and m.author_id = t.requester_id and m.at > coalesce(q.asked_again_at, q.asked_at)
    where q.ticket_id = ${ticket_id}::uuid and q.answered_at is null
      and coalesce(q.asked_again_at, q.asked_at) > ${ctx.now}::timestamptz - make_interval(days => ${ANSWERED_WITHIN_DAYS}::int)
      and case q.asks when 'topic' then t.topic_code is null when 'region' then t.region_code is null else t.region_code not like '%.%' end
      and not exists (select from messages o where o.ticket_id = t.id and o.direction = 'out' and o.author_id is not null
        and o.taken_back_at is null and o.at >= coalesce(q.asked_again_at, q.asked_at))
      and not exists (select from referrals r where r.ticket_id = t.id and r.ended_at is null and r.state not in ('unmet', 'returned'))
    order by q.asks limit 3`.execute(ctx.tx)
  return rows
}

/** From now on the ticket knows it. Records `referral.answered`, from which referring goes on. */
async function note(
  ctx: Writing,
  ticket: KnownTicket,
  { asks, asked_for }: Question,
  { message_id, code }: { message_id: string; code: string },
): Promise<void> {
  const what = asks === 'topic' ? { topic_code: code } : { region_code: code }
  await sql`update referral_questions set answered_at = ${ctx.now}::timestamptz, answer_message_id = ${message_id}::uuid
    where ticket_id = ${ticket.id}::uuid and asks = ${asks}`.execute(ctx.tx)
  const desk_id = asked_for === 'opening' && asks !== 'topic' ? await narrowestDesk(ctx, code) : undefined
  await noteAnswer(ctx, { ticket_id: ticket.id, message_id, ...what, ...(desk_id === undefined ? {} : { desk_id }) })
  await record(ctx, 'referral.answered', { ticket_id: ticket.id, about: { asks, message_id, ...what } })
}

/** Once: which of the places they mean. Of a request that just came it is no answer of ours, and it goes on waiting for us. */
async function askAgain(
  ctx: Writing,
  ticket: KnownTicket,
  { asks, asked_for, asked_again_at }: Question,
  codes: readonly string[],
  { regions }: Known,
): Promise<void> {
  if (asked_again_at !== null) return
  await sql`update referral_questions set candidates = ${[...codes]}::text[], asked_again_at = ${ctx.now}::timestamptz
    where ticket_id = ${ticket.id}::uuid and asks = ${asks}`.execute(ctx.tx)
  const { language, number } = ticket
  const names = codes.map((code) => nameOf(code, codes, regions))
  const says = codes.length === 1 ? ('ask_place_sure' as const) : ('ask_place_again' as const)
  const list = (between: string) => (codes.length === 1 ? names[0]! : numbered(names, between))
  const sms = say(language, `sms.${says}`, { number, list: list(', ') })
  if (asked_for === 'opening') await tellBriefly(ctx, ticket, sms)
  else {
    await sendOut(ctx, [
      {
        ticket,
        text: say(language, `referral.${says}`, { list: list('\n') }),
        sms,
        in_parts: codes.length > 2,
        author_id: null,
        leaves_at: ctx.now,
        footer: 'ticket.mail.follow',
      },
    ])
    const [now] = await lockTickets(ctx, [ticket.id])
    await moveTicket(ctx, now!, stateAfter('ask', now!.state)!)
  }
  await record(ctx, 'referral.asked_again', { ticket_id: ticket.id, about: { asks, places: codes.length } })
}

/** "Kab. Bogor"; with its province where the others lie elsewhere. */
function nameOf(code: string, codes: readonly string[], regions: Known['regions']): string {
  const name = (of: string) => regions.find((region) => region.code === of)?.name ?? of
  const short = name(code).replace(/^Kabupaten /, 'Kab. ')
  const elsewhere = codes.length === 1 || new Set(codes.map(provinceOf)).size > 1
  return elsewhere && code.includes('.') ? `${short}, ${name(provinceOf(code))}` : short
}
