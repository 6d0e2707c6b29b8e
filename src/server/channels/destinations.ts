import type { DueMessage, Room } from './claim-due.ts'
import type { Attempt } from './send-mail.ts'

/** Mails under way at once: so many connections a relay sees from us. */
const MAILS_MAX = 12
const PROVEN_EACH_MAX = 4
/** Destinations of which we do not know whether they answer: one mail each, and half of all places together. */
const UNPROVEN_MAX = 6
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
 * Who may hold how many places. A destination that answered has up to four; one that is new, or let us wait until a deadline, has one,
 * and all of those together at most half: however many hang, the others go on. A relay that cannot be reached is left alone for a while.
 */
export function openDestinations(now: () => number = () => performance.now()): Destinations {
  const underWay = new Map<string, number>()
  const proven = new Set<string>()
  let pause_ms = 0
  let paused_until = -Infinity
  const total = () => [...underWay.values()].reduce((sum, mails) => sum + mails, 0)

  return {
    room() {
      const mails = now() < paused_until ? 0 : MAILS_MAX - total()
      const busy = [...underWay]
      const unproven = busy.filter(([destination]) => !proven.has(destination))
      return {
        mails,
        proven: [...proven]
          .map((destination) => ({ destination, mails: PROVEN_EACH_MAX - (underWay.get(destination) ?? 0) }))
          .filter(({ mails: left }) => left > 0),
        unproven: Math.max(0, UNPROVEN_MAX - unproven.reduce((sum, [, count]) => sum + count, 0)),
        full: busy
          .filter(([destination, count]) => count >= (proven.has(destination) ? PROVEN_EACH_MAX : 1))
          .map(([destination]) => destination),
      }
    },
    begin({ destination }) {
      underWay.set(destination, (underWay.get(destination) ?? 0) + 1)
    },
    end({ destination }, attempt) {
      const left = (underWay.get(destination) ?? 1) - 1
      if (left > 0) underWay.set(destination, left)
      else underWay.delete(destination)
      if (attempt.state === 'later' && attempt.slow) proven.delete(destination)
      else if (attempt.state === 'sent' || attempt.state === 'kept' || attempt.state === 'refused') prove(destination)
      if (attempt.state === 'later' && attempt.relay) {
        // Several fail at once of the same fault; that is one reason to wait.
        if (now() < paused_until) return
        pause_ms = Math.min(Math.max(pause_ms * 2, PAUSE_MS), PAUSE_MAX_MS)
        paused_until = now() + pause_ms
      } else if (attempt.state === 'sent') pause_ms = 0
    },
  }

  function prove(destination: string): void {
    // The last one that answered stands at the end; beyond so many the one that answered longest ago is forgotten.
    proven.delete(destination)
    proven.add(destination)
    if (proven.size > REMEMBERED_MAX) proven.delete(proven.values().next().value!)
  }
}
