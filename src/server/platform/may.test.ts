/** The table as a table: for each role and verb a real command of a real person, on what is theirs to reach and on what is another office's. */
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { everybody, system, type Actor, type StaffActor, type Writing } from './context.ts'
import { cellOf, may, mayInReferral, roles, verbs, type RoleName, type Verb } from './may.ts'
import { newId } from './ids.ts'
import { Refusal } from './refusal.ts'
import { useDatabase } from './testing.ts'
import { blockSender, listCalls, retryMessage, takeCall } from '../channels/index.ts'
import { listApplications } from '../membership/index.ts'
import { addTopic, changeDesk, changeProvider } from '../desks/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { retryItem } from '../intake/index.ts'
import {
  addOrganisation,
  changePerson,
  giveGrants,
  inviteStaff,
  listAccounts,
  listOrganisations,
  listPeople,
  wantsNotices,
} from '../people/index.ts'
import { anOrganisation, aPerson } from '../people/testing.ts'
import { refer } from '../referrals/index.ts'
import { listDecisions } from '../reports/index.ts'
import * as tickets from '../tickets/index.ts'
import { aTicket, theRequester, type TestTicket } from '../tickets/testing.ts'

const database = useDatabase()

type Outcome = 'done' | RefusalKindOf
type RefusalKindOf = Refusal['kind']

/** What is tried for each verb, with something of the office given. What a cell does not decide (state, words) is made to fit. */
const attempts: Record<Verb, ((ctx: Writing, office: Office) => Promise<unknown>) | null> = {
  'ticket.list': (ctx) => tickets.listTickets(ctx),
  'ticket.record': (ctx, { desk }) =>
    tickets.recordTicket(ctx, { text: 'x', channel: 'phone', requester: { name: 'Rini' }, desk_id: desk.id }),
  'ticket.reply': (ctx, { ticket }) => tickets.reply(ctx, { ticket_id: ticket.id, text: 'x' }),
  'ticket.note': (ctx, { ticket }) => tickets.note(ctx, { ticket_id: ticket.id, text: 'x' }),
  'ticket.claim': (ctx, { ticket }) => tickets.claim(ctx, { ticket_id: ticket.id }),
  'ticket.release': (ctx, { held }) => tickets.release(ctx, { ticket_id: held.id }),
  'ticket.assign': (ctx, { ticket, desk }) => tickets.assign(ctx, { ticket_id: ticket.id, desk_id: desk.id }),
  'ticket.triage': (ctx, { ticket }) => tickets.triage(ctx, { ticket_id: ticket.id, urgency: 'high' }),
  'ticket.resolve': (ctx, { ticket }) => tickets.resolve(ctx, { ticket_id: ticket.id, problem: 'x', steps: 'x' }),
  'ticket.reopen': (ctx, { resolved }) => tickets.reopen(ctx, { ticket_id: resolved.id }),
  'ticket.close': (ctx, { ticket }) =>
    tickets.close(ctx, { ticket_id: ticket.id, reason: 'out_of_scope', pointer: 'x' }),
  'ticket.mark_spam': (ctx, { ticket }) => tickets.markSpam(ctx, { ticket_id: ticket.id }),
  'ticket.link': (ctx, { possible }) => tickets.linkPossible(ctx, { ticket_id: possible.id }),
  'ticket.choose_address': (ctx, { ticket, point }) =>
    tickets.chooseAddress(ctx, { ticket_id: ticket.id, person_id: ticket.requester.id, contact_point_id: point }),
  'ticket.give': (ctx, { ticket, colleague }) =>
    tickets.giveAccess(ctx, { ticket_id: ticket.id, person_id: colleague, reason: 'x', days: 3 }),
  'ticket.choose_provider': (ctx, { ticket }) => refer(ctx, { ticket_id: ticket.id }),
  'ticket.confirm': (ctx, { resolved }) => tickets.confirm(ctx, { ticket_id: resolved.id }),
  'ticket.reject': (ctx, { resolved }) => tickets.reject(ctx, { ticket_id: resolved.id, text: 'x' }),
  'ticket.withdraw': (ctx, { ticket }) => tickets.withdraw(ctx, { ticket_id: ticket.id }),
  'ticket.rate': (ctx, { resolved }) => tickets.rate(ctx, { ticket_id: resolved.id, score: 5, words: '' }),
  'application.review': (ctx) => listApplications(ctx),
  'decision.list': (ctx) => listDecisions(ctx),
  'person.see': (ctx) => listPeople(ctx),
  'person.change': (ctx, { ticket }) => changePerson(ctx, { person_id: ticket.requester.id, name: 'Nama Baru' }),
  'organisation.list': (ctx) => listOrganisations(ctx),
  'organisation.add': (ctx) => addOrganisation(ctx, { name: `Dinas ${newId()}`, kind: 'village' }),
  'item.retry': (ctx, { item }) => retryItem(ctx, { id: item }),
  'outbox.retry': (ctx, { outbox }) => retryMessage(ctx, { id: outbox }),
  'call.list': (ctx) => listCalls(ctx, { today_since: ctx.now }),
  'call.work': (ctx, { call }) => takeCall(ctx, { id: call }),
  'sender.block': (ctx) => blockSender(ctx, { channel: 'email', address: 'x@contoh.example', reason: '' }),
  'desk.change_hours': (ctx, { desk }) => changeDesk(ctx, { desk_id: desk.id, accepting: false }),
  'desk.change': (ctx, { desk }) => changeDesk(ctx, { desk_id: desk.id, name: 'Nama Baru' }),
  'desk.change_profile': (ctx, { profile }) => changeProvider(ctx, { desk_id: profile, capacity_per_week: 3 }),
  'installation.coordinate': (ctx) =>
    addTopic(ctx, { code: `topik-${newId().slice(-8)}`, name_id: 'x', name_en: 'x', position: 9 }),
  'installation.administer': (ctx) => inviteStaff(ctx, { email: `${newId().slice(-8)}@contoh.example`, name: 'Baru' }),
  'account.list': (ctx) => listAccounts(ctx),
  'account.own': (ctx) => wantsNotices(ctx),
}

