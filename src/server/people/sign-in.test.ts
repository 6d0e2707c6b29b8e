import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { enter, everybody, read, system, write, type StaffActor } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { countAttempt } from '../platform/limits.ts'
import { useDatabase } from '../platform/testing.ts'
import { passwordsAtFullCost } from '../platform/testing-passwords.ts'
import {
  acceptInvitation,
  disableAccount,
  enableAccount,
  inviteStaff,
  findAccount,
  listAccounts,
  makeResetLink,
  makeSetupLink,
  openLink,
  requestReset,
  resetPassword,
  sessionPerson,
  sessionPersonWith,
  setAdministrator,
  setUp,
  signIn,
  signOut,
  sweepSignIns,
} from './index.ts'
import { limitsOf } from './sign-in.ts'
import { matchesPassword, NO_HASH, type SessionCookie } from './sign-in-library.ts'

const database = useDatabase()
const PASSWORD = 'jembatan biru di atas sungai'
const OTHER = 'perahu kayu menuju pulau seberang'
const client = '192.0.2.1'
const tokenOf = (link: string) => link.split('/').at(-1)!
const headersOf = (cookie: SessionCookie) =>
  new Headers({ cookie: `lain=1; ${cookie.name}=${encodeURIComponent(cookie.value)}` })
const facts = async () => {
  const { rows } = await sql<{ kind: string }>`select kind from facts order by id`.execute(database.app().worker)
  return rows.map((row) => row.kind)
}

/** Somebody with an account, by invitation, as production makes them. */
async function anAccount(email: string, name = 'Petugas Contoh', administrator = false) {
  const app = database.app()
  const { link } = await enter(app, 'sign_in', (ctx) => inviteStaff(ctx, { email, name, administrator }))
  return enter(app, 'sign_in', (ctx) => acceptInvitation(ctx, { token: tokenOf(link), password: PASSWORD }))
}
const administratorOf = (person_id: string): StaffActor => ({
  kind: 'staff',
  person_id,
  name: 'Admin Contoh',
  language: 'id',
  roles: ['administrator'],
  desks: [],
  sees_all: true,
  signed_in_at: new Date(),
})

let first_link = ''
let admin = ''
beforeAll(async () => {
  const app = database.app()
  const ended = await enter(app, 'sign_in', (ctx) => makeSetupLink(ctx))
  first_link = (await enter(app, 'sign_in', (ctx) => makeSetupLink(ctx)))!
  const given = { token: tokenOf(first_link), name: 'Admin Contoh', email: 'Admin@Contoh.example', password: PASSWORD }
  // A new start ended the first link; a wrong one opens nothing.
  for (const token of [tokenOf(ended!), 'a'.repeat(32), '', '%'])
    await expect(enter(app, 'sign_in', (ctx) => setUp(ctx, { ...given, token }))).rejects.toMatchObject({
      kind: 'not_found',
      key: 'link',
    })
  // Pandu dies before the commit: nothing is left, and the same link opens again.
  const dies = enter(app, 'sign_in', async (ctx) => {
    await setUp(ctx, given)
    throw new Error('the process died here')
  })
  await expect(dies).rejects.toThrow('died')
  expect((await openLink(app, { purpose: 'setup', token: given.token, client })).address).toBeNull()
  const made = await Promise.allSettled([1, 2].map(() => enter(app, 'sign_in', (ctx) => setUp(ctx, given))))
  expect(made.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
  admin = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value.person_id] : []))[0]!
})

test('the first administrator is made once; then there is no link any more', async () => {
  const app = database.app()
  expect(first_link).toMatch(/^http:\/\/localhost:8080\/setup\/[a-z2-7]{32}$/)
  expect(await enter(app, 'sign_in', (ctx) => makeSetupLink(ctx))).toBeNull()
  await expect(openLink(app, { purpose: 'setup', token: tokenOf(first_link), client })).rejects.toMatchObject({
    kind: 'not_found',
  })
  expect(await read(app, administratorOf(admin), (ctx) => listAccounts(ctx))).toMatchObject([
    { person_id: admin, email: 'admin@contoh.example', administrator: true, state: 'active' },
  ])
  const found = (id: string) => read(app, administratorOf(admin), (ctx) => findAccount(ctx, id))
  expect(await found(admin)).toMatchObject({ person_id: admin, email: 'admin@contoh.example' })
  expect([await found(newId()), await found('x')]).toEqual([null, null])
  expect(await facts()).toContain('account.set_up')
  const { rows } = await sql<{ text: string }>`select l::text as text from one_time_links l`.execute(app.worker)
  expect(rows.map((row) => row.text).join()).not.toContain(tokenOf(first_link))
})

