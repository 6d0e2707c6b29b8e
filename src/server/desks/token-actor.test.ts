import { sql } from 'kysely'
import { expect, test } from 'vitest'
import {
  acceptInvitation,
  createToken,
  disableAccount,
  enableAccount,
  inviteStaff,
  listTokens,
  revokeToken,
} from '../people/index.ts'
import { enter, system, write, type StaffActor } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { joinDesk, leaveDesk, staffActors, tokenActor } from './index.ts'
import { aDesk, aStaff } from './testing.ts'

const database = useDatabase()

async function anAgentWithAccount(email: string, desk_ids: string[], administrator = false): Promise<StaffActor> {
  const app = database.app()
  const person_id = await enter(app, 'sign_in', async (ctx) => {
    const { link, person_id } = await inviteStaff(ctx, { email, name: 'Petugas Contoh', administrator })
    for (const desk_id of desk_ids) await joinDesk(ctx, { desk_id, person_id, role: 'agent', reason: 'Contoh' })
    await acceptInvitation(ctx, { token: link.split('/').at(-1)!, password: 'jembatan biru di atas sungai' })
    return person_id
  })
  const actor = (await write(app, system, (ctx) => staffActors(ctx, [person_id]))).get(person_id)!
  return { ...actor, signed_in_at: new Date() }
}

test('a token for one desk sees that desk only, and nothing when its account has left it', async () => {
  const app = database.app()
  const [one, other] = await write(app, system, async (ctx) => [await aDesk(ctx), await aDesk(ctx)] as const)
  const agent = await anAgentWithAccount('dua.meja@contoh.example', [one.id, other.id])
  const administrator = await anAgentWithAccount('admin.token@contoh.example', [], true)
  const { token } = await write(app, administrator, (ctx) =>
    createToken(ctx, {
      account: 'dua.meja@contoh.example',
      name: 'Aplikasi antrean (contoh)',
      desk_id: one.id,
      scopes: ['tickets:read'],
    }),
  )
  expect((await tokenActor(app, token))?.actor).toMatchObject({ roles: [], desks: [{ id: one.id }], sees_all: false })
  await write(app, system, (ctx) => leaveDesk(ctx, { desk_id: one.id, person_id: agent.person_id, reason: 'Contoh' }))
  expect((await tokenActor(app, token))?.actor).toBeNull()

  // Whoever sees everything may give a part of it away.
  const own = await write(app, administrator, (ctx) => createToken(ctx, { name: 'Papan (contoh)', desk_id: other.id }))
  expect((await tokenActor(app, own.token))?.actor).toMatchObject({
    roles: [],
    desks: [{ id: other.id }],
    sees_all: false,
  })
})

test('an administrator makes and ends tokens on pages, reads no hash; for others there are none', async () => {
  const app = database.app()
  const administrator = await anAgentWithAccount('admin.lain@contoh.example', [], true)
  const agent = await write(app, system, (ctx) => aStaff(ctx))
  const made = await write(app, administrator, (ctx) => createToken(ctx, { name: 'Aplikasi (contoh)', scopes: 'all' }))
  expect((await tokenActor(app, made.token))?.actor).toMatchObject({ roles: ['administrator'], sees_all: true })
  const seen = await write(app, administrator, (ctx) => listTokens(ctx, { person_id: administrator.person_id }))
  expect(seen).toMatchObject([{ id: made.id, name: 'Aplikasi (contoh)', as_administrator: true }])
  await expect(write(app, agent, (ctx) => listTokens(ctx))).rejects.toMatchObject({ kind: 'forbidden' })
  const rows = await write(app, agent, (ctx) => sql`select id from api_tokens`.execute(ctx.tx))
  expect(rows.rows).toEqual([])
  await expect(
    write(app, administrator, (ctx) => sql`select token_hash from api_tokens`.execute(ctx.tx)),
  ).rejects.toMatchObject({ code: '42501' })
  await write(app, administrator, (ctx) => revokeToken(ctx, { id: made.id }))
  expect(await tokenActor(app, made.token)).toBeNull()
})

test('a disabled account’s tokens end with it and do not come back with it', async () => {
  const app = database.app()
  const administrator = await anAgentWithAccount('admin.ketiga@contoh.example', [], true)
  const desk = await write(app, system, (ctx) => aDesk(ctx))
  const { person_id } = await anAgentWithAccount('pergi@contoh.example', [desk.id])
  const { token } = await write(app, administrator, (ctx) =>
    createToken(ctx, { account: 'pergi@contoh.example', name: 'Contoh' }),
  )
  await write(app, administrator, (ctx) => disableAccount(ctx, { person_id }))
  await write(app, administrator, (ctx) => enableAccount(ctx, { person_id }))
  expect(await tokenActor(app, token)).toBeNull()
  const facts = await sql<{
    kind: string
  }>`select kind from facts where about->>'person_id' = ${person_id} and kind = 'token.revoked'`.execute(app.worker)
  expect(facts.rows).toHaveLength(1)
})
