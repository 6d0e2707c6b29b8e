import { expect, test } from 'vitest'
import { everybody, system } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { joinDesk, leaveDesk } from './join-desk.ts'
import { listMemberships } from './memberships.ts'
import { aDesk, aStaff } from './testing.ts'

const database = useDatabase()

test(
  'one person joins and leaves a desk, and everybody else stays',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const desk = await aDesk(ctx, { name: 'Meja Contoh' })
    const closed = await aDesk(ctx, { closed_at: ctx.now })
    const administrator = await aStaff(ctx, { role: 'administrator' })
    const [old, fresh] = [await aStaff(ctx, { desk }), await aStaff(ctx, { desk: closed })]
    const mine = await as(administrator)

    await joinDesk(mine, { desk_id: desk.id, person_id: fresh.person_id, role: 'agent', reason: 'Contoh' })
    await joinDesk(mine, { desk_id: desk.id, person_id: fresh.person_id, role: 'coordinator', reason: 'Contoh' })
    const rows = (await listMemberships(mine)).map(({ person_id, role }) => ({ person_id, role }))
    expect(rows).toHaveLength(2)
    expect(rows).toEqual(
      expect.arrayContaining([
        { person_id: old.person_id, role: 'agent' },
        { person_id: fresh.person_id, role: 'coordinator' },
      ]),
    )
    await leaveDesk(mine, { desk_id: desk.id, person_id: old.person_id, reason: 'Contoh' })
    expect(await listMemberships(mine)).toEqual([
      { person_id: fresh.person_id, desk: { id: desk.id, name: 'Meja Contoh' }, role: 'coordinator' },
    ])
  }),
)

test(
  'only who may change the desk adds somebody, and only somebody there is',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const desk = await aDesk(ctx)
    const coordinator = await aStaff(ctx, { desk, role: 'coordinator' })
    const administrator = await aStaff(ctx, { role: 'administrator' })
    const other = await aStaff(ctx)
    const input = { desk_id: desk.id, person_id: other.person_id, role: 'agent', reason: 'Contoh' } as const
    await expect(joinDesk(await as(coordinator), input)).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(listMemberships(await as(everybody))).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(joinDesk(await as(administrator), { ...input, person_id: newId() })).rejects.toMatchObject({
      kind: 'invalid',
    })
  }),
)
