/**
 * Who may do what: one table of role × verb × object, and nothing else in the program decides it. It is the second question. The first
 * (does this person see the thing at all?) is answered before, by fetching it through row-level security: what is unseen is `not_found`,
 * what is seen and not allowed is `forbidden`. `may.test.ts` holds every cell against a real command.
 */
import type { Actor, StaffActor } from './context.ts'
import { refuse } from './refusal.ts'

/** Somebody can have several: agent at one desk, coordinator at another, and a ticket given to them by a third. One that allows is enough. */
export const roles = [
  'public',
  /** Holds the secret link of one ticket. */
  'requester',
  'agent',
  'coordinator',
  /** Was given single tickets (a grant) and works at no desk that sees them: staff of a member or partner. */
  'provider',
  'programme_team',
  'leader',
  /** A member of the secretariat's desk, or a program that acts for it. */
  'secretariat',
  'administrator',
  /** Sweeps, jobs, the command line. */
  'system',
] as const
export type RoleName = (typeof roles)[number]

/**
 * What a cell says. `no` and `yes` speak for themselves; whoever is allowed `yes` still only reaches what they see.
 * `held` a desk where one has this role holds it · `mine` and one is its holder oneself · `own` what one asked oneself; one's own desk
 * · `case` the desk of a member or partner for whom one works holds it · `lead` the desk of a member or partner where one is coordinator
 * · `given` one was given it · `head` one coordinates the secretariat's desk
 */
type Cell = 'no' | 'yes' | 'held' | 'mine' | 'own' | 'given' | 'case' | 'lead' | 'head'

