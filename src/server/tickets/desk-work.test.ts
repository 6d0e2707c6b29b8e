/** What a desk does with a ticket beside talking: claim, hand over, triage, record, sort out. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { blockedAmong } from '../channels/index.ts'
import { system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { standInsOf } from '../desks/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { anOrganisation } from '../people/testing.ts'
import { loadRegions } from '../regions/index.ts'
import { assign } from './assign.ts'
import { claim, release } from './claim.ts'
import { listHistory } from './list-history.ts'
import { listTickets } from './list-tickets.ts'
import { note } from './note.ts'
import { dismissPossible, linkPossible } from './possible.ts'
import { recordTicket } from './record-ticket.ts'
import { seeTicket } from './see-ticket.ts'
import { markSpam, unmarkSpam } from './spam.ts'
import { aTicket, aTicketWithAgent, theRequester } from './testing.ts'
import { triage } from './triage.ts'

const database = useDatabase()

test(
  'who claims first holds it; the second is told, and may have it when it is given back',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const colleague = await aStaff(setting, { desk: ticket.desk })
    await claim(await as(agent), { ticket_id: ticket.id })
    await expect(claim(await as(colleague), { ticket_id: ticket.id })).rejects.toMatchObject({
      kind: 'conflict',
      key: 'ticket.already_claimed',
    })
    await expect(release(await as(colleague), { ticket_id: ticket.id })).rejects.toMatchObject({ kind: 'forbidden' })
    await release(await as(agent), { ticket_id: ticket.id })
    await claim(await as(colleague), { ticket_id: ticket.id })
    expect(await seeTicket(await as(agent), { id: ticket.id })).toMatchObject({
      state: 'open',
      holder: { agent: { id: colleague.person_id, name: colleague.name } },
    })
    expect(await facts(ticket.id)).toEqual(['ticket.opened', 'ticket.claimed', 'ticket.released', 'ticket.claimed'])
  }),
)

test('two claims at the same moment: one holds it, the other is told', async () => {
  const { write } = await import('../platform/context.ts')
  const app = database.app()
  const { ticket, agent, colleague } = await write(app, system, async (ctx) => {
    const made = await aTicketWithAgent(ctx)
    return { ...made, colleague: await aStaff(ctx, { desk: made.ticket.desk }) }
  })
  const outcomes = await Promise.allSettled(
    [agent, colleague].map((actor) => write(app, actor, (ctx) => claim(ctx, { ticket_id: ticket.id }))),
  )
  expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(outcomes.find((outcome) => outcome.status === 'rejected')).toMatchObject({
    reason: { kind: 'conflict', key: 'ticket.already_claimed' },
  })
})

test(
  'the desk that hands a ticket over goes on seeing it, may note, but no longer works it',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const other = await aDesk(setting)
    const colleague = await aStaff(setting, { desk: other })
    await expect(seeTicket(await as(colleague), { id: ticket.id })).rejects.toMatchObject({ kind: 'not_found' })

    await assign(await as(agent), { ticket_id: ticket.id, desk_id: other.id, person_id: colleague.person_id })
    const former = await as(agent)
    expect(await seeTicket(former, { id: ticket.id })).toMatchObject({
      state: 'open',
      holder: { desk: { id: other.id } },
    })
    await note(former, { ticket_id: ticket.id, text: 'Sudah kami telepon.' })
    await expect(claim(former, { ticket_id: ticket.id })).rejects.toMatchObject({ kind: 'forbidden' })
    expect(await seeTicket(await as(colleague), { id: ticket.id })).toMatchObject({
      holder: { agent: { id: colleague.person_id } },
    })
    const history = await listHistory(await as(theRequester(ticket)), ticket.id)
    expect(history.at(-1)).toMatchObject({
      kind: 'ticket.handed',
      desk: { name: other.name },
      actor: { kind: 'staff', name: null },
    })
    expect(await facts(ticket.id)).toEqual(['ticket.opened', 'ticket.handed', 'message.noted'])
  }),
)

test(
  'a ticket is not handed to a closed desk, nor to somebody who does not work there',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const closed = await aDesk(setting, { closed_at: new Date() })
    const stranger = await aStaff(setting)
    const ctx = await as(agent)
    await expect(assign(ctx, { ticket_id: ticket.id, desk_id: closed.id })).rejects.toMatchObject({
      kind: 'invalid',
      faults: [{ path: 'desk_id' }],
    })
    await expect(
      assign(ctx, { ticket_id: ticket.id, desk_id: ticket.desk.id, person_id: stranger.person_id }),
    ).rejects.toMatchObject({ kind: 'invalid', faults: [{ path: 'person_id' }] })
    expect(await facts(ticket.id)).toEqual(['ticket.opened'])
  }),
)

test(
  'whoever stands in for one of the secretariat is handed its tickets on the days when they do, and on no other',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const secretariat = await aDesk(setting, { kind: 'secretariat' })
    const head = await aStaff(setting, { desk: secretariat, role: 'coordinator', sees_all: true })
    const deputy = await aStaff(setting)
    const ticket = await aTicket(setting, { desk: secretariat })
    const hand = async () =>
      assign(await as(head), { ticket_id: ticket.id, desk_id: secretariat.id, person_id: deputy.person_id })
    const refused = { kind: 'invalid', faults: [{ path: 'person_id', key: 'fault.works_elsewhere' }] }
    await expect(hand()).rejects.toMatchObject(refused)

    const { tx } = await as(system)
    const days = (from: string, until: string) =>
      sql`update deputies set from_at = now() + ${from}::interval, until_at = now() + ${until}::interval`.execute(tx)
    await sql`set local role pandu_owner`.execute(tx)
    await sql`insert into deputies (id, person_id, deputy_id, from_at, until_at)
      values (gen_random_uuid(), ${head.person_id}::uuid, ${deputy.person_id}::uuid, now() + interval '1 day', now() + interval '2 days')`.execute(
      tx,
    )
    await expect(hand()).rejects.toMatchObject(refused)
    expect(await standInsOf(await as(head), secretariat.id)).toEqual([])

    await as(system)
    await days('-1 day', '1 day')
    expect(await standInsOf(await as(head), secretariat.id)).toEqual([{ id: deputy.person_id, name: deputy.name }])
    // Elsewhere they stand in for nobody.
    const other = await aDesk(await as(system))
    await expect(
      assign(await as(head), { ticket_id: ticket.id, desk_id: other.id, person_id: deputy.person_id }),
    ).rejects.toMatchObject(refused)
    await hand()
    expect(await seeTicket(await as(head), { id: ticket.id })).toMatchObject({
      holder: { desk: { id: secretariat.id }, agent: { id: deputy.person_id } },
    })
  }),
)

test(
  'what the requester told as institution stays beside the organisation that triage links to it',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const office = await anOrganisation(setting, { name: 'Dinas Kesehatan Contoh' })
    const { ticket, agent } = await aTicketWithAgent(setting, { institution: ' Dinkes\ncontoh ' })
    const ctx = await as(agent)
    const row = async () => (await listTickets(ctx, { view: 'desk' })).items.find(({ id }) => id === ticket.id)
    expect(await row()).toMatchObject({ institution: 'Dinkes contoh', organisation: null })
    await triage(ctx, { ticket_id: ticket.id, organisation_id: office.id })
    expect(await row()).toMatchObject({ institution: 'Dinkes contoh', organisation: { name: office.name } })
    await expect(triage(ctx, { ticket_id: ticket.id, organisation_id: ticket.id })).rejects.toMatchObject({
      faults: [{ path: 'organisation_id', key: 'fault.organisation' }],
    })
  }),
)

test(
  'triage records what changed, in codes; nothing changed, nothing recorded',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    await loadRegions(setting)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const topic = await setting.db
      .selectFrom('topics')
      .select(['code', 'name_id'])
      .orderBy('code')
      .executeTakeFirstOrThrow()
    const ctx = await as(agent)
    const wanted = {
      ticket_id: ticket.id,
      region_code: '63.07',
      topic_code: topic.code,
      urgency: 'high',
      subject: 'Pencetak Epson',
    } as const
    await triage(ctx, wanted)
    await triage(ctx, wanted)
    expect(await seeTicket(ctx, { id: ticket.id })).toMatchObject({
      region: { code: '63.07' },
      topic: { code: topic.code, name: topic.name_id },
      urgency: 'high',
      subject: 'Pencetak Epson',
    })
    const history = await listHistory(ctx, ticket.id)
    expect(history.at(-1)!.about).toEqual({
      region_code: '63.07',
      topic_code: topic.code,
      urgency: 'high',
      subject: true,
    })
    await triage(ctx, { ticket_id: ticket.id, region_code: null })
    expect((await seeTicket(ctx, { id: ticket.id })).region).toBeNull()
    await expect(triage(ctx, { ticket_id: ticket.id, region_code: '99.99' })).rejects.toMatchObject({
      kind: 'invalid',
      faults: [{ path: 'region_code' }],
    })
    expect((await facts(ticket.id)).filter((kind) => kind === 'ticket.triaged')).toHaveLength(2)
  }),
)

test(
  'a letter is recorded on behalf of its writer, with its own number and date',
  database.story(async ({ as, facts }) => {
    const desk = await aDesk(await as(system))
    const agent = await aStaff(await as(system), { desk })
    const ctx = await as(agent)
    const opened = await recordTicket(ctx, {
      channel: 'letter',
      text: 'Mohon bantuan pemasangan LibreOffice.',
      requester: { name: 'Ibu Sari Contoh' },
      letter_number: '005/12/Dinkes',
      letter_date: '2025-11-18',
      attachments: [{ name: 'pindai.pdf', type: 'application/pdf', size: 12, sha256: 'c'.repeat(64) }],
    })
    expect(await seeTicket(ctx, { number: opened.number })).toMatchObject({
      channel: 'letter',
      state: 'new',
      requester: { name: 'Ibu Sari Contoh' },
      holder: { desk: { id: desk.id } },
      recording: { recorded_by: { id: agent.person_id }, letter_number: '005/12/Dinkes', letter_date: '2025-11-18' },
    })
    expect(await facts(opened.id)).toEqual(['ticket.opened', 'ticket.recorded'])
    const elsewhere = await aDesk(await as(system))
    await expect(
      recordTicket(await as(agent), { channel: 'phone', text: 'x', requester: { name: 'y' }, desk_id: elsewhere.id }),
    ).rejects.toMatchObject({ kind: 'forbidden' })
  }),
)

test(
  'spam leaves every view but its own and its sender is refused; undoing brings both back',
  database.story(async ({ as, facts }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system))
    // Whoever looks after one desk only calls it spam; a block holds for all desks.
    await expect(markSpam(await as(agent), { ticket_id: ticket.id, block_sender: true })).rejects.toMatchObject({
      kind: 'forbidden',
    })
    const ctx = await as({ ...agent, sees_all: true })
    // Who sees all sees what other tests of this file committed, too.
    const numbersIn = async (view: 'desk' | 'all' | 'spam') =>
      (await listTickets(ctx, { view, desk: ticket.desk.id })).items.map((row) => row.number)
    await markSpam(ctx, { ticket_id: ticket.id, block_sender: true })
    expect([await numbersIn('desk'), await numbersIn('all'), await numbersIn('spam')]).toEqual([
      [],
      [],
      [ticket.number],
    ])
    expect((await blockedAmong(ctx, 'email', [ticket.requester.email!])).size).toBe(1)
    await expect(markSpam(ctx, { ticket_id: ticket.id })).rejects.toMatchObject({ kind: 'conflict' })
    await unmarkSpam(ctx, { ticket_id: ticket.id })
    expect([await numbersIn('desk'), await numbersIn('spam')]).toEqual([[ticket.number], []])
    expect((await blockedAmong(ctx, 'email', [ticket.requester.email!])).size).toBe(0)
    expect(await facts(ticket.id)).toEqual(['ticket.opened', 'ticket.marked_spam', 'ticket.unmarked_spam'])
  }),
)

test(
  'a suspected follow-up is linked or kept apart by a person, and messages stay where they are',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const suspected = await aTicket(setting, { desk: ticket.desk, possible_ticket_id: ticket.id })
    const another = await aTicket(setting, { desk: ticket.desk, possible_ticket_id: ticket.id })
    const ctx = await as(agent)
    expect((await listTickets(ctx, { view: 'possible' })).items).toHaveLength(2)
    expect((await seeTicket(ctx, { id: suspected.id })).possible_ticket).toMatchObject({ number: ticket.number })
    await linkPossible(ctx, { ticket_id: suspected.id })
    await dismissPossible(ctx, { ticket_id: another.id })
    expect(await seeTicket(ctx, { id: suspected.id })).toMatchObject({
      possible_ticket: null,
      links: [{ id: ticket.id, kind: 'follow_up', direction: 'from' }],
    })
    expect((await seeTicket(ctx, { id: another.id })).links).toEqual([])
    expect((await listTickets(ctx, { view: 'possible' })).items).toEqual([])
    await expect(linkPossible(ctx, { ticket_id: another.id })).rejects.toMatchObject({ kind: 'conflict' })
    expect(await facts(suspected.id)).toEqual(['ticket.opened', 'ticket.linked'])
    expect(await facts(another.id)).toEqual(['ticket.opened', 'ticket.kept_apart'])
  }),
)
