import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { seeOrganisation } from '../people/index.ts'
import { anOrganisation } from '../people/testing.ts'
import { changeUnitParticulars, seeParticulars } from './particulars.ts'

const database = useDatabase()

test(
  'the coordinator of an own unit corrects what its institution says of itself; what was said before stays, and nobody else may',
  database.story(async ({ as, facts }) => {
    const ctx = await as(system)
    const institution = await anOrganisation(ctx, { name: 'Diskominfo Contoh', kind: 'regional_office' })
    const desk = await aDesk(ctx, { kind: 'own_unit', organisation_id: institution.id })
    const [leads, works] = [
      await aStaff(ctx, { desk, role: 'coordinator' }),
      await aStaff(ctx, { desk, role: 'agent' }),
    ]
    const elsewhere = await aStaff(ctx, {
      desk: await aDesk(ctx, { kind: 'own_unit', organisation_id: (await anOrganisation(ctx)).id }),
      role: 'coordinator',
    })
    const said = {
      desk_id: desk.id,
      name: 'Dinas Kominfo dan Statistik Contoh',
      kind: 'regional_office' as const,
      address: 'Jalan Contoh 1',
      npwp: '001234567890000',
      responsible_name: 'Ibu Kepala Contoh',
      responsible_role: 'Kepala Dinas',
    }
    for (const actor of [works, elsewhere])
      await expect(changeUnitParticulars(await as(actor), said)).rejects.toMatchObject({ kind: 'not_found' })
    await changeUnitParticulars(await as(leads), said)
    await changeUnitParticulars(await as(leads), { ...said, address: 'Jalan Contoh 2' })

    const { desk_id: _, name, kind, ...kept } = said
    expect(await seeParticulars(await as(works), institution.id)).toMatchObject({ ...kept, address: 'Jalan Contoh 2' })
    expect(await seeParticulars(await as(elsewhere), institution.id)).toBeNull()
    expect(await seeOrganisation(await as(leads), institution.id)).toMatchObject({ name, kind })
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from organisation_particulars
      where organisation_id = ${institution.id}::uuid`.execute((await as(system)).db)
    expect(rows[0]!.n).toBe(2)
    const recorded = await facts()
    expect(recorded.filter((one) => one === 'organisation.particulars_changed')).toHaveLength(2)
    expect(recorded.filter((one) => one === 'organisation.changed')).toHaveLength(1)

    // Past the command: another unit's coordinator writes none for it.
    const { tx } = await as(elsewhere)
    await sql`savepoint attempt`.execute(tx)
    await expect(
      sql`insert into organisation_particulars (id, organisation_id, has_legal_form, recorded_at)
        values (${newId()}::uuid, ${institution.id}::uuid, false, now())`.execute(tx),
    ).rejects.toThrow(/row-level security/)
    await sql`rollback to savepoint attempt`.execute(tx)
  }),
)
