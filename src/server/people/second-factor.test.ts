import { createHook } from 'node:async_hooks'
import { sql } from 'kysely'
import { Secret, TOTP } from 'otpauth'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { enter, write, type StaffActor } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import {
  acceptInvitation,
  answerSecondStep,
  beginFactor,
  confirmDueFactor,
  confirmFactor,
  dueKey,
  dueStep,
  endAllSessions,
  factorsOf,
  inviteStaff,
  makeResetLink,
  mustHaveSignedInRecently,
  newKeyOf,
  removeFactor,
  renewRecoveryCodes,
  requestSignInLink,
  requireFactor,
  resetFactor,
  resetPassword,
  sessionPerson,
  signIn,
  signInByLink,
  type SessionCookie,
} from './index.ts'

const database = useDatabase()
const PASSWORD = 'jembatan biru di atas sungai'
const OTHER = 'perahu kayu menuju pulau seberang'
const client = '192.0.2.3'
const tokenOf = (link: string) => link.split('/').at(-1)!

async function anAccount(email: string, administrator = false) {
  const app = database.app()
  const { link } = await enter(app, 'sign_in', (ctx) =>
    inviteStaff(ctx, { email, name: 'Petugas Contoh', administrator }),
  )
  return enter(app, 'sign_in', (ctx) => acceptInvitation(ctx, { token: tokenOf(link), password: PASSWORD }))
}
const door = <T>(work: Parameters<typeof enter<T>>[2]) => enter(database.app(), 'sign_in', work)
const withCookies = (...cookies: SessionCookie[]) =>
  new Headers({ cookie: cookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join('; ') })
const visit = (...cookies: SessionCookie[]) => ({ client, user_agent: 'Contoh/1', headers: withCookies(...cookies) })
const isIn = async (...cookies: SessionCookie[]) =>
  (await sessionPerson(database.app(), withCookies(...cookies))) !== null
const enterWith = (email: string, password = PASSWORD) => signIn(database.app(), { email, password, ...visit() })
const answer = (code: string, half: SessionCookie) => answerSecondStep(database.app(), { code, visit: visit(half) })

/** The code of so many steps from now. */
const codeOf = (key: string, steps = 0) =>
  new TOTP({ secret: Secret.fromBase32(key.replaceAll(' ', '')) }).generate({ timestamp: Date.now() + steps * 30_000 })
/** One that no step nearby has. */
const wrongCode = (key: string) => {
  const near = [-2, -1, 0, 1, 2].map((steps) => codeOf(key, steps))
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.includes(code))!
}
/** As after a while, so that the next code is not one that was used. */
const forgetUsedSteps = () => sql`update totp_keys set last_step = null`.execute(database.app().worker)

/** Whose page asks: nobody else sees the waiting key. */
const SESSION = newId()

async function withApp(email: string) {
  const { person_id } = await anAccount(email)
  await door((ctx) => beginFactor(ctx, { person_id, waits_for: SESSION }))
  const key = (await door((ctx) => newKeyOf(ctx, { person_id, waits_for: SESSION })))!
  const { codes } = await door((ctx) => confirmFactor(ctx, { person_id, code: codeOf(key.text), kept_id: SESSION }))
  await forgetUsedSteps()
  return { person_id, email, key: key.text, codes }
}
const factsOf = async (person_id: string) => {
  const { rows } = await sql<{ kind: string; method: string | null }>`select kind, about->>'method' as method from facts
    where about->>'person_id' = ${person_id} order by id`.execute(database.app().worker)
  return rows.map(({ kind, method }) => (method ? `${kind} ${method}` : kind))
}

test('with an authenticator app a password opens half a session, which a code makes whole, once', async () => {
  const app = database.app()
  const { person_id, email, key } = await withApp('dua.langkah@contoh.example')
  const half = await enterWith(email)
  expect(half).toMatchObject({ step: 'second_factor', cookie: { name: 'pandu_half', httpOnly: true, sameSite: 'lax' } })
  expect(await isIn(half.cookie, { ...half.cookie, name: 'pandu_session' })).toBe(false)
  expect(await dueStep(app, withCookies({ ...half.cookie, value: `${half.cookie.value}x` }))).toBeNull()

  // Another person's half session, or none, is worth nothing; the code may be typed with a blank.
  const code = codeOf(key)
  await expect(answerSecondStep(app, { code, visit: visit() })).rejects.toMatchObject({ key: 'second_step' })
  const whole = await answer(`${code.slice(0, 3)} ${code.slice(3)}`, half.cookie)
  expect([whole.step, await isIn(whole.cookie)]).toEqual(['signed_in', true])
  await expect(answer(codeOf(key, 1), half.cookie)).rejects.toMatchObject({ key: 'second_step' })

  // The same code again, within its half minute, opens nothing; the one after it does.
  const again = await enterWith(email)
  await expect(answer(code, again.cookie)).rejects.toMatchObject({ kind: 'unauthenticated', key: 'second_factor' })
  expect((await answer(codeOf(key, 1), again.cookie)).step).toBe('signed_in')
  expect(await factsOf(person_id)).toEqual(
    expect.arrayContaining([
      'account.factor_set_up',
      'account.second_factor_asked password',
      'account.signed_in password+totp',
      'account.second_factor_refused totp',
    ]),
  )
  const { rows } = await sql<{ text: string }>`select k::text as text from totp_keys k`.execute(app.worker)
  expect(rows.map(({ text }) => text).join()).not.toContain(key.replaceAll(' ', ''))
})

