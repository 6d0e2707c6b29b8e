import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { aDesk, aStaff } from '../desks/testing.ts'
import { addContactPoints, findOrMakePeople, listPeople } from '../people/index.ts'
import { anOrganisation, aPerson } from '../people/testing.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase, type Story } from '../platform/testing.ts'
import { mergeOrganisations, mergePeople, undoMerge } from './index.ts'
import { makeFollowLink } from './follow-link.ts'
import { aTicket } from './testing.ts'

const database = useDatabase()

/** A made-up number from 0 to 1 after another (mulberry32), so that a failure can be told again by its seed. */
function dice(seed: number) {
  let state = seed
  return (sides: number) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * sides)
  }
}

/** Three people with some of the same addresses, and tickets on which they stand in every way. */
async function aTangle(ctx: Writing, seed: number) {
  const roll = dice(seed)
  const people = [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)]
  const shared = [`kantor${seed}@contoh.example`, `rumah${seed}@contoh.example`]
  for (const person of people)
    for (const address of shared)
      if (roll(2) === 0) await addContactPoints(ctx, [{ person_id: person.id, channel: 'email', address }])
  const pointOf = async (person_id: string) => {
    const points = await ctx.db.selectFrom('contact_points').select('id').where('person_id', '=', person_id).execute()
    return roll(5) === 0 ? null : points[roll(points.length)]!.id
  }
  const anybody = () => people[roll(3)]!
  const parts = ['requester', 'participant', 'suggested'] as const
  for (let number = 0; number < 6; number++) {
    const requester = anybody()
    const ticket = await aTicket(ctx, { requester })
    for (const person of people)
      if (person !== requester && roll(2) === 0)
        await sql`insert into participants (ticket_id, person_id, part, contact_point_id)
          values (${ticket.id}::uuid, ${person.id}::uuid, ${parts[1 + roll(2)]!}, ${await pointOf(person.id)}::uuid)`.execute(
          ctx.tx,
        )
    // Whoever wrote stands on the ticket.
    await sql`update messages m set author_id = (select person_id from participants p where p.ticket_id = m.ticket_id
      order by md5(p.person_id::text || ${seed}::text) limit 1) where ticket_id = ${ticket.id}::uuid`.execute(ctx.tx)
    await makeFollowLink(ctx, { ticket_id: ticket.id, person_id: requester.id })
    await ctx.tx
      .insertInto('grants')
      .values({ id: newId(), person_id: anybody().id, ticket_id: ticket.id, reason: 'contoh' })
      .execute()
    await ctx.tx
      .insertInto('ratings')
      .values({ ticket_id: ticket.id, id: newId(), score: 5, person_id: requester.id })
      .execute()
    await sql`insert into outbox (id, channel, kind, recipient, recipient_id, text, automatic, about_id)
      values (${newId()}::uuid, 'email', 'reply', 'a@contoh.example', ${requester.id}::uuid, '', false, ${ticket.id}::uuid)`.execute(
      ctx.tx,
    )
    const { rows } = await sql<{
      normalised: string
    }>`select normalised from contact_points where person_id = ${requester.id}::uuid limit 1`.execute(ctx.tx)
    await sql`insert into acknowledgements (id, address, ticket_id, person_id, kind)
      values (${newId()}::uuid, ${rows[0]!.normalised}, ${ticket.id}::uuid, ${requester.id}::uuid, 'link')`.execute(
      ctx.tx,
    )
    await sql`insert into consents (id, person_id, purpose, text_version, channel, given_at)
      values (${newId()}::uuid, ${requester.id}::uuid, 'request', 1, 'web', now())`.execute(ctx.tx)
  }
  return people
}

const tables = [
  'people',
  'contact_points',
  'consents',
  'grants',
  'tickets',
  'participants',
  'messages',
  'ratings',
  'follow_links',
  'outbox',
  'acknowledgements',
  'organisations',
]

/** Every row of every table that a merge touches, in an order of its own. */
async function everything({ as }: Story): Promise<Record<string, string[]>> {
  const ctx = await as(system)
  const all: Record<string, string[]> = {}
  for (const table of tables) {
    const { rows } = await sql<{
      row: string
    }>`select to_jsonb(t)::text as row from ${sql.table(table)} t order by 1`.execute(ctx.tx)
    all[table] = rows.map(({ row }) => row)
  }
  return all
}