test('who signs in has a session until they sign out; the cookie is worth nothing when it is changed', async () => {
  const app = database.app()
  const { cookie } = await signIn(app, { email: ' ADMIN@contoh.example', password: PASSWORD, client })
  expect(cookie).toMatchObject({ name: 'pandu_session', httpOnly: true, sameSite: 'lax', secure: false, path: '/' })
  expect(await sessionPerson(app, headersOf(cookie))).toMatchObject({
    person_id: admin,
    name: 'Admin Contoh',
    language: 'id',
  })
  for (const value of [`${cookie.value}x`, `x${cookie.value}`, cookie.value.split('.')[0]!, '.', '', '%E0%A4%A'])
    expect(await sessionPerson(app, headersOf({ ...cookie, value }))).toBeNull()
  expect(await sessionPerson(app, new Headers())).toBeNull()
  const gone = await signOut(app, headersOf(cookie))
  expect(gone.cookie).toMatchObject({ name: 'pandu_session', value: '', maxAge: 0 })
  expect(await sessionPerson(app, headersOf(cookie))).toBeNull()
  expect(await facts()).toEqual(expect.arrayContaining(['account.signed_in', 'account.signed_out']))
})

test('unknown address, wrong password and closed account are refused alike, and recorded without the address', async () => {
  const app = database.app()
  const { person_id } = await anAccount('tutup@contoh.example')
  await write(app, administratorOf(admin), (ctx) => disableAccount(ctx, { person_id }))
  for (const [email, password] of [
    ['siapa@contoh.example', PASSWORD],
    ['bukan alamat', PASSWORD],
    ['admin@contoh.example', OTHER],
    ['admin@contoh.example', 'x'.repeat(2000)],
    ['tutup@contoh.example', PASSWORD],
  ] as const)
    await expect(signIn(app, { email, password, client: '192.0.2.9' })).rejects.toMatchObject({
      kind: 'unauthenticated',
      key: 'sign_in',
    })
  const { rows } = await sql<{
    about: unknown
  }>`select about from facts where kind = 'account.sign_in_refused'`.execute(app.worker)
  expect(rows).toHaveLength(5)
  expect(JSON.stringify(rows)).not.toMatch(/contoh|192/)
})

test('a hash of before is read, takes as long to be wrong as any, and is made anew with the next sign-in', async () => {
  passwordsAtFullCost()
  const app = database.app()
  const { person_id } = await anAccount('lama@contoh.example')
  const hashOfTheirs = async () => {
    const { rows } = await sql<{
      hash: string
    }>`select w.password as hash from auth.accounts w join accounts a on a.auth_user_id = w.user_id
      where a.person_id = ${person_id}::uuid`.execute(app.worker)
    return rows[0]!.hash
  }
  const { hashPassword } = await import('better-auth/crypto')
  const cheap = await hashPassword(PASSWORD)
  await sql`update auth.accounts w set password = ${cheap} from accounts a where a.auth_user_id = w.user_id and a.person_id = ${person_id}::uuid`.execute(
    app.worker,
  )
  const wrong = async (hash: string) => {
    const begun = process.cpuUsage()
    expect(await matchesPassword(hash, 'bukan kata sandinya')).toBe(false)
    const { user, system } = process.cpuUsage(begun)
    return user + system
  }
  // By the processor's time, so that a busy machine says nothing; the least of three, so that nothing else that ran counts.
  const least = async (hash: string) => Math.min(await wrong(hash), await wrong(hash), await wrong(hash))
  const [of_nobody, of_cheap] = [await least(NO_HASH), await least(cheap)]
  expect(of_cheap / of_nobody).toBeGreaterThan(0.7)
  expect(of_cheap / of_nobody).toBeLessThan(1.4)

  const came = () => signIn(app, { email: 'lama@contoh.example', password: PASSWORD, client })
  await expect(
    signIn(app, { email: 'lama@contoh.example', password: 'bukan kata sandinya', client }),
  ).rejects.toMatchObject({ key: 'sign_in' })
  expect(await hashOfTheirs()).toBe(cheap)
  // Two at once wait for each other and both come in.
  await Promise.all([came(), came()])
  const renewed = await hashOfTheirs()
  expect(renewed).toMatch(/^3:[0-9a-f]{32}:[0-9a-f]{128}$/)
  await came()
  expect(await hashOfTheirs()).toBe(renewed)
})

