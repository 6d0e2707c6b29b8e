/** An own-unit desk sees every request of its offices: as lists, search and both walls show it, and no longer than it may. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, write, type StaffActor, type Writing } from '../platform/context.ts'
import type { FactJob } from '../platform/relay.ts'
import { useDatabase, type Story } from '../platform/testing.ts'
import { changeDesk, changeOffices, confirmDesk, unconfirmDesk } from '../desks/index.ts'
import { aDesk, aStaff, type TestDesk } from '../desks/testing.ts'
import { anOrganisation } from '../people/testing.ts'
import { assign } from './assign.ts'
import { indexOffices } from './index-offices.ts'
import { listOffices } from './list-offices.ts'
import { listTickets } from './list-tickets.ts'
import { mergeOrganisations } from './merge-people.ts'
import { aTicket } from './testing.ts'
import { triage } from './triage.ts'

const database = useDatabase()

interface Scene {
  province: TestDesk
  unit: TestDesk
  clerk: StaffActor
  province_agent: StaffActor
  head: StaffActor
  office: { id: string }
  other: { id: string }
}

async function scene(ctx: Writing): Promise<Scene> {
  const province = await aDesk(ctx, { name: 'Meja Provinsi (contoh)' })
  const unit = await aDesk(ctx, { kind: 'own_unit', name: 'Diskominfo Contoh' })
  const [office, other] = [
    await anOrganisation(ctx, { name: 'Dinas Kesehatan Contoh', kind: 'regional_office' }),
    await anOrganisation(ctx, { name: 'Dinas Pasar Contoh', kind: 'regional_office' }),
  ]
  return {
    province,
    unit,
    office,
    other,
    clerk: await aStaff(ctx, { desk: unit }),
    province_agent: await aStaff(ctx, { desk: province }),
    head: await aStaff(ctx, { role: 'administrator' }),
  }
}

/** What the clerk of the desk reads in the list, by the second wall and by the rows of people. */
async function seenBy(as: Story['as'], actor: StaffActor): Promise<{ list: string[]; wall: string[]; people: number }> {
  const ctx = await as(actor)
  const [list, wall, people] = [
    await listTickets(ctx, { view: 'all' }),
    await sql<{ id: string }>`select id from tickets order by id`.execute(ctx.db),
    await sql<{ many: number }>`select count(*)::int as many from people p
      where exists (select from participants t where t.person_id = p.id)`.execute(ctx.db),
  ]
  return {
    list: list.items.map(({ id }) => id).toSorted(),
    wall: wall.rows.map(({ id }) => id),
    people: people.rows[0]!.many,
  }
}
const nothing = { list: [], wall: [], people: 0 }

test(
  'once it is confirmed it sees what its offices asked before and ask later, and loses sight with the office',
  database.story(async ({ as, facts }) => {
    const s = await scene(await as(system))
    const before = await aTicket(await as(system), { desk: s.province, organisation_id: s.office.id })
    await aTicket(await as(system), { desk: s.province, organisation_id: s.other.id })
    await changeOffices(await as(s.head), { desk_id: s.unit.id, organisation_ids: [s.office.id] })
    expect(await seenBy(as, s.clerk)).toEqual(nothing)

    await confirmDesk(await as(s.head), { desk_id: s.unit.id })
    expect(await seenBy(as, s.clerk)).toEqual({ list: [before.id], wall: [before.id], people: 1 })
    const later = await aTicket(await as(system), { desk: s.province, organisation_id: s.office.id })
    const both = [before.id, later.id]
    expect(await seenBy(as, s.clerk)).toEqual({ list: both, wall: both, people: 2 })

    await changeOffices(await as(s.head), { desk_id: s.unit.id, organisation_ids: [s.other.id] })
    expect((await seenBy(as, s.clerk)).wall).not.toContain(before.id)
    expect((await seenBy(as, s.clerk)).wall).toHaveLength(1)
    await unconfirmDesk(await as(s.head), { desk_id: s.unit.id, reason: 'unitnya dibubarkan' })
    expect(await seenBy(as, s.clerk)).toEqual(nothing)
    expect((await facts()).filter((kind) => kind.startsWith('desk.'))).toEqual([
      'desk.office_added',
      'desk.confirmed',
      'desk.office_added',
      'desk.office_removed',
      'desk.unconfirmed',
    ])
  }),
)

test(
  'triage and a merge of two rows of one office move the sight with the ticket; what it held stays',
  database.story(async ({ as }) => {
    const s = await scene(await as(system))
    await changeOffices(await as(s.head), { desk_id: s.unit.id, organisation_ids: [s.office.id] })
    await confirmDesk(await as(s.head), { desk_id: s.unit.id })
    const ticket = await aTicket(await as(system), { desk: s.province })
    expect((await seenBy(as, s.clerk)).wall).toEqual([])
    await triage(await as(s.province_agent), { ticket_id: ticket.id, organisation_id: s.office.id })
    expect((await seenBy(as, s.clerk)).wall).toEqual([ticket.id])
    await triage(await as(s.province_agent), { ticket_id: ticket.id, organisation_id: s.other.id })
    expect((await seenBy(as, s.clerk)).wall).toEqual([])
    await mergeOrganisations(await as(s.head), { kept_id: s.office.id, gone_id: s.other.id })
    expect((await seenBy(as, s.clerk)).wall).toEqual([ticket.id])

    await assign(await as(s.province_agent), { ticket_id: ticket.id, desk_id: s.unit.id })
    await assign(await as(s.clerk), { ticket_id: ticket.id, desk_id: s.province.id })
    await changeOffices(await as(s.head), { desk_id: s.unit.id, organisation_ids: [] })
    expect(await seenBy(as, s.clerk)).toEqual({ list: [ticket.id], wall: [ticket.id], people: 1 })
  }),
)

