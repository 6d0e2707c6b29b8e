import { sql } from 'kysely'
import { beforeAll, expect, test, vi } from 'vitest'
import { enter, read, type StaffActor } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import {
  acceptInvitation,
  addPasskey,
  answerWithPasskey,
  askForPasskey,
  askSecondPasskey,
  askWho,
  beginFactor,
  disableAccount,
  inviteStaff,
  listPasskeys,
  namePasskey,
  passkeysPossible,
  removePasskey,
  sessionPerson,
  signIn,
  signInWithPasskey,
  type SessionCookie,
  type Visit,
} from './index.ts'
import { handleOf } from './passkey-library.ts'
import { aPasskey, type Lies } from './testing-authenticator.ts'

const database = useDatabase()
const PASSWORD = 'jembatan biru di atas sungai'
const ORIGIN = 'http://localhost:8080'
const visit: Visit = { client: '192.0.2.8', user_agent: null, headers: new Headers() }
const told: string[] = []
const tell = (_: unknown, changed: { what: string; name: string; email: string }) =>
  Promise.resolve(told.push(`${changed.what} ${changed.name} ${changed.email}`))
const headersOf = ({ name, value }: SessionCookie) => new Headers({ cookie: `${name}=${encodeURIComponent(value)}` })
const lost = { key: 'passkey.lost' }
const refused = { kind: 'unauthenticated', key: 'passkey.refused' }

const actorOf = (person_id: string): StaffActor => ({
  kind: 'staff',
  person_id,
  name: 'Petugas Contoh',
  language: 'id',
  roles: [],
  desks: [],
  sees_all: false,
  signed_in_at: new Date(),
})
async function anAccount(email: string, administrator = false) {
  const app = database.app()
  const { link } = await enter(app, 'sign_in', (ctx) =>
    inviteStaff(ctx, { email, name: 'Petugas Contoh', administrator }),
  )
  const token = link.split('/').at(-1)!
  return (await enter(app, 'sign_in', (ctx) => acceptInvitation(ctx, { token, password: PASSWORD }))).person_id
}
/** A passkey of theirs, kept here. */
async function aKeptPasskey(person_id: string, name = 'Laptop', given: { counts?: boolean } = {}) {
  const app = database.app()
  const passkey = aPasskey(ORIGIN, given)
  const asked = await enter(app, 'sign_in', (ctx) => askForPasskey(ctx, person_id))
  const answer = passkey.made(asked!.options.challenge)
  const session_id = person_id
  await addPasskey(app, { actor: actorOf(person_id), session_id }, { name, answer, cookie: asked!.cookie.value }, tell)
  return passkey
}
/** The way in by it, as told or with lies. */
async function enterBy(passkey: ReturnType<typeof aPasskey>, lies: Lies = {}) {
  const asked = askWho(database.app())!
  const answer = passkey.proof(asked.options.challenge, lies)
  return signInWithPasskey(database.app(), { answer, cookie: asked.cookie.value, visit })
}
const factsOf = async (person_id: string) => {
  const { rows } = await sql<{ kind: string; about: { method?: string } }>`select kind, about from facts
    where about->>'person_id' = ${person_id} order by at, id`.execute(database.app().worker)
  return rows.map(({ kind, about }) => (about.method ? `${kind} ${about.method}` : kind))
}

let ani = ''
beforeAll(async () => {
  ani = await anAccount('ani@contoh.example')
})

test('a passkey is made, signs its owner in as two factors, is named and removed; its owner hears of it, other sessions end', async () => {
  const app = database.app()
  const before = await signIn(app, { email: 'ani@contoh.example', password: PASSWORD, client: visit.client })
  const passkey = await aKeptPasskey(ani)
  expect(told).toEqual(['passkey_added Laptop ani@contoh.example'])
  expect(await sessionPerson(app, headersOf(before.cookie))).toBeNull()

  const entry = await enterBy(passkey)
  expect(entry.step).toBe('signed_in')
  expect(await sessionPerson(app, headersOf(entry.cookie))).toMatchObject({ person_id: ani })
  expect(await factsOf(ani)).toEqual(
    expect.arrayContaining(['account.passkey_added', 'account.signed_in password', 'account.signed_in passkey']),
  )
  const [row] = await enter(app, 'sign_in', (ctx) => listPasskeys(ctx, ani))
  expect(row).toMatchObject({ name: 'Laptop', used_at: expect.any(Date), synced: false })

  const asking = { actor: actorOf(ani), session_id: ani }
  await namePasskey(app, asking, { id: row!.id, name: ' Laptop kantor ' })
  const stale = { ...asking, actor: { ...asking.actor, signed_in_at: new Date(0) } }
  await expect(removePasskey(app, stale, { id: row!.id }, tell)).rejects.toMatchObject({ key: 'sign_in_again' })
  const stranger = { actor: actorOf(await anAccount('lain@contoh.example')), session_id: ani }
  await expect(removePasskey(app, stranger, { id: row!.id }, tell)).rejects.toMatchObject({ key: 'passkey' })
  await expect(namePasskey(app, stranger, { id: row!.id, name: 'x' })).rejects.toMatchObject({ key: 'passkey' })
  await removePasskey(app, asking, { id: row!.id }, tell)
  expect(told.at(-1)).toBe('passkey_removed Laptop kantor ani@contoh.example')
  await expect(enterBy(passkey)).rejects.toMatchObject(refused)
})

