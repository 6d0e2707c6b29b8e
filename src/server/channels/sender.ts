import type { App } from '../platform/app.ts'
import { read, system, write } from '../platform/context.ts'
import { codeOf } from '../platform/database.ts'
import { startRounds, type Rounds } from '../platform/rounds.ts'
import { say } from '../platform/words.ts'
import { operator } from '../desks/index.ts'
import { claimDue, extendSending, type DueMessage } from './claim-due.ts'
import { openMailRelay, type MailRelay } from './email/send.ts'
import { maySend, sendMail } from './send-mail.ts'
import { settleAttempt } from './settle-attempt.ts'

/** What is taken back within 15 seconds, and what is tried again later, comes due without anybody poking. */
const POLL_MS = 1_000
const EXTEND_MS = 15_000

/**
 * Sends what is due in the outbox: by the relay, or into `data/outbox/` where nothing may leave. Each recipient has an attempt and a
 * state of their own. Several processes may run it: a row belongs to whom leased it.
 */
export function startSender(app: App): Rounds {
  const relay = maySend(app.settings) ? openMailRelay(app.settings.PANDU_MAIL_RELAY!, app.log) : null
  const rounds = startRounds(app, { name: 'sender', poll_ms: POLL_MS, work: () => sendDue(app, relay) })
  return {
    poke: rounds.poke,
    alive: rounds.alive,
    async stop() {
      // Ends what hangs; its rows wait for the next start.
      await Promise.all([rounds.stop(), relay?.stop()])
    },
  }
}

/** One batch. Answers true when there may be more. */
export async function sendDue(app: App, relay: MailRelay | null): Promise<boolean> {
  const due = await claimDue(app)
  if (due.length === 0) return false
  const from_name = await read(app, system, async (ctx) => {
    const { short_name, name } = await operator(ctx)
    return short_name || name || say('id', 'app.name')
  })
  const extending = setInterval(() => {
    extendSending(
      app,
      due.map((message) => message.id),
    ).catch((error: unknown) => app.log.warn({ code: codeOf(error) }, 'the sender could not extend its lease'))
  }, EXTEND_MS)
  try {
    // Settled, not raced: when the database goes away for one row, the others still get theirs written.
    const done = await Promise.allSettled(due.map((message) => sendOne(app, relay, from_name, message)))
    const broken = done.find((result) => result.status === 'rejected')
    if (broken) throw broken.reason
  } finally {
    clearInterval(extending)
  }
  return true
}

async function sendOne(app: App, relay: MailRelay | null, from_name: string, message: DueMessage): Promise<void> {
  const attempt = await sendMail(app, relay, from_name, message)
  await write(app, system, (ctx) => settleAttempt(ctx, message, attempt))
}