// prettier-ignore
const table = {
  //                          public  requester agent   coordin. provider program. leader  secret.  admin.   system
  'ticket.list':             ['no',   'no',     'yes',  'yes',   'yes',   'yes',   'yes',  'yes',   'yes',   'no' ],
  'ticket.record':           ['no',   'no',     'own',  'own',   'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'ticket.reply':            ['no',   'no',     'held', 'held',  'given', 'no',    'no',   'yes',   'yes',   'no' ],
  'ticket.note':             ['no',   'no',     'yes',  'yes',   'given', 'no',    'no',   'yes',   'yes',   'no' ],
  'ticket.claim':            ['no',   'no',     'held', 'held',  'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'ticket.release':          ['no',   'no',     'mine', 'held',  'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'ticket.assign':           ['no',   'no',     'held', 'held',  'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'ticket.triage':           ['no',   'no',     'held', 'held',  'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'ticket.resolve':          ['no',   'no',     'held', 'held',  'case',  'no',    'no',   'yes',   'yes',   'no' ],
  'ticket.reopen':           ['no',   'no',     'held', 'held',  'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'ticket.close':            ['no',   'no',     'held', 'held',  'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'ticket.mark_spam':        ['no',   'no',     'held', 'held',  'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'ticket.link':             ['no',   'no',     'held', 'held',  'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'ticket.choose_address':   ['no',   'no',     'held', 'held',  'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'ticket.give':             ['no',   'no',     'held', 'held',  'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'ticket.choose_provider':  ['no',   'no',     'held', 'held',  'no',    'no',    'no',   'yes',   'yes',   'yes'],
  'ticket.confirm':          ['no',   'own',    'no',   'no',    'no',    'no',    'no',   'no',    'no',    'yes'],
  'ticket.reject':           ['no',   'own',    'no',   'no',    'no',    'no',    'no',   'no',    'no',    'yes'],
  'ticket.withdraw':         ['no',   'own',    'no',   'no',    'no',    'no',    'no',   'no',    'no',    'yes'],
  'ticket.rate':             ['no',   'own',    'no',   'no',    'no',    'no',    'no',   'no',    'no',    'no' ],
  // Who would like to be member, partner or own unit: nobody but the secretariat sees who asked.
  'application.review':      ['no',   'no',     'no',   'no',    'no',    'no',    'no',   'yes',   'yes',   'yes'],
  // What waits for the secretariat to decide, and what became of everybody's offers.
  'decision.list':           ['no',   'no',     'no',   'no',    'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'person.see':              ['no',   'no',     'yes',  'yes',   'yes',   'no',    'no',   'yes',   'yes',   'yes'],
  'person.change':           ['no',   'no',     'yes',  'yes',   'no',    'no',    'no',   'yes',   'yes',   'yes'],
  'organisation.list':       ['no',   'no',     'yes',  'yes',   'yes',   'yes',   'yes',  'yes',   'yes',   'yes'],
  'organisation.add':        ['no',   'no',     'yes',  'yes',   'no',    'no',    'no',   'yes',   'yes',   'yes'],
  'item.retry':              ['no',   'no',     'yes',  'yes',   'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'outbox.retry':            ['no',   'no',     'yes',  'yes',   'no',    'no',    'no',   'yes',   'yes',   'yes'],
  // Telephone calls of one's desks; of another desk's, whoever sees everything writes something down.
  'call.list':               ['no',   'no',     'yes',  'yes',   'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'call.work':               ['no',   'no',     'own',  'own',   'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'sender.block':            ['no',   'no',     'no',   'no',    'no',    'no',    'no',   'yes',   'yes',   'no' ],
  'desk.change_hours':       ['no',   'no',     'no',   'own',   'no',    'no',    'no',   'head',  'yes',   'yes'],
  'desk.change':             ['no',   'no',     'no',   'no',    'no',    'no',    'no',   'head',  'yes',   'yes'],
  'desk.change_profile':     ['no',   'no',     'no',   'no',    'lead',  'no',    'no',   'head',  'yes',   'yes'],
  'installation.coordinate': ['no',   'no',     'no',   'no',    'no',    'no',    'no',   'head',  'yes',   'yes'],
  'installation.administer': ['no',   'no',     'no',   'no',    'no',    'no',    'no',   'no',    'yes',   'yes'],
  'account.list':            ['no',   'no',     'yes',  'yes',   'no',    'no',    'no',   'yes',   'yes',   'yes'],
  'account.own':             ['no',   'no',     'yes',  'yes',   'yes',   'yes',   'yes',  'yes',   'yes',   'no' ],
} as const satisfies Record<string, readonly Cell[]>

export type Verb = keyof typeof table
export const verbs = Object.keys(table) as Verb[]
export const cellOf = (role: RoleName, verb: Verb): Cell => table[verb][roles.indexOf(role)] ?? 'no'

/** The sentence of a refusal (`refusal.KEY`), by verb or by object. */
const sentences: Partial<Record<string, string>> = {
  ticket: 'ticket.forbidden',
  item: 'intake.staff',
  outbox: 'intake.staff',
  call: 'call.forbidden',
  sender: 'sender_block',
  desk: 'desk.change',
  'installation.coordinate': 'coordinate_all',
  'installation.administer': 'account.administrator',
}

/** What the cells look at: of a ticket who holds it, who asked, and whether it was given to the actor; of a desk its id. */
export interface Thing {
  id?: string
  holder_desk_id?: string
  holder_person_id?: string | null
  requester_id?: string
  granted?: boolean
}

/** Whether the actor may do this with a thing that they see. Pure. */
export const may = (actor: Actor, verb: Verb, thing: Thing = {}): boolean =>
  held(actor, thing).some(({ role, desk_id }) => allows(cellOf(role, verb), { actor, thing, desk_id }))

/** Refuses `forbidden` unless the actor may. */
export function must(actor: Actor, verb: Verb, thing: Thing = {}): void {
  if (!may(actor, verb, thing))
    refuse('forbidden', sentences[verb] ?? sentences[verb.split('.', 1)[0]!] ?? 'people.staff')
}

/** Refuses `forbidden` also to the system: what follows needs a person. */
export function mustAsPerson(actor: Actor, verb: Verb, thing: Thing = {}): asserts actor is StaffActor {
  must(actor.kind === 'staff' ? actor : NOBODY, verb, thing)
}
const NOBODY: Actor = { kind: 'public' }

interface Held {
  role: RoleName
  /** Of agents and coordinators: where. */
  desk_id?: string
}

/** All roles of somebody, toward one thing. */
function held(actor: Actor, thing: Thing): Held[] {
  if (actor.kind !== 'staff') return [{ role: actor.kind }]
  const of_desks = actor.desks.map(({ id, role }): Held => ({ role, desk_id: id }))
  const of_house = actor.sees_all || actor.desks.some(({ kind }) => kind === 'secretariat')
  const works_there = (actor.providers ?? []).some(({ id }) => id === thing.id)
  const given = thing.granted === true || works_there || actor.desks.length + actor.roles.length === 0
  return [
    ...of_desks,
    ...actor.roles.map((role): Held => ({ role })),
    ...(of_house ? [{ role: 'secretariat' } as const] : []),
    ...(given && !of_house ? [{ role: 'provider' } as const] : []),
  ]
}

function allows(cell: Cell, { actor, thing, desk_id }: { actor: Actor; thing: Thing; desk_id?: string | undefined }) {
  switch (cell) {
    case 'no':
      return false
    case 'yes':
      return true
    case 'held':
      return desk_id !== undefined && desk_id === thing.holder_desk_id
    case 'mine':
      return (
        desk_id !== undefined &&
        desk_id === thing.holder_desk_id &&
        actor.kind === 'staff' &&
        actor.person_id === thing.holder_person_id
      )
    case 'own':
      return actor.kind === 'requester'
        ? actor.ticket_id === thing.id && actor.person_id === thing.requester_id
        : desk_id !== undefined && desk_id === thing.id
    case 'given':
      return thing.granted === true
    case 'case':
      return actor.kind === 'staff' && (actor.providers ?? []).some(({ id }) => id === thing.holder_desk_id)
    case 'lead':
      return (
        actor.kind === 'staff' &&
        (actor.providers ?? []).some(({ id, role }) => id === thing.id && role === 'coordinator')
      )
    case 'head':
      return (
        actor.kind === 'staff' && actor.desks.some(({ kind, role }) => kind === 'secretariat' && role === 'coordinator')
      )
  }
}

/** Who chooses among providers, and for whom a provider answers; the organisations that take part in one referral. */
export interface Referral {
  /** Everybody who was or will be weighed, chosen or not. */
  candidate_organisation_ids: readonly string[]
  /** Who was offered it, if anybody. */
  offered_organisation_id: string | null
}

/**
 * Staff of a provider never triage, choose or override a referral in which their organisation is a candidate, whatever else they are
 * (agent, secretariat, administrator): nobody is judge in their own cause. Answering the offer that was made to their own organisation
 * is theirs.
 * @param organisation_ids for whom the actor works
 */
export function mayInReferral(
  actor: Actor,
  verb: 'choose' | 'answer',
  { ticket, referral, organisation_ids }: { ticket: Thing; referral: Referral; organisation_ids: readonly string[] },
): boolean {
  if (verb === 'answer')
    return (
      actor.kind === 'staff' &&
      referral.offered_organisation_id !== null &&
      organisation_ids.includes(referral.offered_organisation_id)
    )
  if (referral.candidate_organisation_ids.some((id) => organisation_ids.includes(id))) return false
  return may(actor, 'ticket.choose_provider', ticket)
}
