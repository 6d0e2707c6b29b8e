import type { Reading } from '../platform/context.ts'
import { Refusal, refuse } from '../platform/refusal.ts'
import { hoursOfDesks } from '../desks/index.ts'
import { addWorkingMinutes, holidayCalendar, type SumLine } from '../regions/index.ts'
import { listAnswerTimes } from './answer-times.ts'

export interface AnswerQuestion {
  urgency: string
  /** The ticket's channel: `letter`, or any other. */
  channel: string
  desk_id: string
  /** When the requester asked. */
  at: Date
}
export interface ExpectedAnswer {
  due_at: Date
  /** How it was reckoned, day by day. */
  sum: SumLine[]
  /** The desk's time zone, in which the sum is written. */
  zone: string
  working_minutes: number
}

/**
 * By when an answer may be expected: the working time for the urgency and channel, in the hours, zone and holidays of the desk.
 * Refuses `not_found` for an unknown desk, `invalid` for an unknown urgency.
 */
export async function expectedAnswer(ctx: Reading, question: AnswerQuestion): Promise<ExpectedAnswer> {
  return (await expectedAnswers(ctx, [question]))[0]!
}

/** The plural, in the order asked: three statements, however many questions. */
export async function expectedAnswers(ctx: Reading, questions: readonly AnswerQuestion[]): Promise<ExpectedAnswer[]> {
  const reckon = await openReckoning(ctx, questions)
  return questions.map(reckon)
}

/**
 * When answers are due, in the order asked; null where it cannot be reckoned (a desk whose hours never open): what comes in must not wait
 * for somebody to set that right.
 */
export async function dueTimes(ctx: Reading, questions: readonly AnswerQuestion[]): Promise<(Date | null)[]> {
  const reckon = await openReckoning(ctx, questions)
  return questions.map((question) => {
    const answer = orRefusal(() => reckon(question))
    return answer instanceof Refusal ? null : answer.due_at
  })
}

async function openReckoning(
  ctx: Reading,
  questions: readonly AnswerQuestion[],
): Promise<(question: AnswerQuestion) => ExpectedAnswer> {
  if (questions.length === 0) return () => refuse('not_found', 'desk')
  const moments = questions.map((question) => question.at.getTime())
  const [listed, desks, holidays] = await Promise.all([
    listAnswerTimes(ctx),
    hoursOfDesks(ctx, [...new Set(questions.map((question) => question.desk_id))]),
    holidayCalendar(ctx, new Date(Math.min(...moments)), new Date(Math.max(...moments))),
  ])
  const times = new Map(listed.map((time) => [`${time.urgency} ${time.channel}`, time.working_minutes]))
  // Mails that came in one batch ask the same question hundreds of times.
  const reckoned = new Map<string, ExpectedAnswer | Refusal>()
  const reckon = ({ urgency, channel, desk_id, at }: AnswerQuestion): ExpectedAnswer => {
    const time = `${urgency} ${channel === 'letter' ? 'letter' : 'other'}`
    const { zone, hours } = desks.get(desk_id) ?? refuse('not_found', 'desk')
    const minutes = times.get(time) ?? refuse('invalid', 'service_level.urgency')
    return {
      ...addWorkingMinutes({ start: at, minutes, zone, hours, holidays }),
      zone,
      working_minutes: minutes,
    }
  }
  return (question) => {
    const { urgency, channel, desk_id, at } = question
    const key = `${desk_id} ${urgency} ${channel} ${at.getTime()}`
    const answer = reckoned.get(key) ?? orRefusal(() => reckon(question))
    reckoned.set(key, answer)
    if (answer instanceof Refusal) throw answer
    return answer
  }
}

function orRefusal<T>(work: () => T): T | Refusal {
  try {
    return work()
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