test('guessing at one account ends after ten times, for addresses without an account too; the person elsewhere still comes in', async () => {
  const app = database.app()
  await anAccount('ditebak@contoh.example')
  for (const email of ['ditebak@contoh.example', 'tidak.ada@contoh.example']) {
    const guess = () =>
      signIn(app, { email, password: 'tebakan yang panjang', client: '198.51.100.7' }).catch((error: unknown) => error)
    // Where the window ends in the middle of this test the count begins once more, and never later than after twenty.
    const kinds: unknown[] = []
    while (kinds.length < 21 && kinds.at(-1) !== 'too_many') kinds.push(((await guess()) as { kind: string }).kind)
    expect(kinds.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'unauthenticated'))
    expect(kinds.at(-1)).toBe('too_many')
  }
  await expect(
    signIn(app, { email: 'ditebak@contoh.example', password: PASSWORD, client: '198.51.100.7' }),
  ).rejects.toMatchObject({ kind: 'too_many' })
  await expect(signIn(app, { email: 'ditebak@contoh.example', password: PASSWORD, client })).resolves.toBeDefined()
})

test('an office of two hundred behind one address signs in at the same moment', async () => {
  const app = database.app()
  const office = '203.0.113.5'
  // The other hundred and eighty are at their passwords just now: their attempts are counted and not decided yet.
  await enter(app, 'sign_in', (ctx) =>
    Promise.all(Array.from({ length: 180 }, (_, i) => countAttempt(ctx, limitsOf(`orang${i}@contoh.example`, office)))),
  )
  for (let i = 0; i < 20; i++) await anAccount(`kantor${i}@contoh.example`, `Kantor ${i}`)
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      signIn(app, { email: `kantor${i}@contoh.example`, password: PASSWORD, client: office }),
    ),
  )
  // Whoever is in does not count.
  const bucket = app.secrets.sign('rate_limit', 'sign_in.client', office).toString('base64url')
  const { rows } = await sql<{
    hits: number
  }>`select sum(hits)::int as hits from limit_hits where bucket = ${bucket}`.execute(app.worker)
  expect(rows[0]!.hits).toBe(180)
})

test('a session ends after twelve hours without use, after seven days in any case, and is moved on by use', async () => {
  const app = database.app()
  const { cookie } = await signIn(app, { email: 'admin@contoh.example', password: PASSWORD, client })
  const headers = headersOf(cookie)
  const { session_id } = (await sessionPerson(app, headers))!
  const left = async () => {
    const { rows } = await sql<{ minutes: number }>`select (extract(epoch from expires_at - now()) / 60)::int as minutes
      from auth.sessions where id = ${session_id}::uuid`.execute(app.worker)
    return rows[0]!.minutes
  }
  await sql`update auth.sessions set expires_at = now() + interval '1 hour' where id = ${session_id}::uuid`.execute(
    app.worker,
  )
  // What a page that stands open asks by itself is no use.
  expect(await sessionPersonWith(app, headers, sql`select`, false)).toMatchObject({ session_id })
  expect(await left()).toBe(60)
  expect(await sessionPerson(app, headers)).not.toBeNull()
  expect(await left()).toBe(720)
  await sql`update auth.sessions set created_at = now() - interval '7 days 1 second' where id = ${session_id}::uuid`.execute(
    app.worker,
  )
  expect(await sessionPerson(app, headers)).toBeNull()
  await sql`update auth.sessions set created_at = now(), expires_at = now() - interval '1 second' where id = ${session_id}::uuid`.execute(
    app.worker,
  )
  expect(await sessionPerson(app, headers)).toBeNull()
  await sql`update auth.sessions set expires_at = now() - interval '31 days' where id = ${session_id}::uuid`.execute(
    app.worker,
  )
  await write(app, system, (ctx) => sweepSignIns(ctx))
  const { rows } = await sql`select from auth.sessions where id = ${session_id}::uuid`.execute(app.worker)
  expect(rows).toEqual([])
})