test('what was asked is answered once, in the browser that was asked, in five minutes, on this site', async () => {
  const app = database.app()
  const passkey = await aKeptPasskey(ani)
  const lies: Lies[] = [
    { origin: 'https://jahat.contoh.test' },
    { origin: 'http://localhost:8081' },
    { site: 'contoh.test' },
    { challenge: 'A'.repeat(43) },
    { userHandle: handleOf('01990000-0000-7000-8000-000000000000') },
  ]
  for (const lie of lies) await expect(enterBy(passkey, lie), JSON.stringify(lie)).rejects.toMatchObject(refused)

  const asked = askWho(app)!
  const answer = passkey.proof(asked.options.challenge)
  const give = (cookie: string | undefined, text = answer) => signInWithPasskey(app, { answer: text, cookie, visit })
  await expect(give(undefined)).rejects.toMatchObject(lost)
  await expect(give(askWho(app)!.cookie.value)).rejects.toMatchObject(refused)
  expect((await give(asked.cookie.value)).step).toBe('signed_in')
  await expect(give(asked.cookie.value, passkey.proof(asked.options.challenge))).rejects.toMatchObject(lost)

  // A wrong answer has used the question up, too.
  const other = askWho(app)!
  for (const wrong of ['', 'null', '{}', '{"id":"x"}', '{'.repeat(100_000)]) {
    const fresh = askWho(app)!
    await expect(give(fresh.cookie.value, wrong)).rejects.toMatchObject(refused)
  }
  await expect(give(other.cookie.value, '{}')).rejects.toMatchObject(refused)
  await expect(give(other.cookie.value, passkey.proof(other.options.challenge))).rejects.toMatchObject(lost)

  const late = askWho(app)!
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 301_000 })
  try {
    await expect(give(late.cookie.value, passkey.proof(late.options.challenge))).rejects.toMatchObject(lost)
  } finally {
    vi.useRealTimers()
  }
  // One question is not another: what was asked for a new passkey is no way in.
  const made = await enter(app, 'sign_in', (ctx) => askForPasskey(ctx, ani))
  await expect(give(made!.cookie.value, passkey.proof(made!.options.challenge))).rejects.toMatchObject(lost)
  expect(Buffer.from(asked.cookie.value, 'base64url').toString('latin1')).not.toContain(asked.options.challenge)
})

test('nobody learns who has a passkey; an unknown one and a closed account are refused alike', async () => {
  const app = database.app()
  expect(askWho(app)!.options.allowCredentials).toEqual([])
  await expect(enterBy(aPasskey(ORIGIN))).rejects.toMatchObject(refused)
  const gone = await anAccount('pergi@contoh.example')
  const passkey = await aKeptPasskey(gone)
  await enter(app, 'sign_in', (ctx) => disableAccount(ctx, { person_id: gone }))
  await expect(enterBy(passkey)).rejects.toMatchObject(refused)
  await expect(aKeptPasskey(gone)).rejects.toMatchObject({ kind: 'not_found' })
  expect(await factsOf(gone)).toContain('account.sign_in_refused passkey')
})

test('a count that goes backwards lets nobody in and is written down; a passkey that never counts is a good one', async () => {
  const budi = await anAccount('budi@contoh.example')
  const passkey = await aKeptPasskey(budi)
  await enterBy(passkey, { counter: 10 })
  await expect(enterBy(passkey, { counter: 10 })).rejects.toMatchObject(refused)
  await expect(enterBy(passkey, { counter: 3 })).rejects.toMatchObject(refused)
  await expect(enterBy(passkey, { counter: 0 })).rejects.toMatchObject(refused)
  expect((await factsOf(budi)).filter((kind) => kind === 'account.passkey_doubtful')).toHaveLength(3)
  expect((await enterBy(passkey, { counter: 11 })).step).toBe('signed_in')
  const synced = await aKeptPasskey(budi, 'Telepon', { counts: false })
  await enterBy(synced)
  expect((await enterBy(synced)).step).toBe('signed_in')
})

