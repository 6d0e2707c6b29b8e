import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { aStaff } from '../desks/testing.ts'
import { system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { findAccount, inviteStaff, setRole } from './index.ts'

const database = useDatabase()

test(
  'a role is given and taken with a reason, which the journal keeps beside the fact; nobody takes their own',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const administrator = await aStaff(setting, { role: 'administrator' })
    const agent = await aStaff(setting)
    const { person_id } = await inviteStaff(setting, { name: 'Pimpinan Contoh', email: 'pimpinan@contoh.example' })
    const leader = { person_id, role: 'leader', on: true, reason: 'Membaca laporan (contoh)' } as const
    await expect(setRole(await as(agent), leader)).rejects.toMatchObject({ kind: 'forbidden' })
    const ctx = await as(administrator)
    await setRole(ctx, leader)
    await setRole(ctx, leader)
    expect((await findAccount(ctx, person_id))?.roles).toEqual(['leader'])
    await setRole(ctx, { ...leader, on: false, reason: 'Pindah tugas (contoh)' })
    expect((await findAccount(ctx, person_id))?.roles).toEqual([])
    const own = { person_id: administrator.person_id, role: 'administrator', on: false, reason: 'Contoh' } as const
    await expect(setRole(ctx, own)).rejects.toMatchObject({ kind: 'conflict', key: 'account.own_role' })
    const { tx } = await as(system)
    const { rows } = await sql<{
      on: boolean
      reason: string
    }>`select f.about->'on' as on, d.details->>'reason' as reason
      from facts f join journal_details d on d.fact_id = f.id where f.kind = 'account.role_changed' order by f.id`.execute(
      tx,
    )
    expect(rows).toEqual([
      { on: true, reason: 'Membaca laporan (contoh)' },
      { on: false, reason: 'Pindah tugas (contoh)' },
    ])
  }),
)