test('a forgotten password: the link works once, all sessions end, other links end with it', async () => {
  const app = database.app()
  const { person_id, email } = await anAccount('lupa@contoh.example')
  const { cookie } = await signIn(app, { email, password: PASSWORD, client })
  const ask = (address: string) => enter(app, 'sign_in', (ctx) => requestReset(ctx, { email: address, client }))
  const [first, second] = [await ask('LUPA@contoh.example'), await ask(email)]
  expect(first).toMatchObject({ person_id, email, language: 'id' })
  expect(await ask('tidak.dikenal@contoh.example')).toBeNull()
  const reset = (link: string, password: string) =>
    enter(app, 'sign_in', (ctx) => resetPassword(ctx, { token: tokenOf(link), password }))
  await expect(reset(first!.link, 'pendek')).rejects.toMatchObject({
    kind: 'invalid',
    faults: [{ key: 'fault.password_short' }],
  })
  // The refused attempt used nothing up.
  await reset(first!.link, OTHER)
  expect(await sessionPerson(app, headersOf(cookie))).toBeNull()
  for (const link of [first!.link, second!.link])
    await expect(reset(link, PASSWORD)).rejects.toMatchObject({ kind: 'not_found', key: 'link' })
  await expect(signIn(app, { email, password: PASSWORD, client })).rejects.toMatchObject({ kind: 'unauthenticated' })
  await expect(signIn(app, { email, password: OTHER, client })).resolves.toBeDefined()
  expect(await facts()).toContain('account.password_reset')
})

test('a sign-in under way with the old password does not outlive its replacement', async () => {
  const app = database.app()
  const { email } = await anAccount('balapan@contoh.example')
  const { link } = (await enter(app, 'sign_in', (ctx) => makeResetLink(ctx, { email })))!
  let racing: Promise<unknown> | undefined
  await enter(app, 'sign_in', async (ctx) => {
    await resetPassword(ctx, { token: tokenOf(link), password: OTHER })
    // Whoever signs in compares the old password, which nobody else sees replaced yet, and waits for the row that is being replaced.
    racing = signIn(app, { email, password: PASSWORD, client }).catch((error: unknown) => error)
    const waits = sql`select from pg_locks where not granted and locktype in ('transactionid', 'tuple')
      and database is not distinct from (case when locktype = 'tuple' then (select oid from pg_database where datname = current_database()) end)
      and pid in (select pid from pg_stat_activity where datname = current_database())`
    while ((await waits.execute(app.worker)).rows.length === 0);
  })
  expect(await racing).toMatchObject({ kind: 'unauthenticated' })
  const { rows } =
    await sql`select from auth.sessions s join auth.users u on u.id = s.user_id where u.email = ${email}`.execute(
      app.worker,
    )
  expect(rows).toEqual([])
})

test('three mails an hour to one address, and a link of more than an hour opens nothing', async () => {
  const app = database.app()
  const { email } = await anAccount('banjir@contoh.example')
  const ask = () => enter(app, 'sign_in', (ctx) => requestReset(ctx, { email, client }))
  const links = [await ask(), await ask(), await ask(), await ask()].map((reset) => reset !== null)
  expect(links).toEqual([true, true, true, false])
  const { link } = (await enter(app, 'sign_in', (ctx) => makeResetLink(ctx, { email })))!
  await sql`update one_time_links set expires_at = now() - interval '1 second' where address = ${email}`.execute(
    app.worker,
  )
  await expect(openLink(app, { purpose: 'reset', token: tokenOf(link), client })).rejects.toMatchObject({
    kind: 'not_found',
  })
  await expect(
    enter(app, 'sign_in', (ctx) => resetPassword(ctx, { token: tokenOf(link), password: OTHER })),
  ).rejects.toMatchObject({ kind: 'not_found' })
})

test('a link opens only what it was made for', async () => {
  const app = database.app()
  const { link } = await enter(app, 'sign_in', (ctx) =>
    inviteStaff(ctx, { email: 'baru@contoh.example', name: 'Baru Contoh' }),
  )
  await expect(
    enter(app, 'sign_in', (ctx) => resetPassword(ctx, { token: tokenOf(link), password: OTHER })),
  ).rejects.toMatchObject({ kind: 'not_found' })
  await expect(
    enter(app, 'sign_in', (ctx) =>
      setUp(ctx, { token: tokenOf(link), name: 'X', email: 'x@contoh.example', password: OTHER }),
    ),
  ).rejects.toMatchObject({
    kind: 'not_found',
  })
})

test('whoever guesses links is stopped after a hundred', async () => {
  const app = database.app()
  const guess = () =>
    openLink(app, { purpose: 'reset', token: 'tebakan', client: '198.51.100.99' }).catch((error: unknown) => error)
  // The window may end in the middle of this test; then the count begins once more, and never later than after 200.
  const kinds: unknown[] = []
  while (kinds.length < 201 && kinds.at(-1) !== 'too_many') kinds.push(((await guess()) as { kind: string }).kind)
  expect(kinds.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 'not_found'))
  expect(kinds.at(-1)).toBe('too_many')
})

