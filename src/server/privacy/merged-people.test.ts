import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { system, write, type StaffActor, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { addContactPoints, holdPerson, releasePerson, restrictPerson, tracePerson } from '../people/index.ts'
import { aPerson } from '../people/testing.ts'
import { mergePeople, undoMerge } from '../tickets/index.ts'
import { aTicket } from '../tickets/testing.ts'
import { peopleAt } from './data-link.ts'
import { decideErasure } from './decide-erasure.ts'
import { eraseDue } from './erase-due.ts'
import { erasureListPath, keysOf, listErasures, readErasureList } from './erasure-list.ts'
import { erasePerson } from './erase-person.ts'
import { reapplyErasures } from './reapply-erasures.ts'
import { decideRequest, listRequests, makeRequest } from './requests.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
let secretary: StaffActor
beforeAll(async () => {
  await prepare(database.app())
  secretary = await asSystem(async (ctx) => ({
    ...(await aStaff(ctx, { role: 'administrator' })),
    desks: (await aStaff(ctx, { desk: await aDesk(ctx) })).desks,
  }))
})

const nameOf = async (id: string) =>
  (await sql<{ name: string }>`select name from people where id = ${id}::uuid`.execute(database.app().worker)).rows[0]!
    .name
const listed = async () => readErasureList(erasureListPath(database.app().settings.PANDU_DATA))

/** Two rows that share an address, which is why somebody merges them: each keeps its own row of it. */
async function twoRows() {
  const [kept, gone] = await asSystem(async (ctx) => {
    const one = await aPerson(ctx, { name: 'Ratna Contoh' })
    const other = await aPerson(ctx, { name: 'Bu Ratna Kenari' })
    await addContactPoints(ctx, [{ person_id: other.id, channel: 'email', address: one.email! }])
    await aTicket(ctx, { requester: other })
    return [one, other]
  })
  const { id: merge_id } = await write(database.app(), secretary, (ctx) =>
    mergePeople(ctx, { kept_id: kept.id, gone_id: gone.id }),
  )
  return { kept, gone, merge_id }
}

test('a merged person is one at the door, is forgotten whole, and a database of before starts and forgets them again', async () => {
  const app = database.app()
  const { kept, gone } = await twoRows()
  expect((await peopleAt(app, { channel: 'email', address: kept.email! })).map(({ id }) => id)).toEqual([kept.id])
  await expect(
    write(app, secretary, (ctx) => decideErasure(ctx, { person_id: gone.id, reason: 'salah baris' })),
  ).rejects.toMatchObject({ key: 'privacy.merged' })

  // What a restore of an older backup finds: the line of the list, and both rows as they were.
  const at = new Date(Date.now() + 1000).toISOString()
  await asSystem(async (ctx) => {
    const keys = keysOf(ctx.app, await tracePerson(ctx, kept.id))
    await listErasures(app.settings.PANDU_DATA, [{ at, person_id: kept.id, keys }])
  })
  expect((await reapplyErasures(app)).map(({ person_id }) => person_id)).toEqual([kept.id])
  expect([await nameOf(kept.id), await nameOf(gone.id)]).toEqual(['Pemohon (dihapus)', 'Pemohon (dihapus)'])
  expect(await peopleAt(app, { channel: 'email', address: kept.email! })).toEqual([])
  const other = await asSystem((ctx) => aPerson(ctx))
  await expect(
    write(app, secretary, (ctx) => mergePeople(ctx, { kept_id: kept.id, gone_id: other.id })),
    'nothing would forget them again',
  ).rejects.toMatchObject({ key: 'privacy.erasure_decided' })
}, 120_000)

test('what went back by an un-merge would leave the hold, so it waits', async () => {
  const app = database.app()
  const { kept, gone, merge_id } = await twoRows()
  await expect(
    write(app, secretary, (ctx) =>
      holdPerson(ctx, { person_id: gone.id, reason: 'salah baris', review_on: '2027-01-31' }),
    ),
    'nothing stands there that it could hold',
  ).rejects.toMatchObject({ kind: 'not_found' })
  await write(app, secretary, (ctx) =>
    holdPerson(ctx, { person_id: kept.id, reason: 'sengketa', review_on: '2027-01-31' }),
  )
  await expect(write(app, secretary, (ctx) => undoMerge(ctx, { id: merge_id }))).rejects.toMatchObject({
    key: 'privacy.held',
  })
  await write(app, secretary, (ctx) => releasePerson(ctx, { person_id: kept.id, reason: 'selesai' }))
  await write(app, secretary, (ctx) => undoMerge(ctx, { id: merge_id }))
})

test('who is restricted already can be told that it is done', async () => {
  const app = database.app()
  const { id: person_id } = await asSystem((ctx) => aPerson(ctx))
  await write(app, secretary, async (ctx) => {
    await restrictPerson(ctx, { person_id, reason: 'persetujuan ditarik' })
    const asked = await makeRequest(ctx, {
      person_id,
      kind: 'restriction',
      channel: 'desk',
      words: 'NIK 3201010203900001',
      address: null,
      language: 'id',
    })
    await decideRequest(ctx, { id: asked.id, decision: 'done', reason: '' })
    expect(await listRequests(ctx, { person_id })).toMatchObject([{ decision: 'done', words: 'NIK ••••••••••••••01' }])
  })
})

test('who may not be forgotten now is not listed, so the next start forgets nobody in vain; an account of before ends with them', async () => {
  const app = database.app()
  const [{ person_id }, held] = await asSystem(async (ctx) => [
    await aStaff(ctx, { name: 'Petugas Kenari' }),
    await aPerson(ctx),
  ])
  await sql`insert into accounts (person_id, auth_user_id) values (${person_id}::uuid, ${newId()}::uuid)`.execute(
    app.worker,
  )
  await write(app, secretary, (ctx) =>
    holdPerson(ctx, { person_id: held.id, reason: 'sengketa', review_on: '2027-01-31' }),
  )
  // As if a hold or an account came between the decision and the job.
  await sql`insert into erasures (person_id, reason) values (${person_id}::uuid, 'x')`.execute(app.worker)
  expect(await eraseDue(app)).toEqual([])
  await expect(erasePerson(app, held.id)).rejects.toMatchObject({ key: 'privacy.held' })
  const ids = (await listed()).map((one) => one.person_id)
  expect(ids).not.toContain(person_id)
  expect(ids).not.toContain(held.id)

  const at = new Date(Date.now() - 60_000).toISOString()
  await listErasures(app.settings.PANDU_DATA, [
    { at, person_id, keys: [] },
    { at, person_id: held.id, keys: [] },
  ])
  expect((await reapplyErasures(app)).map((one) => one.person_id)).toEqual([person_id])
  expect(await nameOf(held.id), 'its hold is younger than the line').toBe(held.name)
}, 120_000)

test('a backup of when somebody erased since was the only administrator forgets them, too; elsewhere the last one stays', async () => {
  const app = database.app()
  const { person_id } = await asSystem((ctx) => aStaff(ctx, { role: 'administrator', name: 'Administrator Kenari' }))
  await sql`insert into accounts (person_id, auth_user_id) values (${person_id}::uuid, ${newId()}::uuid)`.execute(
    app.worker,
  )
  // The setting alone opens nothing: not to the web's role, in whatever state it is.
  await expect(
    write(app, { ...secretary, person_id }, async ({ tx }) => {
      await sql`select set_config('pandu.forgets_again', 'on', true)`.execute(tx)
      await sql`delete from roles where person_id = ${person_id}::uuid`.execute(tx)
    }),
  ).rejects.toMatchObject({ constraint: 'an_administrator_stays' })
  await expect(
    sql`delete from accounts where person_id = ${person_id}::uuid`.execute(app.worker),
  ).rejects.toMatchObject({ constraint: 'an_administrator_stays' })

  await listErasures(app.settings.PANDU_DATA, [{ at: new Date(Date.now() + 1000).toISOString(), person_id, keys: [] }])
  expect((await reapplyErasures(app)).map((one) => one.person_id)).toEqual([person_id])
  expect(await nameOf(person_id)).toBe('Petugas (dihapus)')
}, 120_000)
