import type { Key } from '#messages/format.ts'

/** What the sentences about a request's state depend on. */
export interface Told {
  state: 'new' | 'open' | 'waiting' | 'referred' | 'resolved' | 'closed'
  closure: { reason: string } | null
  /** The one in force; `by_rule` when no agent said so but silence ended it. */
  resolution: { by_rule: boolean } | null
  /** A message reopens it; false when it was closed too long ago. */
  takes_messages: boolean
  /** The request in which one closed too long ago goes on. */
  follow_up: { number: string } | null
}

const closures: Record<string, Key> = {
  solved: 'follow.closed_solved',
  out_of_scope: 'follow.closed_out_of_scope',
  duplicate: 'follow.closed_duplicate',
  withdrawn: 'follow.closed_withdrawn',
  no_answer: 'follow.closed_no_answer',
}

/** The state in one sentence: the headline of the follow page. */
export const stateSentenceOf = ({ state, closure, resolution }: Pick<Told, 'state' | 'closure' | 'resolution'>): Key =>
  state === 'resolved' && resolution?.by_rule
    ? 'follow.state_resolved_quiet'
    : state === 'closed'
      ? (closures[closure?.reason ?? ''] ?? 'follow.state_closed')
      : `follow.state_${state}`

/** What comes next, or what the requester can do. */
export function nextStepOf({ state, takes_messages, follow_up }: Told): Key | null {
  if (follow_up) return 'follow.next_goes_on'
  if (!takes_messages) return 'follow.next_closed_long_ago'
  if (state === 'new' || state === 'waiting' || state === 'closed') return `follow.next_${state}`
  return state === 'open' || state === 'referred' ? 'follow.next_open' : null
}

/** A sign beside the words: our turn, yours, or done. */
export const toneOf = ({ state, closure }: Pick<Told, 'state' | 'closure'>): 'ours' | 'yours' | 'solved' | 'over' => {
  if (state === 'waiting' || state === 'resolved') return 'yours'
  if (state !== 'closed') return 'ours'
  return closure?.reason === 'solved' ? 'solved' : 'over'
}
