import { expect, test } from 'vitest'
import { enter, write, system, type Writing } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { makeSetupLink, setUp, signIn } from '../people/index.ts'
import { joinSecretariat } from './join-secretariat.ts'
import { makeSecretariat } from './make-secretariat.ts'
import { staffActor } from './staff-actor.ts'

const database = useDatabase()

test('the first administrator coordinates the secretariat, even when the process died in between the first time', async () => {
  const app = database.app()
  await write(app, system, (ctx) => makeSecretariat(ctx))
  const link = await enter(app, 'sign_in', (ctx) => makeSetupLink(ctx))
  const given = { name: 'Admin Contoh', email: 'admin@contoh.example', password: 'jembatan biru di atas sungai' }
  const become = async (ctx: Writing) => {
    const { person_id } = await setUp(ctx, { token: link!.split('/').at(-1)!, ...given })
    await joinSecretariat(ctx, { person_id })
  }
  await expect(
    enter(app, 'sign_in', async (ctx) => {
      await become(ctx)
      throw new Error('the process died here')
    }),
  ).rejects.toThrow('died')
  await enter(app, 'sign_in', become)
  const { cookie } = await signIn(app, { ...given, client: '192.0.2.1' })
  const headers = new Headers({ cookie: `${cookie.name}=${encodeURIComponent(cookie.value)}` })
  expect(await staffActor(app, headers)).toMatchObject({
    name: 'Admin Contoh',
    roles: ['administrator'],
    desks: [{ kind: 'secretariat', role: 'coordinator' }],
    sees_all: true,
  })
})
