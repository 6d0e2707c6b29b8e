import type { App } from '../../platform/app.ts'
import { system, write } from '../../platform/context.ts'
import {
  continuesUntil,
  dropReceivedTexts,
  saveConversations,
  unansweredQuestions,
  waitNoLonger,
  wakeItems,
} from '../../channels/index.ts'

/**
 * Modems send the parts of a text within seconds of each other, a slow one with less than a minute between two: what has not come by then was probably
 * lost on the way, and its sender waits for us.
 */
const PART_WAITED_MS = 60_000
/** Whoever does not say which ticket they mean has been understood well enough by then, and the desk should read it. */
const ANSWER_WAITED_MS = 30 * 60_000
/** A part that comes later begins a text of its own (sms/join-parts.ts waits a day). */
const PARTS_KEPT_MS = 2 * 86_400_000
const TOGETHER_MAX = 200

/**
 * Lets texts go on that waited long enough: with a gap where a part is missing, into the ticket of the last word where nobody said which. They are read again
 * in the next round. Answers whether there are any.
 */
export async function wakeWaiting(app: App): Promise<boolean> {
  return write(app, system, async (ctx) => {
    const before = (ms: number) => new Date(ctx.now.getTime() - ms)
    const woken = await waitNoLonger(ctx, before(PART_WAITED_MS), TOGETHER_MAX)
    const unanswered = await unansweredQuestions(ctx, before(ANSWER_WAITED_MS), TOGETHER_MAX)
    await saveConversations(
      ctx,
      unanswered.map((one) => ({
        ...one,
        ticket_id: one.question.tickets[0]?.id ?? null,
        continues_until: continuesUntil(ctx.now),
        question: null,
        asked_at: null,
      })),
    )
    await wakeItems(
      ctx,
      unanswered.flatMap(({ question }) => question.item_ids),
    )
    await dropReceivedTexts(ctx, before(PARTS_KEPT_MS))
    return woken + unanswered.length > 0
  })
}
