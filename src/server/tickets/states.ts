/** The six states of a ticket and every way from one to another. Whatever changes a ticket's state asks {@link stateAfter}. */
export const states = ['new', 'open', 'waiting', 'referred', 'resolved', 'closed'] as const
export type State = (typeof states)[number]

/**
 * For each step: from which state it may be taken, and to which it leads. What is not listed is refused.
 * A message never lands in a closed ticket without reopening it; an answer after the end (a thank-you, a correction) changes nothing.
 */
export const steps = {
  /** A message of the requester came in. */
  receive: { new: 'new', open: 'open', waiting: 'open', referred: 'referred', resolved: 'open', closed: 'open' },
  /** We answered, and it is the requester's turn. */
  ask: {
    new: 'waiting',
    open: 'waiting',
    waiting: 'waiting',
    referred: 'referred',
    resolved: 'resolved',
    closed: 'closed',
  },
  /** We answered, and it is still our turn. */
  answer: { new: 'open', open: 'open', waiting: 'open', referred: 'referred', resolved: 'resolved', closed: 'closed' },
  /** An answer was taken back before it left. */
  take_back: { new: 'new', open: 'open', waiting: 'open', referred: 'referred', resolved: 'open', closed: 'closed' },
  claim: { new: 'open', open: 'open', waiting: 'waiting', referred: 'referred', resolved: 'resolved' },
  release: { new: 'new', open: 'open', waiting: 'waiting', referred: 'referred', resolved: 'resolved' },
  /** To another desk, or to a colleague. */
  assign: { new: 'new', open: 'open', waiting: 'waiting', referred: 'open', resolved: 'resolved' },
  /** Somebody is asked to help. */
  refer: { new: 'referred', open: 'referred', waiting: 'referred', referred: 'referred' },
  /** Nobody is asked any more. */
  recall: { referred: 'open' },
  remind: { waiting: 'waiting' },
  resolve: { new: 'resolved', open: 'resolved', waiting: 'resolved', referred: 'resolved' },
  /** "Sudah teratasi": also while we still wait or work. */
  confirm: { new: 'closed', open: 'closed', waiting: 'closed', referred: 'closed', resolved: 'closed' },
  /** "Belum teratasi". */
  reject: { resolved: 'open' },
  reopen: { waiting: 'open', resolved: 'open', closed: 'open' },
  close: { new: 'closed', open: 'closed', waiting: 'closed', referred: 'closed', resolved: 'closed' },
  withdraw: { new: 'closed', open: 'closed', waiting: 'closed', referred: 'closed', resolved: 'closed' },
  rate: { resolved: 'resolved', closed: 'closed' },
} as const satisfies Record<string, Partial<Record<State, State>>>

export type Step = keyof typeof steps

/** Where a step leads from a state; null when it cannot be taken there. */
export function stateAfter(step: Step, state: State): State | null {
  const ways: Partial<Record<State, State>> = steps[step]
  return ways[state] ?? null
}

/** The states in which a ticket is on our table: somebody waits for us. */
export const workStates = ['new', 'open', 'referred'] as const satisfies readonly State[]