interface Office {
  desk: { id: string }
  /** The desk of a member. */
  profile: string
  ticket: TestTicket
  held: TestTicket
  resolved: TestTicket
  possible: TestTicket
  point: string
  item: string
  outbox: string
  call: string
  colleague: string
}

async function anOffice(ctx: Writing): Promise<Office & { people: (role: RoleName) => Actor }> {
  const desk = await aDesk(ctx)
  const agent = await aStaff(ctx, { desk })
  const coordinator = await aStaff(ctx, { desk, role: 'coordinator' })
  const secretariat = { ...(await aStaff(ctx, { sees_all: true })), desks: [] as StaffActor['desks'] }
  const administrator = await aStaff(ctx, { role: 'administrator' })
  const colleague = await aPerson(ctx)
  await sql`insert into accounts (person_id, auth_user_id) values (${colleague.id}::uuid, gen_random_uuid())`.execute(
    ctx.tx,
  )
  const other = async (): Promise<StaffActor> => ({
    ...agent,
    person_id: (await aPerson(ctx)).id,
    desks: [],
    roles: [],
    sees_all: false,
  })
  const provider = await other()
  const bare = {
    programme_team: { ...(await other()), roles: ['programme_team'] },
    leader: { ...(await other()), roles: ['leader'] },
  } as const
  const requester = await aPerson(ctx)
  const [ticket, held, resolved] = [
    await aTicket(ctx, { desk, requester }),
    await aTicket(ctx, { desk, requester }),
    await aTicket(ctx, { desk, requester }),
  ]
  const possible = await aTicket(ctx, { desk, requester, possible_ticket_id: ticket.id })
  await giveGrants(
    ctx,
    [ticket, held, resolved, possible].map(({ id }) => ({
      person_id: provider.person_id,
      ticket_id: id,
      source: 'hand',
      reason: 'x',
      until: null,
    })),
  )
  const [item, outbox, call] = [newId(), newId(), newId()]
  for (const statement of [
    sql`update tickets set state = 'open', holder_person_id = ${agent.person_id}::uuid where id = ${held.id}::uuid`,
    sql`insert into messages (ticket_id, id, direction, channel, author_id, text) values (${resolved.id}::uuid, gen_random_uuid(), 'out', 'web', ${agent.person_id}::uuid, 'x')`,
    sql`insert into resolutions (ticket_id, id, problem, steps) values (${resolved.id}::uuid, gen_random_uuid(), 'x', 'x')`,
    sql`update tickets set state = 'resolved', waiting_since = null where id = ${resolved.id}::uuid`,
    sql`insert into intake_items (id, channel, size, sha256, fingerprint, outcome, settled_at, possible_ticket_id)
      values (${item}::uuid, 'email', 1, 'x', ${item}, 'quarantined', now(), ${ticket.id}::uuid)`,
    sql`insert into outbox (id, channel, kind, recipient, text, automatic, about_id, state)
      values (${outbox}::uuid, 'email', 'reply', 'x@contoh.example', 'x', false, ${ticket.id}::uuid, 'failed')`,
    sql`insert into calls (id, source, remote_id, desk_id, rang_at, at) values (${call}::uuid, 'contoh', ${call}, ${desk.id}::uuid, now(), now())`,
  ])
    await statement.execute(ctx.tx)
  const { rows } = await sql<{
    id: string
  }>`select id from contact_points where person_id = ${requester.id}::uuid`.execute(ctx.db)
  const organisation = await anOrganisation(ctx)
  return {
    desk,
    profile: (await aDesk(ctx, { kind: 'provider', organisation_id: organisation.id })).id,
    ticket,
    held,
    resolved,
    possible,
    point: rows[0]!.id,
    item,
    outbox,
    call,
    colleague: colleague.id,
    people(role) {
      switch (role) {
        case 'public':
          return everybody
        case 'requester':
          return theRequester(ticket)
        case 'system':
          return system
        case 'agent':
          return agent
        case 'coordinator':
          return coordinator
        case 'provider':
          return provider
        case 'secretariat':
          return secretariat
        case 'administrator':
          return administrator
        default:
          return bare[role] as StaffActor
      }
    },
  }
}

