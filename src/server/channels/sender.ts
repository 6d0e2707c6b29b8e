import type { App } from '../platform/app.ts'
import { read, system, write } from '../platform/context.ts'
import { codeOf } from '../platform/database.ts'
import { startRounds, type Rounds } from '../platform/rounds.ts'
import { say } from '../platform/words.ts'
import { operator } from '../desks/index.ts'
import { claimDue, extendSending, type DueMessage } from './claim-due.ts'
import { openDestinations } from './destinations.ts'
import { openMailRelay, type MailRelay } from './email/send.ts'
import { keepDue } from './keep-due.ts'
import { maySend, sendMail } from './send-mail.ts'
import { settleAttempts, type Attempted } from './settle-attempts.ts'

/** What is taken back within 15 seconds, and what is tried again later, comes due without anybody poking. */
const POLL_MS = 1_000
const EXTEND_MS = 15_000
/** Each round asks for what is due, and each mail that went out makes room for the next. */
const REST_MS = 20
const SETTLE_AGAIN_MS = 1_000
/** Where nothing leaves nobody waits for it: more come together. */
const KEEPING_REST_MS = 200
/** The name in From changes rarely. */
const NAME_KEPT_MS = 10_000

export interface Sender {
  /** Sends what is due and has room; does not wait for the answers. True when there may be more at once. */
  sendDue(): Promise<boolean>
  /** Resolves when nothing is under way any more and all is written down. */
  idle(): Promise<void>
  stop(): void
}

/**
 * Sends what is due in the outbox: by the relay, or into `data/outbox/` where nothing may leave. Each recipient has an attempt and a
 * state of their own. Several processes may run it: a row belongs to whom leased it.
 */
export function startSender(app: App): Rounds {
  const relay = maySend(app.settings) ? openMailRelay(app.settings.PANDU_MAIL_RELAY!, app.log) : null
  const sender = openSender(app, relay, () => rounds.poke())
  const rounds = startRounds(app, {
    name: 'sender',
    poll_ms: POLL_MS,
    rest_ms: relay ? REST_MS : KEEPING_REST_MS,
    work: () => sender.sendDue(),
  })
  return {
    poke: rounds.poke,
    alive: rounds.alive,
    async stop() {
      // Ends what hangs; its rows wait for the next start.
      sender.stop()
      await Promise.all([rounds.stop(), relay?.stop()])
      await sender.idle()
    },
  }
}

/**
 * Mails go out side by side, each as soon as there is a place for it: one that hangs holds its own place only, and destinations that do not
 * answer get few places together (destinations.ts). `poke` is called when more may be fetched.
 */
export function openSender(app: App, relay: MailRelay | null, poke: () => void = () => undefined): Sender {
  return relay ? openRelaySender(app, relay, poke) : openKeeper(app)
}

/** Without a relay, or where links lead nobody anywhere. A round is over when all of it is written down. */
function openKeeper(app: App): Sender {
  const nameOf = rememberName(app)
  let stopped = false
  return {
    sendDue: async () => !stopped && (await keepDue(app, await nameOf())),
    idle: () => Promise.resolve(),
    stop: () => void (stopped = true),
  }
}

function openRelaySender(app: App, relay: MailRelay, poke: () => void): Sender {
  const destinations = openDestinations()
  const underWay = new Map<string, Promise<void>>()
  let finished: Attempted[] = []
  let settling: Promise<void> | null = null
  let stopped = false
  const nameOf = rememberName(app)

  async function sendDue(): Promise<boolean> {
    const room = destinations.room()
    if (stopped || room.mails === 0) return false
    const from_name = await nameOf()
    const due = await claimDue(app, room)
    for (const message of due) {
      destinations.fetched(message)
      underWay.set(message.id, sendOne(from_name, message))
    }
    return due.length > 0
  }

  async function sendOne(from_name: string, message: DueMessage): Promise<void> {
    let attempt = await destinations.enter(message)
    if (attempt === null) {
      attempt = await sendMail(app, relay, from_name, message)
      destinations.leave(message, attempt)
    }
    finished.push({ message, attempt })
    // What finishes while others are written down is written down next, together.
    while (finished.some((one) => one.message.id === message.id)) {
      settling ??= settleFinished().finally(() => (settling = null))
      await settling
    }
    await settling
    underWay.delete(message.id)
    if (destinations.settled(message)) poke()
  }

  /** Until it succeeds: a mail that was sent and not written down would be sent again. */
  async function settleFinished(): Promise<void> {
    const batch = finished
    finished = []
    for (;;) {
      try {
        await write(app, system, (ctx) => settleAttempts(ctx, batch))
        return
      } catch (error) {
        app.log.warn({ code: codeOf(error) }, 'the sender could not write down what it sent')
        if (stopped) return
        await new Promise((resolve) => setTimeout(resolve, SETTLE_AGAIN_MS))
      }
    }
  }

  const extending = setInterval(() => {
    if (underWay.size === 0) return
    extendSending(app, [...underWay.keys()]).catch((error: unknown) =>
      app.log.warn({ code: codeOf(error) }, 'the sender could not extend its leases'),
    )
  }, EXTEND_MS)
  extending.unref()

  return {
    sendDue,
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay.values())
    },
    stop() {
      stopped = true
      clearInterval(extending)
      destinations.close()
    },
  }
}

function rememberName(app: App): () => Promise<string> {
  let name = ''
  let read_at = -Infinity
  return async () => {
    if (performance.now() - read_at < NAME_KEPT_MS) return name
    name = await read(app, system, async (ctx) => {
      const { short_name, name: whole } = await operator(ctx)
      return short_name || whole || say('id', 'app.name')
    })
    read_at = performance.now()
    return name
  }
}
