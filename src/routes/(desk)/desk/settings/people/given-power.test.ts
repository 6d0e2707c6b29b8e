import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, write } from '#server/platform/context.ts'
import { useDatabase } from '#server/platform/testing.ts'
import { aDesk, aStaff } from '#server/desks/testing.ts'
import { actions as ofMembers } from '../desks/[id]/members/+page.server.ts'
import { actions as ofAccount } from './[id]/+page.server.ts'
import { actions as ofInvitation } from './invite/+page.server.ts'

const database = useDatabase()

test('whoever finds an open screen gives nobody power: inviting and putting somebody at a desk ask for a fresh sign-in', async () => {
  const app = database.app()
  // Committed, because the pages open transactions of their own.
  const { desk, administrator } = await write(app, system, async (ctx) => ({
    desk: await aDesk(ctx, { kind: 'secretariat' }),
    administrator: await aStaff(ctx, { role: 'administrator' }),
  }))
  const post = (fields: Record<string, string>, params: Record<string, string> = {}) =>
    ({
      request: new Request('http://localhost/', { method: 'POST', body: new URLSearchParams(fields) }),
      params,
      locals: { app, language: 'id', staff: { ...administrator, signed_in_at: new Date(Date.now() - 16 * 60_000) } },
    }) as never
  const guest = { name: 'Tamu Contoh', email: 'tamu@contoh.example', administrator: 'yes' }
  const role = { role: 'coordinator', person_id: administrator.person_id, reason: 'Contoh' }
  const tried = [
    await ofInvitation['default']!(post(guest)),
    await ofAccount['join']!(post({ ...role, desk_id: desk.id }, { id: administrator.person_id })),
    await ofMembers['join']!(post(role, { id: desk.id })),
  ]
  expect(tried.map((answer) => answer && 'status' in answer && answer.status)).toEqual([401, 401, 401])
  const { rows } = await sql`select from contact_points where normalised = 'tamu@contoh.example'
      union all select from desk_members where desk_id = ${desk.id}::uuid`.execute(app.worker)
  expect(rows).toEqual([])
})
