import type { App } from '../platform/app.ts'
import { system, write } from '../platform/context.ts'
import { anyDue, lockDue } from './claim-due.ts'
import { sendMail } from './send-mail.ts'
import { settleAttempts, type Attempted } from './settle-attempts.ts'

/** Of one round. */
const MAILS_MAX = 200
/** Their files are in memory together. */
const TOGETHER_MAX = 16
/** Rows stay locked while files are written; what is not reached by then is the next round's. */
const ROUND_MS = 3_000

/**
 * Where nothing may leave: what is due becomes files in `data/outbox/`, many in one transaction. Nobody can hang here, so nobody needs a place or
 * a lease; what a process that dies has written is written once more. Answers true when there may be more.
 */
export async function keepDue(app: App, from_name: string): Promise<boolean> {
  // Asked first, because a transaction that finds nothing would wake us again by its end.
  if (!(await anyDue(app))) return false
  return write(app, system, async (ctx) => {
    const due = await lockDue(ctx, MAILS_MAX)
    const kept: Attempted[] = []
    const until = performance.now() + ROUND_MS
    while (kept.length < due.length && performance.now() < until) {
      const some = due.slice(kept.length, kept.length + TOGETHER_MAX)
      const attempts = await Promise.all(some.map((message) => sendMail(app, null, from_name, message)))
      kept.push(...some.map((message, index) => ({ message, attempt: attempts[index]! })))
    }
    await settleAttempts(ctx, kept, 'locked')
    return due.length === MAILS_MAX || kept.length < due.length
  })
}
