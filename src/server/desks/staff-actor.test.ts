import { expect, test } from 'vitest'
import { acceptInvitation, inviteStaff, makeSetupLink, setAdministrator, setUp, signIn } from '../people/index.ts'
import { aPerson } from '../people/testing.ts'
import { enter, read, system, write } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { changeDesk, findDesk, joinDesk, joinSecretariat, listDesks, prepare, staffActor } from './index.ts'
import { aDesk } from './testing.ts'

const database = useDatabase()
const password = 'jembatan biru di atas sungai'
const tokenOf = (link: string) => link.split('/').at(-1)!

/** Signs in and answers the headers that a browser then sends. */
async function headersOf(email: string) {
  const { cookie } = await signIn(database.app(), { email, password, client: '192.0.2.1' })
  return new Headers({ cookie: `${cookie.name}=${encodeURIComponent(cookie.value)}` })
}
async function anAccount(email: string) {
  const app = database.app()
  const { link } = await enter(app, 'sign_in', (ctx) => inviteStaff(ctx, { email, name: 'Petugas Contoh' }))
  return (await enter(app, 'sign_in', (ctx) => acceptInvitation(ctx, { token: tokenOf(link), password }))).person_id
}

test('the first administrator coordinates the secretariat and sees everything', async () => {
  const app = database.app()
  await prepare(app)
  await enter(app, 'sign_in', async (ctx) => {
    const token = tokenOf((await makeSetupLink(ctx))!)
    await joinSecretariat(
      ctx,
      await setUp(ctx, { token, name: 'Admin Contoh', email: 'admin@contoh.example', password, language: 'en' }),
    )
  })
  expect(await staffActor(app, await headersOf('admin@contoh.example'))).toMatchObject({
    kind: 'staff',
    name: 'Admin Contoh',
    language: 'en',
    roles: ['administrator'],
    sees_all: true,
    desks: [{ kind: 'secretariat', role: 'coordinator' }],
  })
})

test('an account without role and desk is nobody yet; with a desk it works there; at the secretariat it sees everything', async () => {
  const app = database.app()
  await prepare(app)
  const person_id = await anAccount('petugas@contoh.example')
  const headers = await headersOf('petugas@contoh.example')
  expect(await staffActor(app, headers)).toBeNull()
  const desk = await write(app, system, (ctx) => aDesk(ctx, { time_zone: 'Asia/Makassar' }))
  await write(app, system, (ctx) => changeDesk(ctx, { desk_id: desk.id, members: [{ person_id, role: 'agent' }] }))
  expect(await staffActor(app, headers)).toMatchObject({
    person_id,
    roles: [],
    sees_all: false,
    desks: [{ ...desk, role: 'agent' }],
  })
  await write(app, system, async (ctx) => {
    const secretariat = (await listDesks(ctx)).find((one) => one.kind === 'secretariat')!
    await changeDesk(ctx, { desk_id: secretariat.id, members: [{ person_id, role: 'agent' }] })
  })
  const actor = await staffActor(app, headers)
  expect(actor).toMatchObject({ sees_all: true })
  expect(actor?.desks.map((one) => one.kind)).toEqual(['secretariat', 'province'])
  await write(app, system, async (ctx) => {
    await changeDesk(ctx, { desk_id: actor!.desks[0]!.id, members: [] })
    await changeDesk(ctx, { desk_id: desk.id, members: [] })
    await setAdministrator(ctx, { person_id, on: true })
  })
  expect(await staffActor(app, headers)).toMatchObject({ roles: ['administrator'], desks: [], sees_all: true })
})

test('without a session nobody is staff', async () => {
  expect(await staffActor(database.app(), new Headers())).toBeNull()
  expect(await staffActor(database.app(), new Headers({ cookie: 'session=forged' }))).toBeNull()
})

test('two people who join one desk at once both stay', async () => {
  const app = database.app()
  const { desk, people } = await write(app, system, async (ctx) => ({
    desk: await aDesk(ctx),
    people: [await aPerson(ctx), await aPerson(ctx), await aPerson(ctx), await aPerson(ctx)],
  }))
  await Promise.all(
    people.map((person) =>
      write(app, system, (ctx) =>
        joinDesk(ctx, { desk_id: desk.id, person_id: person.id, role: 'agent', reason: 'Contoh' }),
      ),
    ),
  )
  const { members } = await read(app, system, (ctx) => findDesk(ctx, desk.id))
  expect(new Set(members.map((member) => member.person_id))).toEqual(new Set(people.map((person) => person.id)))
})
