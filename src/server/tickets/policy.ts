/**
 * What a page offers on a ticket: what the actor may (platform/may.ts) and what its state allows (states.ts). Pure, so that pages ask the
 * same before they show a button as the commands do before they act.
 */
import type { Actor } from '../platform/context.ts'
import { may, type Thing } from '../platform/may.ts'
import { stateAfter, type State, type Step } from './states.ts'

/** What the rules look at. */
export interface Guarded extends Required<Thing> {
  state: State
}

/** Everything that one may do on a ticket's page, as a row of the table in platform/may.ts, and the step of states.ts that it takes, if any. */
const verbs = {
  reply: 'answer',
  note: null,
  claim: 'claim',
  release: 'release',
  assign: 'assign',
  triage: null,
  resolve: 'resolve',
  reopen: 'reopen',
  close: 'close',
  mark_spam: null,
  link: null,
  give: null,
  choose_provider: 'refer',
  confirm: 'confirm',
  reject: 'reject',
  withdraw: 'withdraw',
  rate: 'rate',
} as const satisfies Record<string, Step | null>

export type Verb = keyof typeof verbs

/** Which buttons a page shows: allowed to this person, and possible in this state. */
export function abilities(actor: Actor, ticket: Guarded): Record<Verb, boolean> {
  const entries = (Object.entries(verbs) as [Verb, Step | null][]).map(([verb, step]) => [
    verb,
    may(actor, `ticket.${verb}`, ticket) && (step === null || stateAfter(step, ticket.state) !== null),
  ])
  return Object.fromEntries(entries) as Record<Verb, boolean>
}