test('a code of two steps ago or ahead is refused, one beside the present is not', async () => {
  const { email, key } = await withApp('jam@contoh.example')
  const verdict = async (steps: number) => {
    await forgetUsedSteps()
    const { cookie } = await enterWith(email)
    return answer(codeOf(key, steps), cookie).then(
      ({ step }) => step,
      ({ key: why }: { key: string }) => why,
    )
  }
  // A step may end while this runs; then -1 has become -2, so what is beside is tried once more.
  const beside = async (steps: number) => ((await verdict(steps)) === 'signed_in' ? 'signed_in' : verdict(steps))
  expect([await beside(-1), await beside(0), await verdict(1)]).toEqual(['signed_in', 'signed_in', 'signed_in'])
  expect([await verdict(-3), await verdict(3)]).toEqual(['second_factor', 'second_factor'])
})

test('after five wrong codes the first step must be done again, also when they come at once; the owner is not locked out', async () => {
  const { email, key } = await withApp('tebak@contoh.example')
  const { cookie } = await enterWith(email)
  const wrong = wrongCode(key)
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => answer(wrong, cookie)))
  const keys = tries.map((one) => (one.status === 'rejected' ? (one.reason as { key: string }).key : 'in'))
  expect(keys.filter((one) => one === 'second_factor')).toHaveLength(4)
  expect(keys.filter((one) => one === 'second_step')).toHaveLength(4)
  await expect(answer(codeOf(key), cookie)).rejects.toMatchObject({ key: 'second_step' })
  expect((await answer(codeOf(key), (await enterWith(email)).cookie)).step).toBe('signed_in')
})

test('a half session ends after ten minutes, and with the account', async () => {
  const app = database.app()
  const { email, key, person_id } = await withApp('lambat@contoh.example')
  const { cookie } = await enterWith(email)
  await sql`update half_sessions set expires_at = now() - interval '1 second' where person_id = ${person_id}::uuid`.execute(
    app.worker,
  )
  await expect(answer(codeOf(key), cookie)).rejects.toMatchObject({ key: 'second_step' })
  const second = await enterWith(email)
  await sql`update accounts set disabled_at = now() where person_id = ${person_id}::uuid`.execute(app.worker)
  await expect(answer(codeOf(key), second.cookie)).rejects.toMatchObject({ key: 'second_step' })
})

test('a recovery code opens once, however it is typed; ten new ones end the old', async () => {
  const app = database.app()
  const { person_id, email, codes } = await withApp('pulih@contoh.example')
  expect(codes).toHaveLength(10)
  const [first, second] = codes as [string, string]
  const use = async (code: string) => answer(code, (await enterWith(email)).cookie)
  expect((await use(first.toUpperCase().replaceAll('-', ' '))).step).toBe('signed_in')
  await expect(use(first)).rejects.toMatchObject({ key: 'second_factor' })
  expect(await door((ctx) => factorsOf(ctx, person_id))).toMatchObject({ codes_left: 9 })
  const renewed = await door((ctx) => renewRecoveryCodes(ctx, { person_id }))
  await expect(use(second)).rejects.toMatchObject({ key: 'second_factor' })
  expect((await use(renewed.codes[0]!)).step).toBe('signed_in')
  expect(await factsOf(person_id)).toContain('account.recovery_code_used')
  const { rows } = await sql<{ text: string }>`select c::text as text from recovery_codes c`.execute(app.worker)
  const kept = rows.map(({ text }) => text).join()
  for (const code of [...codes, ...renewed.codes]) expect(kept).not.toContain(code.replaceAll('-', '').slice(4))
})

