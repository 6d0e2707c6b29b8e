import type { Reading } from '#server/platform/context.ts'
import { Refusal } from '#server/platform/refusal.ts'
import { momentAt } from '#server/regions/index.ts'
import type { ListedDesk } from '#server/desks/index.ts'
import { expectedAnswer, type ExpectedAnswer } from '#server/service_levels/index.ts'

/** What the form asked, its answer, or the sentence that says why there is none. */
export interface Tried {
  date: string
  time: string
  desk_id: string
  urgency: string
  channel: string
  asked_at: Date | null
  answer: ExpectedAnswer | null
  fault: string | null
}

/** Reckons by the rules as they stand; nothing is changed, so the question may stand in the address. */
export async function tryIt(ctx: Reading, asked: URLSearchParams, desks: readonly ListedDesk[]): Promise<Tried> {
  const desk = desks.find(({ id }) => id === asked.get('desk')) ?? desks[0]
  const zone = desk?.time_zone ?? 'Asia/Jakarta'
  const [today, now] = localParts(ctx.now, zone)
  const question = {
    date: asked.get('date') ?? today,
    time: (asked.get('time') ?? now).replace('.', ':'),
    desk_id: desk?.id ?? '',
    urgency: asked.get('urgency') ?? 'normal',
    channel: asked.get('channel') ?? 'other',
    asked_at: null,
    answer: null,
    fault: null,
  }
  if (!asked.has('desk')) return question
  if (!isDate(question.date) || !/^([01]\d|2[0-3]):[0-5]\d$/.test(question.time))
    return { ...question, fault: 'settings.fault_try_time' }
  const asked_at = momentAt(zone, question.date, question.time)
  try {
    return { ...question, asked_at, answer: await expectedAnswer(ctx, { ...question, at: asked_at }) }
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    return { ...question, asked_at, fault: `refusal.${thrown.key}` }
  }
}

// The years for which holidays can be known at all; others would be reckoned without any.
function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`)
  return /^20\d\d-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

function localParts(at: Date, zone: string): [date: string, time: string] {
  const text = at.toLocaleString('sv-SE', { timeZone: zone })
  return [text.slice(0, 10), text.slice(11, 16)]
}