test.each(Array.from({ length: 6 }, (_, index) => index + 1))(
  'merged and taken apart again, everybody has exactly what was theirs (seed %i)',
  async (seed) =>
    database.story(async (story) => {
      const setting = await story.as(system)
      const administrator = await aStaff(setting, { role: 'administrator' })
      const [kept, gone, third] = await aTangle(setting, seed)
      const before = await everything(story)
      const { id } = await mergePeople(await story.as(administrator), { kept_id: kept!.id, gone_id: gone!.id })
      const merged = await everything(story)
      // Nobody stands anywhere as the one who went, but for an address that both had.
      for (const table of tables.filter((name) => !['people', 'contact_points', 'organisations'].includes(name)))
        expect(
          merged[table]!.filter((row) => row.includes(gone!.id)),
          table,
        ).toEqual([])
      for (const table of tables.filter((name) => name !== 'participants'))
        expect(merged[table]!.length, table).toBe(before[table]!.length)
      // Once more into a third, and back in the right order only.
      const second = await mergePeople(await story.as(administrator), { kept_id: third!.id, gone_id: kept!.id })
      const ctx = await story.as(administrator)
      await sql`savepoint early`.execute(ctx.tx)
      await expect(undoMerge(ctx, { id })).rejects.toMatchObject({ kind: 'conflict', key: 'merge.later_first' })
      await sql`rollback to savepoint early`.execute(ctx.tx)
      await undoMerge(await story.as(administrator), { id: second.id })
      expect(await everything(story)).toEqual(merged)
      await undoMerge(await story.as(administrator), { id })
      expect(await everything(story)).toEqual(before)
    })(),
)

test(
  'what came to the merged person afterwards stays where its address belongs',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const administrator = await aStaff(setting, { role: 'administrator' })
    const kept = await aPerson(setting, { name: 'Siti Rahma Contoh', email: 'siti@dinas.contoh.example' })
    const gone = await aPerson(setting, { name: 'Bu Siti Contoh', email: 'siti.pribadi@contoh.example' })
    const old = await aTicket(setting, { requester: gone })
    const { id } = await mergePeople(await as(administrator), { kept_id: kept.id, gone_id: gone.id })

    const ctx = await as(system, new Date(Date.now() + 60_000))
    // By the name and address of either it is the same person now, who is found by both names.
    const [writer] = await findOrMakePeople(ctx, [
      { name: 'Bu Siti Contoh', channel: 'email', address: 'siti.pribadi@contoh.example' },
    ])
    expect(writer).toMatchObject({ id: kept.id, is_new: false })
    const people = await listPeople(await as(administrator), { query: 'bu siti' })
    expect(people.items.map((one) => one.id)).toEqual([kept.id])
    const later = await aTicket(await as(system, ctx.now), {
      requester: kept,
      contact_point_id: writer!.contact_point_id!,
    })
    const own = await aTicket(await as(system, ctx.now), { requester: kept })

    await undoMerge(await as(administrator), { id })
    const { tx } = await as(system)
    const rows = await tx
      .selectFrom('tickets')
      .select(['id', 'requester_id'])
      .where('id', 'in', [old.id, later.id, own.id])
      .execute()
    expect(Object.fromEntries(rows.map((row) => [row.id, row.requester_id]))).toEqual({
      [old.id]: gone.id,
      [later.id]: gone.id,
      [own.id]: kept.id,
    })
    const authors = await tx.selectFrom('messages').select('author_id').where('ticket_id', '=', later.id).execute()
    expect(authors).toEqual([{ author_id: gone.id }])
    expect(await facts()).toEqual(expect.arrayContaining(['person.merged', 'person.unmerged']))
    expect(await facts(old.id)).toEqual(expect.arrayContaining(['ticket.person_merged', 'ticket.person_unmerged']))
  }),
)