/** What the database answers is the second wall's; here only the first is asked, with everything seen that may be seen. */
async function outcomeOf(ctx: Writing, work: () => Promise<unknown>): Promise<Outcome> {
  await sql`savepoint attempt`.execute(ctx.tx)
  try {
    await work()
    return 'done'
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.kind
    throw thrown
  } finally {
    await sql`rollback to savepoint attempt`.execute(ctx.tx)
  }
}

/** Verbs whose thing is not somebody's, so that there is no other office's. */
const OF_NOBODY = /^(ticket\.list|call\.list|person\.see|organisation|sender|installation|account)/

describe('each cell', () => {
  test(
    'is what a real command does, on one’s own and on another office’s',
    database.story(async ({ as }) => {
      const setting = await as(system)
      const [own, other] = [await anOffice(setting), await anOffice(setting)]
      const wrong: string[] = []
      let tried = 0
      for (const verb of verbs) {
        const attempt = attempts[verb]
        if (!attempt) continue
        for (const role of roles) {
          const cell = cellOf(role, verb)
          // A link opens one ticket: whoever asked has another one for what is resolved.
          const actor: Actor =
            role === 'requester' && /confirm|reject|rate|reopen/.test(verb)
              ? theRequester(own.resolved)
              : own.people(role)
          const ctx = await as(actor)
          const here = await outcomeOf(ctx, () => attempt(ctx, own))
          // Whoever was given one by hand works for no member or partner: what these may is held in referrals/refer.test.ts.
          const allowed = cell !== 'no' && cell !== 'head' && cell !== 'case' && cell !== 'lead'
          tried++
          if (allowed ? here !== 'done' : !['forbidden', 'not_found', 'unauthenticated'].includes(here))
            wrong.push(`${role} ${verb} (${cell}) on one's own: ${here}`)
          if (OF_NOBODY.test(verb)) continue
          const there = await outcomeOf(ctx, () => attempt(ctx, other))
          const everywhere = role === 'system' || role === 'secretariat' || role === 'administrator'
          const expected: Outcome[] =
            everywhere && allowed
              ? ['done']
              : /^desk|record/.test(verb)
                ? ['forbidden', 'not_found']
                : everywhere
                  ? ['forbidden']
                  : ['not_found', 'forbidden']
          tried++
          if (!expected.includes(there)) wrong.push(`${role} ${verb} (${cell}) on another's: ${there}`)
          // What is not seen does not exist: a foreign ticket is never "forbidden" to who would see it by nothing.
          if (!everywhere && /^ticket\.(?!record|list)/.test(verb) && there !== 'not_found')
            wrong.push(`${role} ${verb} learns that another's ticket exists: ${there}`)
        }
      }
      expect(wrong).toEqual([])
      expect(tried).toBeGreaterThan(450)
    }),
  )

  test('the head of the secretariat coordinates the installation, its other members do not', () => {
    const member = (role: 'agent' | 'coordinator'): StaffActor => ({
      kind: 'staff',
      person_id: newId(),
      name: 'Contoh',
      language: 'id',
      roles: [],
      desks: [{ id: newId(), name: '', kind: 'secretariat', role, time_zone: 'Asia/Jakarta' }],
      sees_all: true,
    })
    for (const verb of ['installation.coordinate', 'desk.change', 'desk.change_hours'] as const) {
      expect(may(member('coordinator'), verb, { id: newId() })).toBe(true)
      expect(may(member('agent'), verb, { id: newId() })).toBe(false)
    }
  })
})