test('a key that was only touched is one factor: enough alone where no role asks for two, and enough after a password', async () => {
  const app = database.app()
  const person_id = await anAccount('admin@contoh.example', true)
  const key = await aKeptPasskey(person_id, 'Kunci USB')
  expect((await enterBy(key, { user_verified: false })).step).toBe('signed_in')
  await sql`insert into second_factor_roles (role, required_at) values ('administrator', now())`.execute(app.worker)
  // Not to the setting up of an app either: whoever found the key would set up their own.
  await expect(enterBy(key, { user_verified: false })).rejects.toMatchObject(refused)
  expect((await enterBy(key)).step).toBe('signed_in')

  const [only] = await enter(app, 'sign_in', (ctx) => listPasskeys(ctx, person_id))
  const asking = { actor: actorOf(person_id), session_id: person_id }
  await expect(removePasskey(app, asking, { id: only!.id }, tell)).rejects.toMatchObject({ key: 'passkey.last' })

  const half = await signIn(app, { email: 'admin@contoh.example', password: PASSWORD, client: visit.client })
  expect(half.step).toBe('second_factor')
  const headers = headersOf(half.cookie)
  const asked = (await askSecondPasskey(app, headers))!
  expect(asked.options.allowCredentials).toHaveLength(1)
  const second = { cookie: asked.cookie.value, visit: { ...visit, headers } }
  const theirs = await aKeptPasskey(ani, 'Lain')
  await expect(
    answerWithPasskey(app, { ...second, answer: theirs.proof(asked.options.challenge) }),
  ).rejects.toMatchObject(refused)
  const again = (await askSecondPasskey(app, headers))!
  const answer = key.proof(again.options.challenge, { user_verified: false })
  // A question of the second step is no way in by itself.
  await expect(signInWithPasskey(app, { answer, cookie: again.cookie.value, visit })).rejects.toMatchObject(lost)
  const third = (await askSecondPasskey(app, headers))!
  const entry = await answerWithPasskey(app, {
    answer: key.proof(third.options.challenge, { user_verified: false }),
    cookie: third.cookie.value,
    visit: { ...visit, headers },
  })
  expect(entry.step).toBe('signed_in')
  expect(await askSecondPasskey(app, headers)).toBeNull()
  expect(await factsOf(person_id)).toContain('account.signed_in password+security_key')
})

test('of two passkeys that are removed at the same moment one stays, where two factors are required', async () => {
  const app = database.app()
  const person_id = await anAccount('berdua@contoh.example', true)
  await aKeptPasskey(person_id, 'Satu')
  await aKeptPasskey(person_id, 'Dua')
  await sql`insert into second_factor_roles (role, required_at) values ('administrator', now()) on conflict do nothing`.execute(
    app.worker,
  )
  const asking = { actor: actorOf(person_id), session_id: person_id }
  const keys = await enter(app, 'sign_in', (ctx) => listPasskeys(ctx, person_id))
  const outcomes = await Promise.allSettled(keys.map(({ id }) => removePasskey(app, asking, { id }, tell)))
  expect(
    outcomes.map((one) => (one.status === 'rejected' ? (one.reason as { key: string }).key : 'gone')).sort(),
  ).toEqual(['gone', 'passkey.last'])
  expect(await enter(app, 'sign_in', (ctx) => listPasskeys(ctx, person_id))).toHaveLength(1)
})

test('a key that was found is not two factors by being touched twice', async () => {
  const app = database.app()
  const person_id = await anAccount('kunci@contoh.example')
  const key = await aKeptPasskey(person_id, 'Kunci USB')
  await enter(app, 'sign_in', (ctx) => beginFactor(ctx, { person_id, waits_for: person_id }))
  await sql`update totp_keys set confirmed_at = now() where person_id = ${person_id}::uuid`.execute(app.worker)
  const half = await enterBy(key, { user_verified: false })
  expect(half.step).toBe('second_factor')
  const headers = headersOf(half.cookie)
  const answer = async (lies: Lies) => {
    const asked = (await askSecondPasskey(app, headers))!
    const proof = key.proof(asked.options.challenge, lies)
    return answerWithPasskey(app, { answer: proof, cookie: asked.cookie.value, visit: { ...visit, headers } })
  }
  await expect(answer({ user_verified: false })).rejects.toMatchObject(refused)
  expect((await answer({ user_verified: true })).step).toBe('signed_in')
})

test('no passkey where browsers allow none; the web’s role reads no passkey at all', async () => {
  const app = database.app()
  for (const [origin, possible] of [
    ['https://bantuan.contoh.go.id', true],
    ['http://localhost:8080', true],
    ['http://bantuan.contoh.go.id', false],
    ['https://192.0.2.1', false],
    ['http://127.0.0.1:8080', false],
    ['https://[2001:db8::1]', false],
  ] as const)
    expect(passkeysPossible({ settings: { ...app.settings, PANDU_ORIGIN: origin } }), origin).toBe(possible)
  await expect(read(app, actorOf(ani), (ctx) => sql`select 1 from passkeys`.execute(ctx.db))).rejects.toMatchObject({
    code: '42501',
  })
  expect((await sql`select 1 from passkeys`.execute(app.worker)).rows.length).toBeGreaterThan(0)
})
