import type { Key } from '#messages/format.ts'

/** What the sentences about a request's state depend on. */
export interface Told {
  state: 'new' | 'open' | 'waiting' | 'referred' | 'resolved' | 'closed'
  closure: { reason: string } | null
}

const closures: Record<string, Key> = {
  solved: 'follow.closed_solved',
  out_of_scope: 'follow.closed_out_of_scope',
  duplicate: 'follow.closed_duplicate',
  withdrawn: 'follow.closed_withdrawn',
  no_answer: 'follow.closed_no_answer',
}

/** The state in one sentence: the headline of the follow page. */
export const stateSentenceOf = ({ state, closure }: Told): Key =>
  state === 'closed' ? (closures[closure?.reason ?? ''] ?? 'follow.state_closed') : `follow.state_${state}`

/** What comes next, or what the requester can do. */
export function nextStepOf({ state }: Told): Key | null {
  if (state === 'new' || state === 'waiting' || state === 'closed') return `follow.next_${state}`
  return state === 'open' || state === 'referred' ? 'follow.next_open' : null
}

/** A sign beside the words: our turn, yours, or done. */
export const toneOf = ({ state, closure }: Told): 'ours' | 'yours' | 'solved' | 'over' => {
  if (state === 'waiting' || state === 'resolved') return 'yours'
  if (state !== 'closed') return 'ours'
  return closure?.reason === 'solved' ? 'solved' : 'over'
}
