/** Says that this page has a ticket open and what is done on it, and hears who else is there. */
import { post } from './post.ts'

export type Doing = 'viewing' | 'reply' | 'note' | 'resolve'
export interface Present {
  person: { id: string; name: string }
  doing: Doing
}

/** How far the ticket has come, to compare with what the page shows. */
export interface Stand {
  state: string
  desk_id: string
  newest_message_id: string | null
}

const BEAT_MS = 20_000

/**
 * @param address of the ticket's presence
 * @param doing what is done on the page now
 * @param show who else is there and how far the ticket is, with each answer
 * @returns `say` tells at once what is done (after a change, or when somebody came); `leave` ends it
 */
export function bePresent(address: string, doing: () => Doing, show: (present: Present[], now: Stand) => void) {
  const page_id = newPageId()
  let left = false
  // Each word has its turn, so that one that arrives late changes nothing.
  let turn = 0
  const say = async () => {
    // Whoever only looked has gone when the tab is hidden; whoever writes has merely looked something up.
    const hidden = document.visibilityState === 'hidden'
    if (hidden && doing() === 'viewing') return leaveNow()
    left = false
    const mine = ++turn
    const answer = await post<{ present: Present[]; now: Stand }>(address, { page_id, turn: mine, doing: doing() })
    // Away for a moment: the next beat says it again. An older answer never covers a newer one.
    if (answer && mine === turn) show(answer.present, answer.now)
  }
  const leaveNow = () => {
    if (left) return
    left = true
    navigator.sendBeacon(
      address,
      new Blob([JSON.stringify({ page_id, turn: ++turn, doing: 'left' })], { type: 'application/json' }),
    )
  }
  const look = () => void say()
  const beating = setInterval(look, BEAT_MS)
  document.addEventListener('visibilitychange', look)
  addEventListener('pagehide', leaveNow)
  addEventListener('pageshow', look)
  return {
    say,
    leave() {
      clearInterval(beating)
      document.removeEventListener('visibilitychange', look)
      removeEventListener('pagehide', leaveNow)
      removeEventListener('pageshow', look)
      leaveNow()
    },
  }
}

/** `crypto.randomUUID` exists on https and localhost only; offices run this on plain http inside the house. */
function newPageId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
