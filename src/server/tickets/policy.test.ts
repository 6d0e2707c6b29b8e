import { expect, test } from 'vitest'
import type { Actor, DeskRole, StaffActor } from '../platform/context.ts'
import { everybody, system } from '../platform/context.ts'
import { abilities, type Guarded, type Verb } from './policy.ts'
import { states, type State } from './states.ts'

const ticket: Guarded = {
  id: 'ticket',
  state: 'open',
  holder_desk_id: 'banjar',
  holder_person_id: 'agent',
  requester_id: 'requester',
  granted: false,
}

const staff = (person_id: string, desk: string, role: DeskRole = 'agent', sees_all = false): StaffActor => ({
  kind: 'staff',
  person_id,
  name: 'Petugas Contoh',
  language: 'id',
  roles: [],
  desks: [{ id: desk, name: desk, kind: 'province', role, time_zone: 'Asia/Jakarta' }],
  sees_all,
})

const people: Record<string, Actor> = {
  holder: staff('agent', 'banjar'),
  colleague: staff('colleague', 'banjar'),
  coordinator: staff('coordinator', 'banjar', 'coordinator'),
  former_desk: staff('former', 'kotabaru'),
  secretariat: staff('sekretaris', 'jakarta', 'agent', true),
  requester: { kind: 'requester', person_id: 'requester', ticket_id: 'ticket' },
  participant: { kind: 'requester', person_id: 'somebody', ticket_id: 'ticket' },
  other_ticket: { kind: 'requester', person_id: 'requester', ticket_id: 'another' },
  public: everybody,
  system,
}

const work: Verb[] = [
  'reply',
  'note',
  'claim',
  'assign',
  'triage',
  'resolve',
  'close',
  'mark_spam',
  'link',
  'give',
  'choose_provider',
]
test.each<[keyof typeof people, Verb[]]>([
  ['holder', [...work, 'release']],
  ['colleague', work],
  ['coordinator', [...work, 'release']],
  ['former_desk', ['note']],
  ['secretariat', [...work, 'release']],
  ['requester', ['confirm', 'withdraw']],
  ['participant', []],
  ['other_ticket', []],
  ['public', []],
  ['system', ['choose_provider', 'confirm', 'withdraw']],
])('on an open ticket, %s may %j', (who, expected) => {
  expect(allowed(people[who]!, 'open').sort()).toEqual([...expected].sort())
})

test.each<[State, Verb[], Verb[]]>([
  ['new', [...work, 'release'], ['confirm', 'withdraw']],
  ['open', [...work, 'release'], ['confirm', 'withdraw']],
  ['waiting', [...work, 'release', 'reopen'], ['confirm', 'withdraw']],
  ['referred', [...work, 'release'], ['confirm', 'withdraw']],
  [
    'resolved',
    [...work.filter((verb) => verb !== 'resolve' && verb !== 'choose_provider'), 'release', 'reopen'],
    ['confirm', 'reject', 'withdraw', 'rate'],
  ],
  ['closed', ['reply', 'note', 'triage', 'mark_spam', 'link', 'give', 'reopen'], ['rate']],
])('in state %s the holder may %j and the requester %j', (state, ofHolder, ofRequester) => {
  expect(allowed(people['holder']!, state).sort()).toEqual([...ofHolder].sort())
  expect(allowed(people['requester']!, state).sort()).toEqual([...ofRequester].sort())
  expect(states).toContain(state)
})

function allowed(actor: Actor, state: State): Verb[] {
  const may = abilities(actor, { ...ticket, state })
  return (Object.keys(may) as Verb[]).filter((verb) => may[verb])
}
