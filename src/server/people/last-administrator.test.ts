import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { enter, system, write } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { acceptInvitation, disableAccount, inviteStaff, setAdministrator } from './index.ts'

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
