import type { DueMessage, Room } from './claim-due.ts'
import type { Attempt } from './send-mail.ts'

/** Mails under way at once: so many connections a relay sees from us. */
const MAILS_MAX = 16
const PROVEN_EACH_MAX = 4
/** Whoever may turn out to hang, and whoever did, leaves places for those who answer. */
const UNKNOWN_MAX = 10
const DOUBTFUL_MAX = 2
const REMEMBERED_MAX = 500
/** After a fault between us and the relay nobody is sent to for so long; doubled with each fault up to the longest. */
const PAUSE_MS = 1_000
const PAUSE_MAX_MS = 30_000

export interface Destinations {
  /** How many mails may be begun now, and for whom. */
  room(): Room
  begin(message: Pick<DueMessage, 'destination'>): void
  end(message: Pick<DueMessage, 'destination'>, attempt: Attempt): void
}

/**
 * Who may hold how many places. A destination that answered has up to four; one that is new has one, one that let us wait until a
 * deadline has one of two for all its kind: however many hang, the others go on. A relay that cannot be reached is left alone for a while.
 */
export function openDestinations(now: () => number = () => performance.now()): Destinations {
  const underWay = new Map<string, number>()
  const proven = new Set<string>()
  const doubtful = new Set<string>()
  let pause_ms = 0
  let paused_until = -Infinity

  const eachMax = (destination: string) => (proven.has(destination) ? PROVEN_EACH_MAX : 1)
  const mailsOf = (whose: (destination: string) => boolean) =>
    [...underWay].reduce((sum, [destination, mails]) => (whose(destination) ? sum + mails : sum), 0)
  const isUnknown = (destination: string) => !proven.has(destination) && !doubtful.has(destination)

  function room(): Room {
    return {
      mails: now() < paused_until ? 0 : MAILS_MAX - mailsOf(() => true),
      proven: [...proven]
        .map((destination) => ({ destination, mails: PROVEN_EACH_MAX - (underWay.get(destination) ?? 0) }))
        .filter(({ mails }) => mails > 0),
      doubtful: {
        destinations: [...doubtful],
        mails: Math.max(0, DOUBTFUL_MAX - mailsOf((destination) => doubtful.has(destination))),
      },
      unknown: Math.max(0, UNKNOWN_MAX - mailsOf(isUnknown)),
      full: [...underWay]
        .filter(([destination, mails]) => mails >= eachMax(destination))
        .map(([destination]) => destination),
    }
  }

  function end(destination: string, attempt: Attempt): void {
    const left = (underWay.get(destination) ?? 1) - 1
    if (left > 0) underWay.set(destination, left)
    else underWay.delete(destination)
    if (attempt.state === 'later' && attempt.relay) return pause()
    if (attempt.state === 'later' && attempt.slow) {
      proven.delete(destination)
      remember(doubtful, destination)
    } else if (attempt.state === 'sent' || attempt.state === 'kept' || attempt.state === 'refused') {
      doubtful.delete(destination)
      remember(proven, destination)
      pause_ms = 0
    }
  }

  function pause(): void {
    // Several fail at once of the same fault; that is one reason to wait.
    if (now() < paused_until) return
    pause_ms = Math.min(Math.max(pause_ms * 2, PAUSE_MS), PAUSE_MAX_MS)
    paused_until = now() + pause_ms
  }

  return {
    room,
    begin: ({ destination }) => void underWay.set(destination, (underWay.get(destination) ?? 0) + 1),
    end: ({ destination }, attempt) => end(destination, attempt),
  }
}

/** The newest stands at the end; beyond so many the oldest is forgotten. */
function remember(known: Set<string>, destination: string): void {
  known.delete(destination)
  known.add(destination)
  if (known.size > REMEMBERED_MAX) known.delete(known.values().next().value!)
}
