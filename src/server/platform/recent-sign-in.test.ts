/** What a stranger at an open screen would want most, command by command: an old sign-in is refused, a fresh one is not. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, write, type StaffActor, type Writing } from './context.ts'
import { newId } from './ids.ts'
import { RECENT_SIGN_IN_MINUTES } from './recent-sign-in.ts'
import { Refusal } from './refusal.ts'
import { setLimits } from './set-limits.ts'
import { useDatabase } from './testing.ts'
import { addDesk, changeDesk, joinDesk, leaveDesk } from '../desks/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import * as people from '../people/index.ts'
import { changeRetention, decideErasure } from '../privacy/index.ts'
import { aPerson } from '../people/testing.ts'

const database = useDatabase()

/** What the command line does not do by itself; all else it may. */
const bySystem: Record<string, string> = { limits: 'account.administrator', 'a sign-in provider': 'denied' }

/** What each is tried with: an account of somebody else, a desk, and somebody who has no account. */
interface Scene {
  person_id: string
  desk_id: string
  stranger_id: string
}

const sensitive: Record<string, (ctx: Writing, scene: Scene) => Promise<unknown>> = {
  'a role for the whole installation': (ctx, { person_id }) =>
    people.setRole(ctx, { person_id, role: 'leader', on: true, reason: 'Contoh' }),
  'the role of administrator': (ctx, { person_id }) => people.setAdministrator(ctx, { person_id, on: true }),
  'an invitation': (ctx) => people.inviteStaff(ctx, { email: `${newId()}@contoh.example`, name: 'Orang Baru' }),
  'a token': (ctx) => people.createToken(ctx, { name: 'Program contoh', account: 'rekan@contoh.example' }),
  'somebody joins a desk': (ctx, { person_id, desk_id }) =>
    joinDesk(ctx, { person_id, desk_id, role: 'agent', reason: 'Contoh' }),
  'somebody leaves a desk': (ctx, { person_id, desk_id }) => leaveDesk(ctx, { person_id, desk_id, reason: 'Contoh' }),
  'the members of a desk at once': (ctx, { desk_id }) => changeDesk(ctx, { desk_id, members: [] }),
  'a new desk with members': (ctx, { person_id }) =>
    addDesk(ctx, { name: 'Meja Baru (contoh)', kind: 'province', organisation_id: null, mail_local_part: null, time_zone: 'Asia/Jakarta', accepting: true, regions: [], hours: [], competences: [], members: [{ person_id, role: 'agent' }] }), // prettier-ignore
  'closing an account': (ctx, { person_id }) => people.disableAccount(ctx, { person_id }),
  'opening a closed account': (ctx, { person_id }) => people.enableAccount(ctx, { person_id }),
  'ending somebody’s sessions': (ctx, { person_id }) => people.endAllSessions(ctx, { person_id }),
  'taking somebody’s second factor': (ctx, { person_id }) => people.resetFactor(ctx, { person_id }),
  'which roles must have a second factor': (ctx) => people.requireFactor(ctx, { roles: ['agent'] }),
  'a sign-in provider': (ctx) => people.addProvider(ctx, { name: 'Penyedia contoh', issuer: 'https://masuk.contoh.example' }), // prettier-ignore
  limits: (ctx) => setLimits(ctx, { limits: [{ name: 'sign_in.client', value: 99 }] }),
  'how long things are kept': (ctx) => changeRetention(ctx, { kind: 'raw_items', keep_days: 5, on: true }),
  'that somebody is forgotten': (ctx, { stranger_id }) =>
    decideErasure(ctx, { person_id: stranger_id, reason: 'Contoh' }),
}

test(
  'an old sign-in is refused by the commands themselves, and so is whoever acts without a session; a fresh one, and the command line, go on',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const administrator = await aStaff(setting, { role: 'administrator' })
    const scene = await aScene(setting)
    const minutesAgo = (minutes: number): StaffActor => ({
      ...administrator,
      signed_in_at: new Date(setting.now.getTime() - minutes * 60_000),
    })
    const { signed_in_at: _, ...byToken } = administrator
    const told: Record<string, string[]> = {}
    for (const [name, command] of Object.entries(sensitive)) {
      const outcomes = []
      for (const actor of [
        minutesAgo(RECENT_SIGN_IN_MINUTES + 1),
        byToken,
        minutesAgo(RECENT_SIGN_IN_MINUTES - 1),
        system,
      ])
        outcomes.push(await outcomeOf(await as(actor), (ctx) => command(ctx, scene)))
      told[name] = outcomes
    }
    const expected = ['sign_in_again', 'sign_in_again', 'done']
    expect(told).toEqual(
      Object.fromEntries(Object.keys(sensitive).map((name) => [name, [...expected, bySystem[name] ?? 'done']])),
    )
  }),
)

test('so is the mail with a link for a new password that an administrator has sent; it stands in the journal under their name', async () => {
  const app = database.app()
  const [administrator, { person_id }] = await write(app, system, async (ctx) => [
    await aStaff(ctx, { role: 'administrator' }),
    await aScene(ctx),
  ])
  const asked = (actor: StaffActor) =>
    people.mailResetLink(app, actor, { person_id }, (_, { email, link }) =>
      Promise.resolve(mailed.push(`${email} ${link}`)),
    )
  const mailed: string[] = []
  for (const signed_in_at of [new Date(Date.now() - (RECENT_SIGN_IN_MINUTES + 1) * 60_000), undefined]) {
    const { signed_in_at: _, ...actor } = administrator
    await expect(asked({ ...actor, ...(signed_in_at ? { signed_in_at } : {}) })).rejects.toMatchObject({
      key: 'sign_in_again',
    })
  }
  expect(mailed).toEqual([])
  await asked(administrator)
  expect(mailed).toEqual([expect.stringMatching(/^rekan@contoh\.example http.*\/reset\//)])
  const { rows } = await sql`select actor_id from facts where kind = 'account.reset_mailed'`.execute(app.worker)
  expect(rows).toEqual([{ actor_id: administrator.person_id }])
})

async function aScene(ctx: Writing): Promise<Scene> {
  const desk = await aDesk(ctx)
  const person = await aPerson(ctx, { email: 'rekan@contoh.example', verified: true })
  const user = newId()
  await sql`insert into auth.users (id, name, email, email_verified, created_at, updated_at)
    values (${user}::uuid, ${person.name}, ${person.email}, true, ${ctx.now}::timestamptz, ${ctx.now}::timestamptz)`.execute(
    ctx.tx,
  )
  await sql`insert into accounts (person_id, auth_user_id, created_at) values (${person.id}::uuid, ${user}::uuid, ${ctx.now}::timestamptz)`.execute(
    ctx.tx,
  )
  return { person_id: person.id, desk_id: desk.id, stranger_id: (await aPerson(ctx)).id }
}

/** What became of it; rolled back, so that each meets the same scene. */
async function outcomeOf(ctx: Writing, command: (ctx: Writing) => Promise<unknown>): Promise<string> {
  await sql`savepoint before`.execute(ctx.tx)
  try {
    await command(ctx)
    return 'done'
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.key
    if ((thrown as { code?: string }).code === '42501') return 'denied'
    throw thrown
  } finally {
    await sql`rollback to savepoint before`.execute(ctx.tx)
  }
}