test(
  'who works here is not merged, nor is anybody twice, nor by an agent',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const administrator = await aStaff(setting, { role: 'administrator' })
    const agent = await aStaff(setting)
    const [one, other, third] = [await aPerson(setting), await aPerson(setting), await aPerson(setting)]
    await expect(mergePeople(await as(agent), { kept_id: one.id, gone_id: other.id })).rejects.toMatchObject({
      kind: 'forbidden',
    })
    const ctx = await as(administrator)
    for (const pair of [
      { kept_id: one.id, gone_id: agent.person_id },
      { kept_id: agent.person_id, gone_id: one.id },
    ]) {
      await sql`savepoint pair`.execute(ctx.tx)
      await expect(mergePeople(ctx, pair)).rejects.toMatchObject({ kind: 'conflict', key: 'person.merge_staff' })
      await sql`rollback to savepoint pair`.execute(ctx.tx)
    }
    await mergePeople(ctx, { kept_id: one.id, gone_id: other.id })
    await expect(mergePeople(ctx, { kept_id: third.id, gone_id: other.id })).rejects.toMatchObject({
      key: 'merge.done',
    })
    await expect(mergePeople(ctx, { kept_id: other.id, gone_id: third.id })).rejects.toMatchObject({
      key: 'merge.done',
    })
    await expect(mergePeople(ctx, { kept_id: one.id, gone_id: newId() })).rejects.toMatchObject({ kind: 'not_found' })
    await expect(undoMerge(ctx, { id: newId() })).rejects.toMatchObject({ kind: 'not_found' })
  }),
)

test('two who merge the same at once: one does, the other is told; two at once cannot make a chain', async () => {
  const app = database.app()
  const { administrator, people } = await write(app, system, async (ctx) => ({
    administrator: await aStaff(ctx, { role: 'administrator' }),
    people: [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)],
  }))
  const [a, b, c] = people.map(({ id }) => id) as [string, string, string]
  const both = await Promise.allSettled([
    write(app, administrator, (ctx) => mergePeople(ctx, { kept_id: a, gone_id: b })),
    write(app, administrator, (ctx) => mergePeople(ctx, { kept_id: b, gone_id: c })),
    write(app, administrator, (ctx) => mergePeople(ctx, { kept_id: c, gone_id: a })),
  ])
  expect(both.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0)
  const { rows } = await sql<{
    wrong: number
  }>`select count(*)::int as wrong from people p join people q on q.id = p.merged_into
    where q.merged_into is not null`.execute(app.worker)
  expect(rows).toEqual([{ wrong: 0 }])
})

test(
  'organisations: their people and tickets move, and come back',
  database.story(async (story) => {
    const { as } = story
    const setting = await as(system)
    const administrator = await aStaff(setting, { role: 'administrator' })
    const kept = await anOrganisation(setting, { name: 'Dinas Kominfo Contoh' })
    const gone = await anOrganisation(setting, { name: 'Diskominfo Contoh' })
    const person = await aPerson(setting, { organisation_id: gone.id })
    await aTicket(setting, { requester: person, organisation_id: gone.id })
    const before = await everything(story)
    const { id } = await mergeOrganisations(await as(administrator), { kept_id: kept.id, gone_id: gone.id })
    const merged = await everything(story)
    expect([...merged['people']!, ...merged['tickets']!].filter((row) => row.includes(gone.id))).toEqual([])
    await undoMerge(await as(administrator), { id })
    expect(await everything(story)).toEqual(before)
  }),
)

test(
  'two rows that each stand where only one can stand are not made one, and whoever tries is told why',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const administrator = await aStaff(setting, { role: 'administrator' })
    const unit = await aDesk(setting, { kind: 'own_unit' })
    const pairs = {
      offices: [await anOrganisation(setting), await anOrganisation(setting)],
      providers: [await anOrganisation(setting), await anOrganisation(setting)],
    } as const
    for (const { id } of pairs.offices)
      await sql`insert into desk_offices (desk_id, organisation_id) values (${unit.id}::uuid, ${id}::uuid)`.execute(
        setting.tx,
      )
    for (const { id } of pairs.providers) await aDesk(setting, { kind: 'provider', organisation_id: id })
    for (const [kept, gone] of Object.values(pairs)) {
      await sql`savepoint attempt`.execute(setting.tx)
      await expect(
        mergeOrganisations(await as(administrator), { kept_id: kept.id, gone_id: gone.id }),
      ).rejects.toMatchObject({ kind: 'conflict', key: 'merge.one_place' })
      await sql`rollback to savepoint attempt`.execute(setting.tx)
    }
  }),
)