test('neither a link by mail nor a new password goes around the second factor; the link opens once and only by its button', async () => {
  const app = database.app()
  const { email, key } = await withApp('tautan@contoh.example')
  const wanted = (await door((ctx) => requestSignInLink(ctx, { email, client })))!
  const token = tokenOf(wanted.link)
  expect(wanted.link).toMatch(/^http:\/\/localhost:8080\/sign-in\/[a-z2-7]{32}$/)
  const entry = await signInByLink(app, { token, visit: visit() })
  expect(entry.step).toBe('second_factor')
  await expect(signInByLink(app, { token, visit: visit() })).rejects.toMatchObject({ key: 'link' })
  expect((await answer(codeOf(key), entry.cookie)).step).toBe('signed_in')

  const half = await enterWith(email)
  const reset = (await door((ctx) => makeResetLink(ctx, { email })))!
  await door((ctx) => resetPassword(ctx, { token: tokenOf(reset.link), password: OTHER }))
  expect(await dueStep(app, withCookies(half.cookie))).toBeNull()
  expect((await enterWith(email, OTHER)).step).toBe('second_factor')
})

test('a link by mail without a second factor signs in; after ten minutes, or for nobody, it opens nothing', async () => {
  const app = database.app()
  const { email, person_id } = await anAccount('surel@contoh.example')
  const ask = (address: string) => door((ctx) => requestSignInLink(ctx, { email: address, client }))
  const entry = await signInByLink(app, { token: tokenOf((await ask(email))!.link), visit: visit() })
  expect([entry.step, await isIn(entry.cookie)]).toEqual(['signed_in', true])
  expect(await factsOf(person_id)).toContain('account.signed_in link')
  const late = (await ask(email))!
  await sql`update one_time_links set expires_at = created_at + interval '10 minutes' - interval '1 hour', created_at = created_at - interval '1 hour'
    where purpose = 'sign_in' and used_at is null`.execute(app.worker)
  await expect(signInByLink(app, { token: tokenOf(late.link), visit: visit() })).rejects.toMatchObject({ key: 'link' })
  expect(await ask('bukan.siapa@contoh.example')).toBeNull()
  const { rows } = await sql<{
    minutes: number
  }>`select extract(epoch from max(expires_at - created_at))::int / 60 as minutes
    from one_time_links where purpose = 'sign_in'`.execute(app.worker)
  expect(rows[0]!.minutes).toBe(10)
})

test('a known and an unknown address cost the same statements and hashes, on sign-in and on asking for a link', async () => {
  const app = database.app()
  const { email } = await anAccount('sama@contoh.example')
  /** What is asked of the database, without the values, and how many passwords are hashed: what an answer takes, however busy the machine. */
  async function costOf(work: () => Promise<unknown>): Promise<{ statements: string[]; hashes: number }> {
    let hashes = 0
    const hook = createHook({ init: (_id, type) => void (type === 'SCRYPTREQUEST' && hashes++) }).enable()
    const query = vi.spyOn(pg.Query.prototype, 'submit')
    try {
      await work().catch(() => undefined)
      const statements = query.mock.contexts.map((asked) => (asked as unknown as { text: string }).text)
      return { statements: statements.map((text) => text.replaceAll(/\s+/g, ' ')), hashes }
    } finally {
      query.mockRestore()
      hook.disable()
    }
  }
  const wrong = (address: string) => costOf(() => signIn(app, { email: address, password: OTHER, ...visit() }))
  const known = await wrong(email)
  expect(known.statements.length).toBeGreaterThan(5)
  expect(known.hashes).toBe(1)
  expect(await wrong('tidak.ada@contoh.example')).toEqual(known)
  const ask = (address: string) => costOf(() => door((ctx) => requestSignInLink(ctx, { email: address, client })))
  expect(await ask('tidak.ada@contoh.example')).toEqual(await ask(email))
})

