import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { enter } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import {
  acceptInvitation,
  changePassword,
  endOtherSessions,
  endSession,
  inviteStaff,
  listSessions,
  sessionPerson,
  signIn,
} from './index.ts'
import type { SessionCookie } from './sign-in-library.ts'

const database = useDatabase()
const PASSWORD = 'jembatan biru di atas sungai'
const OTHER = 'perahu kayu menuju pulau seberang'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'
const client = '192.0.2.7'
const asked = { session_id: newId(), visit: { client, user_agent: FIREFOX, headers: new Headers() } }

async function anAccount(email: string) {
  const app = database.app()
  const { link } = await enter(app, 'sign_in', (ctx) => inviteStaff(ctx, { email, name: 'Petugas Contoh' }))
  const token = link.split('/').at(-1)!
  return (await enter(app, 'sign_in', (ctx) => acceptInvitation(ctx, { token, password: PASSWORD }))).person_id
}
async function enterAs(email: string, password = PASSWORD) {
  const { cookie } = await signIn(database.app(), { email, password, client, user_agent: FIREFOX })
  return headersOf(cookie)
}
const headersOf = (cookie: SessionCookie) =>
  new Headers({ cookie: `${cookie.name}=${encodeURIComponent(cookie.value)}` })
const isIn = async (headers: Headers) => (await sessionPerson(database.app(), headers)) !== null
const sessionsOf = (person_id: string) => enter(database.app(), 'sign_in', (ctx) => listSessions(ctx, person_id))
const factsOf = async (person_id: string) => {
  const { rows } = await sql<{
    kind: string
  }>`select kind from facts where about->>'person_id' = ${person_id} order by at, id`.execute(database.app().worker)
  return rows.map((row) => row.kind)
}

test('a person sees where they are signed in, and ends one or all others; nobody ends another’s', async () => {
  const app = database.app()
  const [mine, theirs] = [await anAccount('satu@contoh.example'), await anAccount('dua@contoh.example')]
  const office = await enterAs('satu@contoh.example')
  const [home, phone, stranger] = [
    await enterAs('satu@contoh.example'),
    await enterAs('satu@contoh.example'),
    await enterAs('dua@contoh.example'),
  ]
  const sessions = await sessionsOf(mine)
  expect(sessions).toHaveLength(3)
  for (const session of sessions) expect(session).toMatchObject({ client, browser: 'Firefox', system: 'Linux' })
  const here = (await sessionPerson(app, office))!.session_id
  const at_home = (await sessionPerson(app, home))!.session_id

  for (const [person_id, session_id] of [
    [theirs, at_home],
    [mine, newId()],
  ] as const)
    await expect(enter(app, 'sign_in', (ctx) => endSession(ctx, { person_id, session_id }))).rejects.toMatchObject({
      kind: 'not_found',
    })
  await enter(app, 'sign_in', (ctx) => endSession(ctx, { person_id: mine, session_id: at_home }))
  expect([await isIn(office), await isIn(home), await isIn(phone), await isIn(stranger)]).toEqual([
    true,
    false,
    true,
    true,
  ])
  expect(await enter(app, 'sign_in', (ctx) => endOtherSessions(ctx, { person_id: mine, kept_id: here }))).toBe(1)
  expect([await isIn(office), await isIn(phone), await isIn(stranger)]).toEqual([true, false, true])
  expect((await sessionsOf(mine)).map((session) => session.id)).toEqual([here])
  expect((await factsOf(mine)).filter((kind) => kind === 'account.sessions_ended')).toHaveLength(2)
})

test('a new password wants the old one, ends every session, and is told to its owner in the same transaction', async () => {
  const app = database.app()
  const email = 'tiga@contoh.example'
  const person_id = await anAccount(email)
  const before = await enterAs(email)
  const told: string[] = []
  const change = (current: string, password: string) =>
    changePassword(app, { person_id, current, password, ...asked }, async (_ctx, changed) => told.push(changed.email))

  await expect(change('bukan ini kata sandinya', OTHER)).rejects.toMatchObject({ faults: [{ path: 'current' }] })
  await expect(change(PASSWORD, 'pendek')).rejects.toMatchObject({ faults: [{ path: 'password' }] })
  expect([told, await isIn(before)]).toEqual([[], true])

  // Two at once with the same old password: the second finds that it is not the old one any more, when it asks or only when it writes.
  const both = await Promise.allSettled([change(PASSWORD, OTHER), change(PASSWORD, `${OTHER} juga`)])
  expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(both.find((one) => one.status === 'rejected')).toMatchObject({
    reason: { kind: expect.stringMatching(/^(conflict|invalid)$/) as unknown },
  })
  expect([told, await isIn(before)]).toEqual([[email], false])
  await expect(enterAs(email)).rejects.toMatchObject({ kind: 'unauthenticated' })
  const won = both[0].status === 'fulfilled' ? OTHER : `${OTHER} juga`
  expect(await isIn(await enterAs(email, won))).toBe(true)
  expect((await factsOf(person_id)).filter((kind) => kind === 'account.password_changed')).toHaveLength(1)
})

test('whoever guesses the old password waits after ten guesses, whatever was right', async () => {
  const person_id = await anAccount('empat@contoh.example')
  const guess = (current: string) =>
    changePassword(database.app(), { person_id, current, password: OTHER, ...asked }, async () => undefined).then(
      () => 'changed',
      (error: { kind: string }) => error.kind,
    )
  const answers: string[] = []
  // A window of the limit may end in between: eleven in one window are refused in any case.
  for (let tries = 0; tries < 25 && answers.at(-1) !== 'too_many'; tries++) answers.push(await guess(`salah ${tries}`))
  expect(answers.at(-1)).toBe('too_many')
  expect(answers.filter((answer) => answer === 'invalid').length).toBeGreaterThanOrEqual(10)
})
