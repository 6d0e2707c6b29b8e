/**
 * Who may do what with a ticket that they see (whether they see it is row-level security's word). Pure, and on one page, so that
 * pages ask the same functions before they show a button. Whether the ticket's state allows it is told by states.ts.
 */
import type { Actor, RequesterActor, StaffActor } from '../platform/context.ts'
import { stateAfter, type State, type Step } from './states.ts'

/** What the rules look at. */
export interface Guarded {
  id: string
  state: State
  holder_desk_id: string
  holder_person_id: string | null
  requester_id: string
}

/** The holder desk works a ticket; so do the secretariat and administrators. A desk that held it before reads on and may note. */
const worksOn = (actor: Actor, ticket: Guarded): actor is StaffActor =>
  actor.kind === 'staff' && (actor.sees_all || actor.desks.some((desk) => desk.id === ticket.holder_desk_id))

const isRequester = (actor: Actor, ticket: Guarded): actor is RequesterActor =>
  actor.kind === 'requester' && actor.ticket_id === ticket.id && actor.person_id === ticket.requester_id

/** The sweep of quiet tickets and the intake act as the system. */
const orSystem = (actor: Actor, allowed: boolean): boolean => actor.kind === 'system' || allowed

export const mayReply = (actor: Actor, ticket: Guarded): boolean => worksOn(actor, ticket)
export const mayNote = (actor: Actor, _ticket: Guarded): boolean => actor.kind === 'staff'
export const mayClaim = (actor: Actor, ticket: Guarded): boolean => worksOn(actor, ticket)
/** Its holder gives it back; a coordinator of the desk may take it from somebody who is ill. */
export const mayRelease = (actor: Actor, ticket: Guarded): boolean =>
  worksOn(actor, ticket) &&
  (ticket.holder_person_id === actor.person_id ||
    actor.sees_all ||
    actor.desks.some((desk) => desk.id === ticket.holder_desk_id && desk.role === 'coordinator'))
export const mayAssign = (actor: Actor, ticket: Guarded): boolean => worksOn(actor, ticket)
export const mayTriage = (actor: Actor, ticket: Guarded): boolean => worksOn(actor, ticket)
export const mayResolve = (actor: Actor, ticket: Guarded): boolean => worksOn(actor, ticket)
export const mayReopen = (actor: Actor, ticket: Guarded): boolean => worksOn(actor, ticket)
export const mayClose = (actor: Actor, ticket: Guarded): boolean => worksOn(actor, ticket)
export const mayMarkSpam = (actor: Actor, ticket: Guarded): boolean => worksOn(actor, ticket)
export const mayLink = (actor: Actor, ticket: Guarded): boolean => worksOn(actor, ticket)
/** What only the person who asked can say; a participant may write, not decide. */
export const mayConfirm = (actor: Actor, ticket: Guarded): boolean => orSystem(actor, isRequester(actor, ticket))
export const mayReject = (actor: Actor, ticket: Guarded): boolean => orSystem(actor, isRequester(actor, ticket))
export const mayWithdraw = (actor: Actor, ticket: Guarded): boolean => orSystem(actor, isRequester(actor, ticket))
export const mayRate = (actor: Actor, ticket: Guarded): boolean => isRequester(actor, ticket)

/** Everything one may do, and the step of states.ts that it takes, if any. */
const verbs = {
  reply: [mayReply, 'answer'],
  note: [mayNote, null],
  claim: [mayClaim, 'claim'],
  release: [mayRelease, 'release'],
  assign: [mayAssign, 'assign'],
  triage: [mayTriage, null],
  resolve: [mayResolve, 'resolve'],
  reopen: [mayReopen, 'reopen'],
  close: [mayClose, 'close'],
  mark_spam: [mayMarkSpam, null],
  link: [mayLink, null],
  confirm: [mayConfirm, 'confirm'],
  reject: [mayReject, 'reject'],
  withdraw: [mayWithdraw, 'withdraw'],
  rate: [mayRate, 'rate'],
} as const satisfies Record<string, readonly [(actor: Actor, ticket: Guarded) => boolean, Step | null]>

export type Verb = keyof typeof verbs

/** Which buttons a page shows: allowed to this person, and possible in this state. */
export function abilities(actor: Actor, ticket: Guarded): Record<Verb, boolean> {
  const entries = Object.entries(verbs).map(([verb, [may, step]]) => [
    verb,
    may(actor, ticket) && (step === null || stateAfter(step, ticket.state) !== null),
  ])
  return Object.fromEntries(entries) as Record<Verb, boolean>
}