test(
  'a closed desk sees nothing new, and its own request is opened at it without a second row',
  database.story(async ({ as }) => {
    const s = await scene(await as(system))
    await changeOffices(await as(s.head), { desk_id: s.unit.id, organisation_ids: [s.office.id] })
    await confirmDesk(await as(s.head), { desk_id: s.unit.id })
    const own = await aTicket(await as(system), { desk: s.unit, organisation_id: s.office.id })
    await aTicket(await as(system), { desk: s.province, organisation_id: s.office.id })
    await changeDesk(await as(s.head), { desk_id: s.unit.id, closed: true })
    expect((await seenBy(as, s.clerk)).wall).toEqual([own.id])
    await changeDesk(await as(s.head), { desk_id: s.unit.id, closed: false })
    expect((await seenBy(as, s.clerk)).wall).toHaveLength(2)
  }),
)

test('only the secretariat lists offices and confirms, and no other kind of desk', async () => {
  await database.story(async ({ as }) => {
    const s = await scene(await as(system))
    const coordinator = await aStaff(await as(system), { desk: s.unit, role: 'coordinator' })
    const wanted = { desk_id: s.unit.id, organisation_ids: [s.office.id] }
    await expect(changeOffices(await as(coordinator), wanted)).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(confirmDesk(await as(coordinator), { desk_id: s.unit.id })).rejects.toMatchObject({
      kind: 'forbidden',
    })
    await expect(confirmDesk(await as(s.head), { desk_id: s.province.id })).rejects.toMatchObject({ kind: 'conflict' })
  })()
})

test('search finds the tickets of an office that was added, for whoever works at the desk', async () => {
  const app = database.app()
  const { s, ticket_id } = await write(app, system, async (ctx) => {
    const s = await scene(ctx)
    const ticket = await aTicket(ctx, { desk: s.province, organisation_id: s.office.id, subject: 'pemindai macet' })
    return { s, ticket_id: ticket.id }
  })
  await write(app, s.head, async (ctx) => {
    await changeOffices(ctx, { desk_id: s.unit.id, organisation_ids: [s.office.id] })
    await confirmDesk(ctx, { desk_id: s.unit.id })
  })
  const found = () => write(app, s.clerk, (ctx) => listTickets(ctx, { view: 'all', query: 'pemindai' }))
  const fact: FactJob = { fact_id: s.unit.id, kind: 'desk.confirmed', ticket_id: null, about: { desk_id: s.unit.id } }
  await indexOffices(app, [fact])
  expect((await found()).items.map(({ id }) => id)).toEqual([ticket_id])
  await write(app, s.head, (ctx) => changeOffices(ctx, { desk_id: s.unit.id, organisation_ids: [] }))
  // Also before search was told.
  expect((await found()).items).toEqual([])
})

test(
  'its offices stand with what runs in them, who waits longest first; of others, and to others, nothing',
  database.story(async ({ as }) => {
    const s = await scene(await as(system))
    const quiet = await anOrganisation(await as(system), { name: 'Dinas Sepi Contoh', kind: 'regional_office' })
    await changeOffices(await as(s.head), { desk_id: s.unit.id, organisation_ids: [s.office.id, quiet.id] })
    await confirmDesk(await as(s.head), { desk_id: s.unit.id })
    const first = await aTicket(await as(system), { desk: s.province, organisation_id: s.office.id })
    await aTicket(await as(system), { desk: s.province, organisation_id: s.office.id })
    await aTicket(await as(system), { desk: s.province, organisation_id: s.other.id })
    await sql`update tickets set state = 'waiting', waiting_since = null where id = ${first.id}::uuid`.execute(
      (await as(system)).tx,
    )
    expect((await listOffices(await as(s.clerk))).items).toMatchObject([
      { id: s.office.id, open: 1, waiting: 1, resolved: 0, more: false },
      { id: quiet.id, open: 0, waiting: 0, newest_at: null },
    ])
    const { items } = await listTickets(await as(s.clerk), { view: 'all', organisation: s.office.id })
    expect(items).toHaveLength(2)
    for (const actor of [s.province_agent, s.head])
      expect(await listOffices(await as(actor))).toEqual({ items: [], more: false })

    // An institution of five hundred: fifty on a page, who waits longest first, each found by a part of its name.
    await sql`with made as (insert into organisations (id, name, kind, created_at)
        select gen_random_uuid(), 'Puskesmas Contoh ' || n, 'regional_office', now() from generate_series(1, 500) n returning id)
      insert into desk_offices (desk_id, organisation_id) select ${s.unit.id}::uuid, id from made`.execute(
      (await as(system)).tx,
    )
    const clerk = await as(s.clerk)
    const pages = [await listOffices(clerk), await listOffices(clerk, { page: 11 })]
    expect(pages.map(({ items: shown, more }) => [shown.length, more])).toEqual([
      [50, true],
      [2, false],
    ])
    expect(pages[0]!.items[0]!.id).toBe(s.office.id)
    const named = await listOffices(clerk, { query: 'puskesmas contoh 499' })
    expect(named.items.map(({ name }) => name)).toEqual(['Puskesmas Contoh 499'])
  }),
)