test('who must have a second factor is led to set it up, and can do nothing before', async () => {
  const app = database.app()
  const admin = await anAccount('wajib@contoh.example', true)
  const before = await enterWith(admin.email)
  const actor = (signed_in_at: Date): StaffActor => ({
    kind: 'staff',
    person_id: admin.person_id,
    name: 'Admin Contoh',
    language: 'id',
    roles: ['administrator'],
    desks: [],
    sees_all: true,
    signed_in_at,
  })
  const require = (roles: ('administrator' | 'agent')[], at = new Date()) =>
    write(app, actor(at), (ctx) => requireFactor(ctx, { roles }))
  await expect(require(['administrator'], new Date(Date.now() - 16 * 60_000))).rejects.toMatchObject({
    kind: 'unauthenticated',
    key: 'sign_in_again',
  })
  await require(['administrator', 'agent'])
  const stranger = await enterWith(admin.email)
  const half = await enterWith(admin.email)
  expect([half.step, await isIn(half.cookie)]).toEqual(['set_up_factor', false])
  await expect(answer('123456', half.cookie)).rejects.toMatchObject({ key: 'second_step' })
  // The one before it sees nothing of the key that is being set up here, and sets nothing up any more.
  expect(await dueKey(app, withCookies(stranger.cookie))).toBeNull()
  const key = (await dueKey(app, withCookies(half.cookie)))!
  await expect(confirmDueFactor(app, { code: codeOf(key.text), visit: visit(stranger.cookie) })).rejects.toMatchObject({
    faults: [{ path: 'code' }],
  })
  expect(key.picture).toMatch(/^<svg[^>]*>/)
  expect(key.picture).not.toMatch(/script|style=|href/)
  expect(key.address).toContain('otpauth://totp/localhost')
  await expect(confirmDueFactor(app, { code: wrongCode(key.text), visit: visit(half.cookie) })).rejects.toMatchObject({
    faults: [{ path: 'code' }],
  })
  const { entry, codes } = await confirmDueFactor(app, { code: codeOf(key.text), visit: visit(half.cookie) })
  expect([entry.step, codes.length, await isIn(entry.cookie)]).toEqual(['signed_in', 10, true])
  // Whoever knew the password alone is out, and begins no factor of their own any more.
  expect([await isIn(before.cookie), await dueStep(app, withCookies(stranger.cookie))]).toEqual([false, null])
  await forgetUsedSteps()
  expect((await enterWith(admin.email)).step).toBe('second_factor')
  await expect(
    door((ctx) => removeFactor(ctx, { person_id: admin.person_id, kept_id: admin.person_id })),
  ).rejects.toMatchObject({
    kind: 'conflict',
    key: 'factor.required',
  })
  await require([])
  await door((ctx) => removeFactor(ctx, { person_id: admin.person_id, kept_id: admin.person_id }))
  expect((await enterWith(admin.email)).step).toBe('signed_in')
})

test('an administrator takes a lost second factor and ends sessions, as the web role; both are on record with who did it', async () => {
  const app = database.app()
  const boss = await anAccount('kepala@contoh.example', true)
  const { person_id, email, key } = await withApp('hilang@contoh.example')
  const { cookie } = await answer(codeOf(key), (await enterWith(email)).cookie)
  const actor: StaffActor = { kind: 'staff', person_id: boss.person_id, name: 'Kepala Contoh', language: 'id', roles: ['administrator'], desks: [], sees_all: true, signed_in_at: new Date() } // prettier-ignore
  await expect(write(app, { ...actor, roles: [] }, (ctx) => resetFactor(ctx, { person_id }))).rejects.toMatchObject({ kind: 'forbidden' }) // prettier-ignore
  await write(app, actor, (ctx) => resetFactor(ctx, { person_id }))
  expect(await isIn(cookie)).toBe(false)
  const entry = await enterWith(email)
  expect(entry.step).toBe('signed_in')
  expect(await write(app, actor, (ctx) => endAllSessions(ctx, { person_id }))).toBe(1)
  expect(await isIn(entry.cookie)).toBe(false)
  const { rows } = await sql<{ kind: string }>`select kind from facts where actor_id = ${boss.person_id}::uuid
    and about->>'person_id' = ${person_id} order by id`.execute(app.worker)
  expect(rows.map(({ kind }) => kind)).toEqual(['account.factor_reset', 'account.sessions_ended'])
})

test('a browser that was never used is told of, the first one and a known one are not', async () => {
  const app = database.app()
  const { email, person_id } = await anAccount('perangkat@contoh.example')
  const first = await enterWith(email)
  const device = first.beside.find(({ name }) => name === 'pandu_device')!
  await signIn(app, { email, password: PASSWORD, ...visit(device) })
  expect(await factsOf(person_id)).not.toContain('account.new_device password')
  await enterWith(email)
  expect((await factsOf(person_id)).filter((one) => one === 'account.new_device password')).toHaveLength(1)
})

test('a renewed sign-in is a new session in place of the old; what is too old is refused, and whoever has no session', async () => {
  const app = database.app()
  const { email } = await anAccount('ulang@contoh.example')
  const old = await enterWith(email)
  const { session_id } = (await sessionPerson(app, withCookies(old.cookie)))!
  const renewed = await signIn(app, { email, password: PASSWORD, replaces: session_id, ...visit() })
  expect([await isIn(old.cookie), await isIn(renewed.cookie)]).toEqual([false, true])
  const now = new Date()
  const staff: StaffActor = { kind: 'staff', person_id: session_id, name: 'X', language: 'id', roles: [], desks: [], sees_all: false } // prettier-ignore
  const ask = (minutes: number | null) => () =>
    mustHaveSignedInRecently({
      now,
      actor: minutes === null ? staff : { ...staff, signed_in_at: new Date(now.getTime() - minutes * 60_000) },
    })
  expect(ask(14)).not.toThrow()
  for (const minutes of [16, null]) expect(ask(minutes)).toThrow('sign_in_again')
})
