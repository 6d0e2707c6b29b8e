import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Language, type Writing } from '../platform/context.ts'
import type { FactJob } from '../platform/relay.ts'
import { maskNik } from '../platform/mask-nik.ts'
import { say } from '../platform/words.ts'
import { queueMessages } from '../channels/index.ts'
import { noteQuestion } from '../tickets/index.ts'
import { dutyNow, reachable, type Told } from './duty-now.ts'
import { providerMail } from './offer-mail.ts'
import { providerText } from './provider-text.ts'
import { noteTold, wasTold } from './send-offer.ts'

/**
 * A question that was asked on a page stands on the ticket, too, as one that came by mail does (`offer.questioned`); and what the desk answered goes
 * to whoever asked, by the channel by which they asked (`offer.question_answered`). Each once, also when its job runs twice.
 */
export async function tellQuestions(app: App, jobs: readonly FactJob[]): Promise<void> {
  for (const { kind, about } of jobs) {
    const question_id = about['question_id']
    if (typeof question_id !== 'string') continue
    await write(app, system, (ctx) =>
      kind === 'offer.questioned' ? noteOnce(ctx, question_id) : tellAnswer(ctx, question_id),
    )
  }
}

async function noteOnce(ctx: Writing, question_id: string): Promise<void> {
  const { rows } = await sql<{
    ticket_id: string
    author_id: string
    text: string
  }>`select ticket_id, asked_by as author_id, question as text
    from offer_questions where id = ${question_id}::uuid and message_id is null for update`.execute(ctx.tx)
  const [question] = rows
  if (!question) return
  const { message_id } = await noteQuestion(ctx, question)
  await sql`update offer_questions set message_id = ${message_id}::uuid where id = ${question_id}::uuid`.execute(ctx.tx)
}

interface Answered {
  offer_id: string
  code: string
  state: string
  desk_id: string
  asked_by: string
  asked_via: string
  question: string
  answer: string
}

/** As much of a question as its answer repeats. */
const REPEATED_LENGTH_MAX = 300

async function tellAnswer(ctx: Writing, question_id: string): Promise<void> {
  const { rows } =
    await sql<Answered>`select q.offer_id, o.code, o.state, q.desk_id, q.asked_by, q.asked_via, q.question, q.answer
    from offer_questions q join offers o on o.id = q.offer_id
    -- What may name somebody is told while they hold the request, and not a moment longer.
    where q.id = ${question_id}::uuid and q.answer is not null and (not q.may_name or o.state = 'accepted')`.execute(
      ctx.tx,
    )
  const [answered] = rows
  const to = answered && (await whoAsked(ctx, answered))
  if (!to) return
  const notice = { offer_id: answered.offer_id, person_id: to.person_id, kind: 'desk_answered', because: question_id }
  if (await wasTold(ctx, notice)) return
  const [outbox_id] = await queueMessages(ctx, [await answerMessage(ctx, to, answered)])
  await noteTold(ctx, [{ ...notice, outbox_id: outbox_id! }])
}

/** Whoever asked, by the channel by which they asked; who is there no more, by whoever is on duty. */
async function whoAsked(ctx: Writing, { desk_id, asked_by, asked_via }: Answered): Promise<Told | null> {
  const everybody = await reachable(ctx, desk_id)
  const one = everybody.find(({ person_id }) => person_id === asked_by)
  if (one && (one.channel === asked_via || asked_via === 'web')) return one
  const { rows } = await sql<Told>`select p.id as person_id, p.name, p.language, ${asked_via} as channel,
      case c.channel when 'email' then c.address else c.normalised end as address
    from contact_points c join people p on p.id = c.person_id
    where c.person_id = ${asked_by}::uuid and c.channel = case when ${asked_via} in ('sms', 'whatsapp') then 'phone' else 'email' end
      and ${asked_via} <> 'web'
      and (exists (select from duty_contacts d where d.contact_point_id = c.id and d.desk_id = ${desk_id}::uuid and d.channel = ${asked_via}
          and d.ended_at is null and d.proven_at is not null)
        or (c.verified_at is not null and exists (select from desk_members m where m.desk_id = ${desk_id}::uuid and m.person_id = p.id)))
    order by c.verified_at is null, c.id limit 1`.execute(ctx.tx)
  return rows[0] ?? one ?? staffOf(ctx, desk_id, asked_by)
}

/** Who works there and is on no list of duty: their proven address; else whoever is on duty now. */
async function staffOf(ctx: Writing, desk_id: string, person_id: string): Promise<Told | null> {
  const { rows } = await sql<{
    person_id: string
    name: string
    language: Language
    address: string
  }>`select p.id as person_id, p.name,
      p.language, c.address
    from desk_members m join people p on p.id = m.person_id
    join contact_points c on c.person_id = p.id and c.channel = 'email' and c.verified_at is not null
    where m.desk_id = ${desk_id}::uuid and m.person_id = ${person_id}::uuid order by c.verified_at, c.id limit 1`.execute(
    ctx.tx,
  )
  return rows[0] ? { ...rows[0], channel: 'email' } : dutyNow(ctx, desk_id)
}

/** Its answers come to the desk again: the address is the offer's, also after acceptance. */
async function answerMessage(ctx: Writing, to: Told, { offer_id, code, state, question, answer }: Answered) {
  const { language } = to
  const offer = { id: offer_id }
  const asked = maskNik(question).replace(/\s+/g, ' ').slice(0, REPEATED_LENGTH_MAX)
  const values = { code, question: asked, answer: maskNik(answer), state: state === 'open' ? 'open' : 'other' }
  if (to.channel === 'email')
    return providerMail(ctx, {
      offer,
      to,
      kind: 'offer',
      subject: say(language, 'mail.offer_desk_answer_subject', { code }),
      text: say(language, 'mail.offer_desk_answer', values),
    })
  const words = say(language, 'sms.offer_desk_answer', values)
  const tail = state === 'open' ? say(language, 'sms.offer_answer', { code }) : ''
  return providerText(ctx, {
    offer,
    to,
    kind: 'offer',
    words,
    tail,
    chat: tail ? `${words}\n\n${tail}` : words,
    in_parts: true,
  })
}
