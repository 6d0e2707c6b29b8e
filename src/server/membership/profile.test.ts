/** A member's or partner's own page: what its coordinator may change, and nobody else. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, type StaffActor, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { changeProvider, officeHours, seeProfile } from '../desks/index.ts'
import { aStaff } from '../desks/testing.ts'
import { anOrganisation, aPerson } from '../people/testing.ts'
import { aProvider, type TestProvider } from './testing-providers.ts'

const database = useDatabase()

/** Somebody who works for a provider and nowhere else. */
async function worksFor(
  ctx: Writing,
  { desk, organisation }: TestProvider,
  role: 'agent' | 'coordinator',
): Promise<StaffActor> {
  const person = await aPerson(ctx)
  await ctx.tx.insertInto('desk_members').values({ desk_id: desk.id, person_id: person.id, role }).execute()
  const { id, name, time_zone } = desk
  return {
    kind: 'staff',
    person_id: person.id,
    name: person.name,
    language: 'id',
    roles: [],
    desks: [],
    providers: [{ id, name, role, time_zone, organisation_id: organisation.id }],
    sees_all: false,
  }
}

test(
  'its coordinator changes when, where and how much it helps; the pause ends with the named day in its own zone',
  database.story(async ({ as, facts }) => {
    const ctx = await as(system)
    const provider = await aProvider(ctx, { regions: ['63'] })
    const coordinator = await worksFor(ctx, provider, 'coordinator')
    const conflict = await anOrganisation(ctx)
    const now = new Date('2026-11-22T03:00:00Z')
    await changeProvider(await as(coordinator, now), {
      desk_id: provider.desk.id,
      accepting: true,
      capacity_per_week: 9,
      paused_through: '2026-11-22',
      kinds: ['paid'],
      languages: ['id', 'bjn'],
      regions: ['62', '63'],
      serves_neighbours: true,
      hours: officeHours.slice(0, 2).concat(officeHours.slice(2, 4)),
      conflicts: [conflict.id],
    })
    const profile = await seeProfile(await as(coordinator, now), provider.desk.id)
    expect(profile).toMatchObject({
      capacity_per_week: 9,
      paused_until: new Date('2026-11-22T17:00:00Z'),
      kinds: ['paid'],
      languages: ['id', 'bjn'],
      regions: [{ code: '62' }, { code: '63' }],
      serves_neighbours: true,
      conflicts: [{ id: conflict.id }],
    })
    expect(profile.hours).toHaveLength(4)
    await expect(
      changeProvider(await as(coordinator, now), { desk_id: provider.desk.id, paused_through: '2026-11-21' }),
    ).rejects.toMatchObject({ kind: 'invalid' })
    expect(await facts()).toContain('desk.changed')
  }),
)

test(
  'duty contacts are put in order, and who is left out is on duty no more',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const provider = await aProvider(ctx)
    const coordinator = await worksFor(ctx, provider, 'coordinator')
    const ids: string[] = []
    for (const name of ['Satu', 'Dua', 'Tiga']) {
      const person = await aPerson(ctx, { name: `${name} Contoh` })
      ids.push(newId())
      await sql`insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position)
        select ${ids.at(-1)}::uuid, ${provider.desk.id}::uuid, person_id, id, 'email', ${ids.length}::int from contact_points
        where person_id = ${person.id}::uuid`.execute(ctx.tx)
    }
    await changeProvider(await as(coordinator), { desk_id: provider.desk.id, duty: [ids[2]!, ids[0]!] })
    const { duty } = await seeProfile(await as(coordinator), provider.desk.id)
    expect(duty.map(({ id }) => id)).toEqual([ids[2], ids[0]])
  }),
)

test(
  'an agent of it, the coordinator of another, and an agent of a desk see no profile and change nothing',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const provider = await aProvider(ctx)
    const others = [
      await worksFor(ctx, provider, 'agent'),
      await worksFor(ctx, await aProvider(ctx), 'coordinator'),
      await aStaff(ctx, { role: 'coordinator' }),
    ]
    for (const other of others) {
      await expect(seeProfile(await as(other), provider.desk.id)).rejects.toMatchObject({ kind: 'not_found' })
      const change = { desk_id: provider.desk.id, capacity_per_week: 1 }
      await expect(changeProvider(await as(other), change)).rejects.toMatchObject({ kind: 'forbidden' })
    }
    const head = await aStaff(await as(system), { role: 'administrator' })
    expect((await seeProfile(await as(head), provider.desk.id)).name).toBe(provider.desk.name)
  }),
)
