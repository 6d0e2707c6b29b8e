import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { enter, everybody, read, system, write } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { acceptInvitation, inviteStaff, signIn } from '../people/index.ts'
import { aDesk, aStaff } from './testing.ts'
import { changeDesk, endDeputy, joinDesk, listDeputies, setDeputy, staffActor } from './index.ts'

const database = useDatabase()
const password = 'jembatan biru di atas sungai'
const tokenOf = (link: string) => link.split('/').at(-1)!
const dayOf = (days: number) => new Date(Date.now() + 7 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10)

test(
  'a deputy is set by those who stay, for days that make sense, and recorded; a deputy chooses neither deputies nor members',
  database.story(async ({ as, facts }) => {
    const ctx = await as(system)
    const secretariat = await aDesk(ctx, { kind: 'secretariat' })
    const head = await aStaff(ctx, { desk: secretariat, role: 'coordinator' })
    const member = await aStaff(ctx, { desk: secretariat })
    const helper = await aStaff(ctx)
    await sql`insert into accounts (person_id, auth_user_id) values (${helper.person_id}::uuid, gen_random_uuid())`.execute(
      ctx.tx,
    )
    const input = {
      for_person_id: head.person_id,
      deputy_id: helper.person_id,
      from_day: dayOf(0),
      until_day: dayOf(3),
    }

    for (const actor of [member, helper, everybody])
      await expect(setDeputy(await as(actor), input)).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(setDeputy(await as({ ...head, signed_in_at: new Date(0) }), input)).rejects.toMatchObject({
      key: 'sign_in_again',
    })
    const wrong = [
      [{ deputy_id: head.person_id }, 'deputy_id'],
      [{ for_person_id: (await aStaff(await as(system))).person_id }, 'for_person_id'],
      [{ deputy_id: member.person_id }, 'deputy_id'],
      [{ from_day: dayOf(-9), until_day: dayOf(-2) }, 'until_day'],
      [{ from_day: dayOf(3), until_day: dayOf(2) }, 'until_day'],
      [{ until_day: dayOf(200) }, 'until_day'],
    ] as const
    for (const [given, path] of wrong)
      await expect(setDeputy(await as(head), { ...input, ...given })).rejects.toMatchObject({
        kind: 'invalid',
        faults: [{ path }],
      })

    const { id } = await setDeputy(await as(head), input)
    await expect(setDeputy(await as(head), input)).rejects.toMatchObject({ faults: [{ path: 'deputy_id' }] })
    expect(await listDeputies(await as(head))).toMatchObject([{ id, deputy: { id: helper.person_id } }])

    // As staffActor reads them while it is their time.
    const standing = { ...helper, desks: [{ ...secretariat, role: 'coordinator' as const }], sees_all: true }
    await expect(setDeputy(await as(standing), { ...input, until_day: dayOf(9) })).rejects.toMatchObject({
      key: 'desk.deputy',
    })
    await expect(
      joinDesk(await as(standing), {
        desk_id: secretariat.id,
        person_id: helper.person_id,
        role: 'coordinator',
        reason: 'contoh',
      }),
    ).rejects.toMatchObject({ key: 'desk.deputy' })
    // The second wall says the same to a command that forgot to ask.
    for (const statement of [
      sql`insert into desk_members (desk_id, person_id, role) values (${secretariat.id}::uuid, ${helper.person_id}::uuid, 'coordinator')`,
      sql`insert into deputies (id, person_id, deputy_id, from_at, until_at) values (gen_random_uuid(), ${head.person_id}::uuid, ${helper.person_id}::uuid, now(), now() + interval '9 years')`,
    ]) {
      const { tx } = await as(standing)
      await sql`savepoint before`.execute(tx)
      await expect(statement.execute(tx)).rejects.toThrow(/row-level security/)
      await sql`rollback to savepoint before`.execute(tx)
    }
    // What the secretariat's coordinator does every day a deputy does too.
    const other = await aDesk(await as(system))
    await changeDesk(await as(standing), { desk_id: other.id, name: 'Meja Contoh Pengganti' })

    await expect(endDeputy(await as(standing), { deputy_row_id: id })).rejects.toMatchObject({ key: 'desk.deputy' })
    await endDeputy(await as(head), { deputy_row_id: id })
    await expect(endDeputy(await as(head), { deputy_row_id: id })).rejects.toMatchObject({ kind: 'not_found' })
    expect(await listDeputies(await as(head))).toEqual([])
    expect((await facts()).filter((kind) => kind.startsWith('deputy.'))).toEqual(['deputy.set', 'deputy.ended'])
  }),
)

test('the rights begin and end with the dates, with the next request, and with whom one stands in for', async () => {
  const app = database.app()
  const { link } = await enter(app, 'sign_in', (ctx) =>
    inviteStaff(ctx, { email: 'pengganti@contoh.example', name: 'Pengganti Contoh' }),
  )
  const { person_id } = await enter(app, 'sign_in', (ctx) => acceptInvitation(ctx, { token: tokenOf(link), password }))
  const { cookie } = await signIn(app, { email: 'pengganti@contoh.example', password, client: '192.0.2.1' })
  const headers = new Headers({ cookie: `${cookie.name}=${encodeURIComponent(cookie.value)}` })
  const { secretariat, head } = await write(app, system, async (ctx) => {
    const desk = await aDesk(ctx, { kind: 'secretariat' })
    return { secretariat: desk, head: await aStaff(ctx, { desk, role: 'coordinator' }) }
  })
  expect(await staffActor(app, headers)).toBeNull()
  const { id } = await write(app, head, (ctx) =>
    setDeputy(ctx, { for_person_id: head.person_id, deputy_id: person_id, from_day: dayOf(0), until_day: dayOf(1) }),
  )
  const during = await staffActor(app, headers)
  expect(during).toMatchObject({ sees_all: true, roles: [], desks: [{ id: secretariat.id, role: 'coordinator' }] })
  const coordinates = () =>
    read(
      app,
      during!,
      async (ctx) => (await sql<{ yes: boolean }>`select actor_coordinates_all() as yes`.execute(ctx.db)).rows[0]!.yes,
    )
  expect(await coordinates()).toBe(true)

  const setDates = (from: string, until: string) =>
    sql`update deputies set from_at = now() + ${from}::interval, until_at = now() + ${until}::interval where id = ${id}::uuid`.execute(
      app.worker,
    )
  for (const [from, until] of [
    ['-2 days', '-1 second'],
    ['1 minute', '2 days'],
  ] as const) {
    await setDates(from, until)
    expect(await staffActor(app, headers), `${from} ${until}`).toBeNull()
    // Whoever acts with what they were before meets the second wall.
    expect(await coordinates()).toBe(false)
  }
  await setDates('-1 day', '1 day')
  expect(await staffActor(app, headers)).toMatchObject({ sees_all: true })
  await write(app, system, (ctx) => changeDesk(ctx, { desk_id: secretariat.id, members: [] }))
  expect(await staffActor(app, headers), 'nobody is left to stand in for').toBeNull()
})
