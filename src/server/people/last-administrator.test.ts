import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { enter, system, write } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import {
  acceptInvitation,
  disableAccount,
  inviteStaff,
  makeResetLink,
  resetPassword,
  setAdministrator,
} from './index.ts'

const database = useDatabase()
const tokenOf = (link: string) => link.split('/').at(-1)!

async function anAdministratorWhoSignsIn(name: string): Promise<string> {
  return enter(database.app(), 'sign_in', async (ctx) => {
    const email = `${name}@contoh.example`
    const { link } = await inviteStaff(ctx, { email, name, administrator: true })
    return (await acceptInvitation(ctx, { token: tokenOf(link), password: 'jembatan biru di atas sungai' })).person_id
  })
}
const administrators = async () =>
  (
    await sql`select from roles r join accounts a on a.person_id = r.person_id and a.disabled_at is null
      where r.role = 'administrator'`.execute(database.app().worker)
  ).rows.length

test('of several who disable and demote each other at the same moment, one administrator always stays', async () => {
  const app = database.app()
  const all = await Promise.all(['satu', 'dua', 'tiga', 'empat'].map(anAdministratorWhoSignsIn))
  await Promise.allSettled(
    all.flatMap((person_id) => [
      write(app, system, (ctx) => disableAccount(ctx, { person_id })),
      write(app, system, (ctx) => setAdministrator(ctx, { person_id, on: false })),
    ]),
  )
  expect(await administrators()).toBe(1)
})

test('who came by a provider does not count as the one who always gets in, until they have a password of their own', async () => {
  const app = database.app()
  const here = await anAdministratorWhoSignsIn('di.sini')
  const there = await anAdministratorWhoSignsIn('lewat.penyedia')
  await sql`update accounts set by_provider_since = now() where person_id = ${there}::uuid`.execute(app.worker)
  await sql`update accounts set disabled_at = now() where person_id not in (${here}::uuid, ${there}::uuid)`.execute(
    app.worker,
  )
  const last = { kind: 'conflict', key: 'account.last_administrator' }
  await expect(write(app, system, (ctx) => disableAccount(ctx, { person_id: here }))).rejects.toMatchObject(last)
  await expect(
    write(app, system, (ctx) => setAdministrator(ctx, { person_id: here, on: false })),
  ).rejects.toMatchObject(last)
  const { link } = (await enter(app, 'sign_in', (ctx) =>
    makeResetLink(ctx, { email: 'lewat.penyedia@contoh.example' }),
  ))!
  await enter(app, 'sign_in', (ctx) =>
    resetPassword(ctx, { token: tokenOf(link), password: 'perahu kayu di danau luas' }),
  )
  await write(app, system, (ctx) => setAdministrator(ctx, { person_id: here, on: false }))
  expect(await administrators()).toBe(1)
})

test('a statement that asks nobody cannot take the last one either, nor can two that take turns', async () => {
  const { worker } = database.app()
  const constraint = { code: '23514', constraint: 'an_administrator_stays' }
  await expect(sql`delete from roles`.execute(worker)).rejects.toMatchObject(constraint)
  await expect(sql`update accounts set disabled_at = now()`.execute(worker)).rejects.toMatchObject(constraint)
  await anAdministratorWhoSignsIn('lima')
  const { rows } = await sql<{
    person_id: string
  }>`select r.person_id from roles r join accounts a on a.person_id = r.person_id
    where a.disabled_at is null`.execute(worker)
  const taken = await Promise.allSettled(
    rows.map(({ person_id }) => sql`delete from roles where person_id = ${person_id}::uuid`.execute(worker)),
  )
  expect(taken.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  expect(await administrators()).toBe(1)
})