test('an administrator invites as the web role; the address is proved by accepting; a second account is refused', async () => {
  const app = database.app()
  const invite = () =>
    write(app, administratorOf(admin), (ctx) =>
      inviteStaff(ctx, { email: 'Undangan@contoh.example', name: 'Undangan Contoh' }),
    )
  const [older, newer] = [await invite(), await invite()]
  const listed = () => read(app, administratorOf(admin), (ctx) => listAccounts(ctx))
  expect((await listed()).filter((row) => row.person_id === newer.person_id)).toMatchObject([
    { state: 'invited', email: 'undangan@contoh.example' },
  ])
  const accept = (link: string) =>
    enter(app, 'sign_in', (ctx) => acceptInvitation(ctx, { token: tokenOf(link), password: PASSWORD }))
  await accept(newer.link)
  await expect(accept(older.link)).rejects.toMatchObject({ kind: 'not_found' })
  expect((await listed()).filter((row) => row.person_id === newer.person_id)).toMatchObject([{ state: 'active' }])
  const { rows } = await sql<{ verified: boolean }>`select verified_at is not null as verified from contact_points
    where person_id = ${newer.person_id}::uuid`.execute(app.worker)
  expect(rows).toEqual([{ verified: true }])
  await expect(invite()).rejects.toMatchObject({ kind: 'conflict', key: 'account.exists' })
})

test('a disabled account is out at once; enabled again it has its password and no old session', async () => {
  const app = database.app()
  const { person_id, email } = await anAccount('pergi@contoh.example')
  const { cookie } = await signIn(app, { email, password: PASSWORD, client })
  const change = (work: typeof disableAccount) => write(app, administratorOf(admin), (ctx) => work(ctx, { person_id }))
  await change(disableAccount)
  expect(await sessionPerson(app, headersOf(cookie))).toBeNull()
  expect(await enter(app, 'sign_in', (ctx) => makeResetLink(ctx, { email }))).toBeNull()
  await change(enableAccount)
  expect(await sessionPerson(app, headersOf(cookie))).toBeNull()
  await expect(signIn(app, { email, password: PASSWORD, client })).resolves.toBeDefined()
  const { rows } = await sql<{ kind: string; actor_id: string }>`select kind, actor_id from facts
    where about->>'person_id' = ${person_id} and kind in ('account.disabled', 'account.enabled') order by id`.execute(
    app.worker,
  )
  expect(rows).toEqual([
    { kind: 'account.disabled', actor_id: admin },
    { kind: 'account.enabled', actor_id: admin },
  ])
})

test('there is always an administrator who can sign in', async () => {
  const app = database.app()
  const as = <T>(work: Parameters<typeof write<T>>[2]) => write(app, administratorOf(admin), work)
  await expect(as((ctx) => setAdministrator(ctx, { person_id: admin, on: false }))).rejects.toMatchObject({
    kind: 'conflict',
    key: 'account.last_administrator',
  })
  await expect(as((ctx) => disableAccount(ctx, { person_id: admin }))).rejects.toMatchObject({ kind: 'conflict' })
  const { person_id } = await anAccount('kedua@contoh.example', 'Kedua Contoh', true)
  // Both take it from each other at once: one stays.
  const taken = await Promise.allSettled([
    as((ctx) => setAdministrator(ctx, { person_id, on: false })),
    write(app, administratorOf(person_id), (ctx) => setAdministrator(ctx, { person_id: admin, on: false })),
  ])
  expect(taken.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
  await enter(app, 'sign_in', (ctx) => setAdministrator(ctx, { person_id: admin, on: true }))
})

test(
  'only administrators touch accounts, and the web role cannot read sessions, passwords or links',
  database.story(async ({ as }) => {
    const agent: StaffActor = { ...administratorOf(admin), roles: [], sees_all: false }
    for (const actor of [agent, everybody]) {
      const ctx = await as(actor)
      await expect(inviteStaff(ctx, { email: 'a@contoh.example', name: 'A' })).rejects.toMatchObject({
        kind: 'forbidden',
      })
      await expect(disableAccount(ctx, { person_id: admin })).rejects.toMatchObject({ kind: 'forbidden' })
      await expect(setAdministrator(ctx, { person_id: admin, on: true })).rejects.toMatchObject({ kind: 'forbidden' })
    }
    const ctx = await as(administratorOf(admin))
    for (const query of [
      'select token from auth.sessions',
      'select password from auth.accounts',
      'select token_hash from one_time_links',
    ]) {
      await sql`savepoint before`.execute(ctx.tx)
      await expect(sql.raw(query).execute(ctx.tx)).rejects.toMatchObject({ code: '42501' })
      await sql`rollback to savepoint before`.execute(ctx.tx)
    }
  }),
)
