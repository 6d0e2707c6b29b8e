import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { maskNik } from '../platform/mask-nik.ts'

/** What somebody of whom was asked wanted to know, and what the desk that refers answered; both sides read the same. */
export interface SeenQuestion {
  id: string
  offer_id: string
  asked_at: Date
  /** Null where the name may not be seen. */
  asked_by: string | null
  question: string
  answer: string | null
  /** Answered, or laid aside (then without an answer). */
  closed_at: Date | null
}

const QUESTIONS_MAX = 200
const COLUMNS = sql`q.id, q.offer_id, q.asked_at, (select p.name from people p where p.id = q.asked_by) as asked_by, q.question, q.answer, q.closed_at`

const told = (rows: SeenQuestion[]): SeenQuestion[] => rows.map((row) => ({ ...row, question: maskNik(row.question) }))

/** Of one ticket, oldest first, for its page: what waits, and the newest of the others. */
export async function questionsOfTicket(ctx: Reading, ticket_id: string): Promise<SeenQuestion[]> {
  const { rows } =
    await sql<SeenQuestion>`${keptPlan}select * from (select ${COLUMNS} from offer_questions q where q.ticket_id = ${ticket_id}::uuid
      order by q.closed_at is not null, q.asked_at desc, q.id desc limit ${QUESTIONS_MAX}::int) newest
    order by asked_at, id`.execute(ctx.db)
  return told(rows)
}

/** Of these offers, oldest first, for the pages of whoever was asked: the newest thousand. What may name somebody only while they hold the request. */
export async function questionsOfOffers(ctx: Reading, offer_ids: readonly string[]): Promise<SeenQuestion[]> {
  if (offer_ids.length === 0) return []
  const { rows } =
    await sql<SeenQuestion>`select * from (select ${COLUMNS} from offer_questions q where q.offer_id = any (${[...offer_ids]}::uuid[])
      order by q.asked_at desc, q.id desc limit ${QUESTIONS_MAX * 5}::int) newest
    order by asked_at, id`.execute(ctx.db)
  return told(rows)
}

export interface WaitingQuestion {
  id: string
  asked_at: Date
  who: string
  ticket: { number: string; subject: string }
}
const WAITING_MAX = 50

/** What waits for an answer of the actor's own desks, the longest wait first; at most 50. */
export async function listWaitingQuestions(ctx: Reading): Promise<WaitingQuestion[]> {
  const desks = ctx.actor.kind === 'staff' ? ctx.actor.desks.filter(({ kind }) => kind !== 'own_unit') : []
  if (desks.length === 0) return []
  const { rows } = await sql<WaitingQuestion>`${keptPlan}select q.id, q.asked_at, d.name as who,
      json_build_object('number', t.number::text, 'subject', t.subject) as ticket
    from offer_questions q join desks d on d.id = q.desk_id join tickets t on t.id = q.ticket_id
    where q.referring_desk_id = any (${desks.map(({ id }) => id)}::uuid[]) and q.closed_at is null
    order by q.asked_at, q.id limit ${WAITING_MAX}::int`.execute(ctx.db)
  return rows.map((row) => ({ ...row, ticket: { ...row.ticket, subject: maskNik(row.ticket.subject) } }))
}
