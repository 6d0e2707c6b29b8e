import { expect, test } from 'vitest'
import { aStaff } from '../desks/testing.ts'
import { system } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { countAccounts, findAccount, inviteStaff, searchAccounts, withdrawInvitation } from './index.ts'
import { aPerson } from './testing.ts'

const database = useDatabase()

test(
  'hundreds of accounts are found by name and address, page by page; an invitation is renewed and taken back',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const administrator = await aStaff(setting, { role: 'administrator', name: 'Admin Contoh' })
    const accounts = []
    for (let number = 100; number < 220; number++) {
      const { id } = await aPerson(setting, {
        name: `Petugas Contoh ${number}`,
        email: `petugas${number}@contoh.example`,
      })
      accounts.push({ person_id: id, auth_user_id: newId(), disabled_at: number % 10 === 0 ? setting.now : null })
    }
    await setting.tx.insertInto('accounts').values(accounts).execute()
    const ctx = await as(administrator)
    const first = await searchAccounts(ctx, {})
    const second = await searchAccounts(ctx, { cursor: first.next! })
    const third = await searchAccounts(ctx, { cursor: second.next! })
    expect([first.items.length, second.items.length, third.items.length, third.next]).toEqual([50, 50, 20, null])
    expect(new Set([...first.items, ...second.items, ...third.items].map((one) => one.person_id)).size).toBe(120)
    const names = async (question: Parameters<typeof searchAccounts>[1]) =>
      (await searchAccounts(ctx, question)).items.map((one) => one.name)
    expect(await names({ query: 'contoh 107' })).toEqual(['Petugas Contoh 107'])
    expect(await names({ query: 'PETUGAS211@' })).toEqual(['Petugas Contoh 211'])
    expect(await names({ query: '%' })).toEqual([])
    expect(await names({ state: 'disabled', query: 'contoh 1' })).toHaveLength(10)
    await expect(searchAccounts(ctx, { cursor: 'bukan' })).rejects.toMatchObject({ kind: 'invalid' })

    const input = { name: 'Tamu Contoh', email: 'tamu@contoh.example', administrator: true }
    const { person_id } = await inviteStaff(ctx, input)
    await inviteStaff(ctx, input)
    expect(await countAccounts(ctx)).toEqual({ active: 108, disabled: 12, invited: 1, administrators: 0 })
    const invited = await findAccount(ctx, person_id)
    expect(invited).toMatchObject({ state: 'invited', administrator: true })
    expect(invited!.invited_until!.getTime()).toBeGreaterThan(ctx.now.getTime())
    await withdrawInvitation(ctx, { person_id })
    expect(await findAccount(ctx, person_id)).toBeNull()
    await expect(withdrawInvitation(ctx, { person_id })).rejects.toMatchObject({ kind: 'not_found' })
    expect(await facts()).toContain('account.invitation_withdrawn')
  }),
)