test(
  'one person, several organisations: agent here, coordinator there, and given a ticket by a third; each role counts where it is held',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const [here, there, third] = [await anOffice(setting), await anOffice(setting), await anOffice(setting)]
    const agent = here.people('agent') as StaffActor
    const all: StaffActor = {
      ...agent,
      desks: [...agent.desks, { ...(there.people('coordinator') as StaffActor).desks[0]! }],
    }
    await giveGrants(setting, [
      { person_id: all.person_id, ticket_id: third.ticket.id, source: 'hand', reason: 'x', until: null },
    ])
    const ctx = await as(all)
    const may_there = await outcomeOf(ctx, () => attempts['desk.change_hours']!(ctx, there))
    expect(may_there).toBe('done')
    for (const [verb, office, expected] of [
      ['desk.change_hours', here, 'forbidden'],
      // Its holder is somebody else: releasing takes a coordinator.
      ['ticket.release', there, 'done'],
      ['ticket.triage', here, 'done'],
      ['ticket.reply', third, 'done'],
      ['ticket.note', third, 'done'],
      ['ticket.triage', third, 'forbidden'],
      ['ticket.give', third, 'forbidden'],
      ['ticket.release', third, 'not_found'],
    ] as const)
      expect([verb, await outcomeOf(ctx, () => attempts[verb]!(ctx, office))]).toEqual([verb, expected])
  }),
)

test('nobody is judge in their own cause: whose organisation is a candidate never chooses, whoever else they are; the offer is theirs to answer', () => {
  const desk = { id: 'meja', name: '', kind: 'secretariat', role: 'coordinator', time_zone: 'Asia/Jakarta' } as const
  const secretary: StaffActor = {
    kind: 'staff',
    person_id: 'x',
    name: '',
    language: 'id',
    roles: ['administrator'],
    desks: [desk],
    sees_all: true,
  }
  const provider: StaffActor = { ...secretary, roles: [], desks: [], sees_all: false }
  const ticket = { id: 't', holder_desk_id: 'meja', holder_person_id: null, requester_id: 'r', granted: true }
  const referral = { candidate_organisation_ids: ['a', 'b'], offered_organisation_id: 'a' }
  const asked = (actor: Actor, verb: 'choose' | 'answer', organisation_ids: string[]) =>
    mayInReferral(actor, verb, { ticket, referral, organisation_ids })
  expect(asked(secretary, 'choose', [])).toBe(true)
  expect(asked(secretary, 'choose', ['c'])).toBe(true)
  for (const organisation of ['a', 'b']) expect(asked(secretary, 'choose', [organisation])).toBe(false)
  expect(asked(provider, 'choose', ['c'])).toBe(false)
  expect(asked(provider, 'answer', ['a'])).toBe(true)
  for (const actor of [secretary, provider]) expect(asked(actor, 'answer', ['b'])).toBe(false)
  expect(asked(everybody, 'answer', ['a'])).toBe(false)
  expect(asked(system, 'choose', [])).toBe(true)
})
