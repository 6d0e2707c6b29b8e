import type { DueMessage, Room } from './claim-due.ts'
import type { Attempt } from './send-mail.ts'

/** Mails under way at once: so many connections a relay sees from us. */
const MAILS_MAX = 16
const PROVEN_MAX = 12
const PROVEN_EACH_MAX = 4
/** Whoever may turn out to hang, and whoever did, leaves places for those who answer. */
const UNKNOWN_MAX = 10
const DOUBTFUL_MAX = 2
/** Asking the database for each mail costs more than sending it: of a destination that answers a few are fetched ahead, and more when few are left. */
const FETCHED_MAX = 128
const FETCHED_EACH_MAX = 64
const FETCH_AGAIN_AT = 32
const REMEMBERED_MAX = 500
/** After a fault between us and the relay nobody is sent to for so long; doubled with each fault up to the longest. */
const PAUSE_MS = 1_000
const PAUSE_MAX_MS = 30_000

type Somewhere = Pick<DueMessage, 'destination'>

export interface Destinations {
  /** How many mails may be fetched now, and for whom. */
  room(): Room
  fetched(message: Somewhere): void
  /** Resolves when there is a place, with null; or with what became of another mail, if that is what becomes of this one too. */
  enter(message: Somewhere): Promise<Attempt | null>
  /** The place is free again. */
  leave(message: Somewhere, attempt: Attempt): void
  /** All is written down. True when more may be fetched than before. */
  settled(message: Somewhere): boolean
  /** Whoever still waits for a place gets none. */
  close(): void
}

/**
 * Who may hold how many places. A destination that answered has up to four; one that is new has one, one that let us wait until a
 * deadline has one of two for all its kind: however many hang, the others go on. A relay that cannot be reached is left alone for a while.
 */
export function openDestinations(now: () => number = () => performance.now()): Destinations {
  const underWay = new Map<string, number>()
  const held = new Map<string, number>()
  const waiting = new Map<string, ((attempt: Attempt | null) => void)[]>()
  const proven = new Set<string>()
  const doubtful = new Set<string>()
  let closed = false
  let pause_ms = 0
  let paused_until = -Infinity

  const kindOf = (destination: string) =>
    proven.has(destination) ? 'proven' : doubtful.has(destination) ? 'doubtful' : 'unknown'
  const most = { proven: PROVEN_MAX, doubtful: DOUBTFUL_MAX, unknown: UNKNOWN_MAX }
  const mailsOf = (counts: ReadonlyMap<string, number>, kind?: keyof typeof most) =>
    [...counts].reduce((sum, [name, mails]) => (!kind || kindOf(name) === kind ? sum + mails : sum), 0)
  const count = (counts: Map<string, number>, name: string, by: 1 | -1) => {
    const mails = (counts.get(name) ?? 0) + by
    if (mails > 0) counts.set(name, mails)
    else counts.delete(name)
    return mails
  }

  function room(): Room {
    const mayFetch = (name: string) => (held.get(name) ?? 0) <= (proven.has(name) ? FETCH_AGAIN_AT : 0)
    return {
      mails: now() < paused_until || closed ? 0 : Math.max(0, FETCHED_MAX - mailsOf(held)),
      proven: [...proven]
        .filter(mayFetch)
        .map((destination) => ({ destination, mails: FETCHED_EACH_MAX - (held.get(destination) ?? 0) })),
      doubtful: { destinations: [...doubtful], mails: Math.max(0, DOUBTFUL_MAX - mailsOf(held, 'doubtful')) },
      unknown: Math.max(0, UNKNOWN_MAX - mailsOf(held, 'unknown')),
      full: [...held.keys()].filter((name) => !mayFetch(name)),
    }
  }

  const hasPlace = (name: string) =>
    mailsOf(underWay) < MAILS_MAX &&
    mailsOf(underWay, kindOf(name)) < most[kindOf(name)] &&
    (underWay.get(name) ?? 0) < (proven.has(name) ? PROVEN_EACH_MAX : 1)

  async function enter({ destination }: Somewhere): Promise<Attempt | null> {
    if (closed) return { state: 'released' }
    if (!hasPlace(destination))
      return new Promise((resolve) => {
        const queue = waiting.get(destination)
        if (queue) queue.push(resolve)
        else waiting.set(destination, [resolve])
      })
    count(underWay, destination, 1)
    return null
  }

  function leave({ destination }: Somewhere, attempt: Attempt): void {
    count(underWay, destination, -1)
    if (attempt.state === 'later' && attempt.relay) {
      pause()
      for (const name of waiting.keys()) answerAll(name, attempt)
    } else if (attempt.state === 'later' && attempt.slow) {
      proven.delete(destination)
      remember(doubtful, destination)
      answerAll(destination, attempt)
    } else if (attempt.state === 'sent' || attempt.state === 'kept' || attempt.state === 'refused') {
      doubtful.delete(destination)
      remember(proven, destination)
      pause_ms = 0
    }
    for (const [name, queue] of waiting) {
      while (queue.length > 0 && hasPlace(name)) {
        count(underWay, name, 1)
        queue.shift()!(null)
      }
      if (queue.length === 0) waiting.delete(name)
    }
  }

  function answerAll(name: string, attempt: Attempt): void {
    const queue = waiting.get(name) ?? []
    waiting.delete(name)
    for (const answer of queue) answer(attempt)
  }

  function pause(): void {
    // Several fail at once of the same fault; that is one reason to wait.
    if (now() < paused_until) return
    pause_ms = Math.min(Math.max(pause_ms * 2, PAUSE_MS), PAUSE_MAX_MS)
    paused_until = now() + pause_ms
  }

  return {
    room,
    fetched: ({ destination }) => void count(held, destination, 1),
    enter,
    leave,
    settled({ destination }) {
      const left = count(held, destination, -1)
      return left === 0 || (proven.has(destination) && left === FETCH_AGAIN_AT)
    },
    close() {
      closed = true
      for (const name of waiting.keys()) answerAll(name, { state: 'released' })
    },
  }
}

/** The newest stands at the end; beyond so many the oldest is forgotten. */
function remember(known: Set<string>, destination: string): void {
  known.delete(destination)
  known.add(destination)
  if (known.size > REMEMBERED_MAX) known.delete(known.values().next().value!)
}
