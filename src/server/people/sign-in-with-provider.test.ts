import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { enter, read, write, type StaffActor } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import {
  acceptByProvider,
  acceptInvitation,
  addProvider,
  changeProvider,
  goToProvider,
  inviteStaff,
  linkProvider,
  listProviderLinks,
  listProviders,
  redirectAddress,
  removeProvider,
  returnFromProvider,
  sessionPerson,
  tryProvider,
  turnProvider,
  unlinkProvider,
  type Errand,
  type SessionCookie,
  type Visit,
} from './index.ts'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  newKeys,
  passProvider,
  startLiar,
  startProvider,
  type TestProvider,
} from './testing-provider.ts'

const database = useDatabase()
const PASSWORD = 'jembatan biru di atas sungai'
const visit: Visit = { client: '192.0.2.9', user_agent: null, headers: new Headers() }
const toDesk: Errand = { to: 'sign_in', next: '/desk', replaces: null }
const told: string[] = []
const tell = (_: unknown, changed: { what: string; name: string }) =>
  Promise.resolve(told.push(`${changed.what} ${changed.name}`))

let provider: TestProvider
let provider_id = ''
let ani = ''
let administrator: StaffActor

const actorOf = (person_id: string, roles: StaffActor['roles'] = []): StaffActor => ({
  kind: 'staff',
  person_id,
  name: 'Petugas Contoh',
  language: 'id',
  roles,
  desks: [],
  sees_all: false,
  signed_in_at: new Date(),
})
const headersOf = ({ name, value }: SessionCookie) => new Headers({ cookie: `${name}=${encodeURIComponent(value)}` })

async function anAccount(email: string, is_administrator = false) {
  const app = database.app()
  const { link } = await enter(app, 'sign_in', (ctx) =>
    inviteStaff(ctx, { email, name: 'Petugas Contoh', administrator: is_administrator }),
  )
  return (
    await enter(app, 'sign_in', (ctx) => acceptInvitation(ctx, { token: link.split('/').at(-1)!, password: PASSWORD }))
  ).person_id
}
async function aProvider(name: string, issuer: string, more: Partial<Parameters<typeof changeProvider>[1]> = {}) {
  const app = database.app()
  const { id } = await write(app, administrator, (ctx) => addProvider(ctx, { name, issuer }))
  const settings = {
    id,
    name,
    client_id: CLIENT_ID,
    secret: CLIENT_SECRET,
    on_own_network: true,
    two_factors: 'never' as const,
    ...more,
  }
  await write(app, administrator, (ctx) => changeProvider(ctx, settings))
  await write(app, administrator, (ctx) => turnProvider(ctx, { id, on: true }))
  return id
}
const go = (errand: Errand = toDesk, id = provider_id) =>
  goToProvider(database.app(), { provider_id: id, errand, client: visit.client })
const back = (at: URL, cookie: string | undefined, id = provider_id) =>
  returnFromProvider(database.app(), { provider_id: id, search: at.search, cookie, visit })
/** There and back again, as somebody at the provider. */
async function travel(name: string, errand: Errand = toDesk, id = provider_id) {
  const { address, cookie } = await go(errand, id)
  return back(await passProvider(address, name), cookie.value, id)
}
const factsOf = async (person_id: string | null) => {
  const { rows } = await sql<{ kind: string; about: { method?: string } }>`select kind, about from facts
    where about->>'person_id' is not distinct from ${person_id} order by at, id`.execute(database.app().worker)
  return rows.map(({ kind, about }) => (about.method ? `${kind} ${about.method}` : kind))
}
async function link(person_id: string, name: string) {
  const returned = await travel(name, { to: 'link', person_id })
  if (returned.done !== 'to_confirm') throw new Error('nothing to confirm')
  const session_id = '00000000-0000-7000-8000-000000000000'
  return linkProvider(database.app(), actorOf(person_id), { cookie: returned.cookie.value, session_id }, tell)
}

beforeAll(async () => {
  administrator = actorOf(await anAccount('admin@contoh.example', true), ['administrator'])
  ani = await anAccount('ani@contoh.example')
  provider = await startProvider(() => [redirectAddress(database.app().settings.PANDU_ORIGIN, provider_id)])
  await provider.stop()
  provider_id = await aProvider('Masuk Contoh', provider.issuer)
  await provider.restart()
})
afterAll(() => provider.stop())

test('whoever linked their account signs in by it; nobody else does, whatever address the provider vouches for', async () => {
  // The provider says that this is ani@korban.contoh.test, verified; there is such an account here.
  const victim = await anAccount('korban@korban.contoh.test')
  await expect(travel('korban')).rejects.toMatchObject({ kind: 'forbidden', key: 'provider.unknown' })
  expect(await factsOf(victim)).not.toContain('account.signed_in provider')
  expect(await factsOf(null)).toContain('account.sign_in_refused provider')

  await link(ani, 'ani')
  expect(told).toContain('provider_linked Masuk Contoh')
  const returned = await travel('ani')
  if (returned.done !== 'entered') throw new Error('not in')
  expect(returned.entry.step).toBe('signed_in')
  expect(returned.next).toBe('/desk')
  const session = (await sessionPerson(database.app(), headersOf(returned.entry.cookie)))!
  expect(session).toMatchObject({ person_id: ani })
  // Perhaps on a session that stood open at the provider: nothing that a stranger at their screen could not have done.
  expect(session.signed_in_at.getTime()).toBe(0)
  const once_more: Errand = { ...toDesk, to: 'sign_in', replaces: session.session_id, next: '/desk' }
  const proved = await travel('ani', once_more)
  if (proved.done !== 'entered') throw new Error('not in')
  const renewed = (await sessionPerson(database.app(), headersOf(proved.entry.cookie)))!
  expect(renewed.signed_in_at.getTime()).toBeGreaterThan(Date.now() - 60_000)
  // The stranger takes out of the address what asks the provider to ask.
  const { address, cookie } = await go(once_more)
  const shortened = new URL(address)
  for (const name of ['prompt', 'max_age']) shortened.searchParams.delete(name)
  await expect(back(await passProvider(shortened.href, 'ani'), cookie.value)).rejects.toMatchObject({
    kind: 'unauthenticated',
    key: 'provider.not_afresh',
  })
  expect(await factsOf(ani)).toEqual(expect.arrayContaining(['account.provider_linked', 'account.signed_in provider']))
  expect(await enter(database.app(), 'sign_in', (ctx) => listProviderLinks(ctx, ani))).toMatchObject([
    { provider: 'Masuk Contoh', label: 'ani@korban.contoh.test', is_on: true },
  ])
  // Neither somebody else's account with it, nor a second one of theirs.
  await expect(link(victim, 'ani')).rejects.toMatchObject({ key: 'provider.linked' })
  await expect(link(ani, 'budi')).rejects.toMatchObject({ key: 'provider.linked' })
})

test('the way back is open once, in the browser that went, to the provider it went to', async () => {
  const { address, cookie } = await go()
  const asked = new URL(address).searchParams
  expect(Object.fromEntries(asked)).toMatchObject({
    redirect_uri: redirectAddress(database.app().settings.PANDU_ORIGIN, provider_id),
    response_type: 'code',
    code_challenge_method: 'S256',
  })
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'lax', path: '/' })
  expect(Buffer.from(cookie.value, 'base64url').toString('latin1')).not.toContain(asked.get('state')!)
  const at = await passProvider(address, 'ani')
  const lost = { kind: 'unauthenticated', key: 'provider.lost' }
  // A stolen code in another browser; another browser's own way; another provider's.
  await expect(back(at, undefined)).rejects.toMatchObject(lost)
  await expect(back(at, (await go()).cookie.value)).rejects.toMatchObject({ key: 'provider.token' })
  const other = await startLiar({ claims: () => ({}) })
  const other_id = await aProvider('Lain', other.issuer)
  await expect(back(at, cookie.value, other_id)).rejects.toMatchObject(lost)
  // That was an answer to it: it counts once, right or wrong.
  await expect(back(at, cookie.value)).rejects.toMatchObject(lost)
  await other.stop()

  const fresh = await go()
  const there = await passProvider(fresh.address, 'ani')
  const changed = new URL(there)
  changed.searchParams.set('iss', 'https://penyedia-lain.contoh.test')
  await expect(back(changed, fresh.cookie.value)).rejects.toMatchObject({ key: 'provider.token' })

  const again = await go()
  const home = await passProvider(again.address, 'ani')
  expect((await back(home, again.cookie.value)).done).toBe('entered')
  await expect(back(home, again.cookie.value)).rejects.toMatchObject(lost)
  // The same code with a way of its own, as somebody who saw it in a log would try: the provider has used it up.
  const thief = await go()
  const stolen = new URL(home)
  stolen.searchParams.set('state', new URL(thief.address).searchParams.get('state')!)
  await expect(back(stolen, thief.cookie.value)).rejects.toMatchObject(lost)
})

test('no word is believed that does not pass every check', async () => {
  const script: Parameters<typeof startLiar>[0] = { claims: () => ({}) }
  const liar = await startLiar(script)
  const id = await aProvider('Pembohong', liar.issuer, { two_factors: 'said', two_factors_acr: 'dua' })
  const tryOnce = () => travel('siapa saja', toDesk, id)
  const seconds = Math.floor(Date.now() / 1000)
  const lies: Record<string, unknown>[] = [
    { iss: 'https://penyedia-lain.contoh.test' },
    { iss: provider.issuer, sub: 'ani' },
    { aud: 'orang-lain' },
    { nonce: undefined },
    { nonce: 'lain' },
    { exp: seconds - 3600 },
    { sub: undefined },
    { sub: '' },
  ]
  for (const lie of lies) {
    script.claims = () => lie
    await expect(tryOnce(), JSON.stringify(lie)).rejects.toMatchObject({ key: 'provider.token' })
  }
  script.claims = () => ({})
  script.header = { alg: 'none' }
  await expect(tryOnce()).rejects.toMatchObject({ key: 'provider.token' })
  script.header = { alg: 'HS256' }
  await expect(tryOnce()).rejects.toMatchObject({ key: 'provider.token' })
  script.header = {}
  script.signedBy = newKeys().privateKey
  await expect(tryOnce()).rejects.toMatchObject({ key: 'provider.token' })
  delete script.signedBy
  // The truth, of somebody unknown.
  await expect(tryOnce()).rejects.toMatchObject({ key: 'provider.unknown' })

  // Its word counts as two factors where its settings say so and its token does.
  const citra = await anAccount('citra@contoh.example')
  await sql`insert into provider_links (id, issuer, subject, person_id, label)
    values (gen_random_uuid(), ${liar.issuer}, 'pembohong', ${citra}::uuid, 'x')`.execute(database.app().worker)
  for (const claims of [{ amr: ['pwd'] }, { amr: ['pwd', 'mfa'] }, { acr: 'dua' }, { acr: 'satu' }]) {
    script.claims = () => claims
    await tryOnce()
  }
  expect((await factsOf(citra)).filter((one) => one.startsWith('account.signed_in'))).toEqual([
    'account.signed_in provider',
    'account.signed_in provider+provider_factor',
    'account.signed_in provider+provider_factor',
    'account.signed_in provider',
  ])
  await liar.stop()
})

test('new keys are believed, asked for once a minute at most; a provider that is away says so, and sessions go on', async () => {
  const returned = await travel('ani')
  if (returned.done !== 'entered') throw new Error('not in')
  const { address, cookie } = await go()
  const half_way = await passProvider(address, 'ani')
  await provider.stop()
  await expect(back(half_way, cookie.value)).rejects.toMatchObject({ kind: 'unavailable', key: 'provider.away' })
  expect(await sessionPerson(database.app(), headersOf(returned.entry.cookie))).toMatchObject({ person_id: ani })

  await provider.restart()
  // Its keys are a moment old for us, so it is not asked again at once: nobody makes us ask it by forged tokens.
  await expect(travel('ani')).rejects.toMatchObject({ key: 'provider.token' })
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 })
  try {
    expect((await travel('ani')).done).toBe('entered')
  } finally {
    vi.useRealTimers()
  }
})

test('an invitation is accepted by a provider, once its owner has said that the account is theirs', async () => {
  const app = database.app()
  const { link: invitation, person_id } = await enter(app, 'sign_in', (ctx) =>
    inviteStaff(ctx, { email: 'dewi@contoh.example', name: 'Dewi Contoh' }),
  )
  const token = invitation.split('/').at(-1)!
  const returned = await travel('dewi', { to: 'accept', token })
  if (returned.done !== 'to_confirm') throw new Error('nothing to confirm')
  await expect(acceptByProvider(app, { cookie: undefined, visit })).rejects.toMatchObject({ key: 'provider.lost' })
  // What was fetched for a link is worth nothing here, and the other way round.
  const cookie = returned.cookie.value
  await expect(linkProvider(app, actorOf(ani), { cookie, session_id: ani }, tell)).rejects.toMatchObject({
    key: 'provider.lost',
  })
  const entry = await acceptByProvider(app, { cookie, visit })
  expect(await sessionPerson(app, headersOf(entry.cookie))).toMatchObject({ person_id })
  expect((await travel('dewi')).done).toBe('entered')
  await expect(acceptByProvider(app, { cookie, visit })).rejects.toMatchObject({ key: 'provider.lost' })
})

test('linking needs a recent sign-in; a link that was taken away opens nothing', async () => {
  const app = database.app()
  const stale = { ...actorOf(ani), signed_in_at: new Date(Date.now() - 3600_000) }
  const [own] = await enter(app, 'sign_in', (ctx) => listProviderLinks(ctx, ani))
  const input = { id: own!.id, session_id: ani }
  await expect(unlinkProvider(app, stale, input, tell)).rejects.toMatchObject({ key: 'sign_in_again' })
  await expect(unlinkProvider(app, administrator, input, tell)).rejects.toMatchObject({ key: 'provider.link' })
  await unlinkProvider(app, actorOf(ani), input, tell)
  await expect(travel('ani')).rejects.toMatchObject({ key: 'provider.unknown' })
  expect(await factsOf(ani)).toContain('account.provider_unlinked')
})

test('only an administrator who signed in recently changes providers; the secret is kept sealed and shown to nobody', async () => {
  const app = database.app()
  const others: StaffActor[] = [actorOf(ani), { ...administrator, signed_in_at: new Date(0) }]
  for (const actor of others) {
    await expect(
      write(app, actor, (ctx) => addProvider(ctx, { name: 'X', issuer: 'https://x.contoh.test' })),
    ).rejects.toThrow()
    await expect(write(app, actor, (ctx) => removeProvider(ctx, { id: provider_id }))).rejects.toThrow()
  }
  // The second wall: whoever forgets to ask still changes nothing.
  await write(app, actorOf(ani), (ctx) =>
    sql`update sign_in_providers set issuer = 'https://jahat.contoh.test'`.execute(ctx.tx),
  )
  const [row] = (await read(app, administrator, listProviders)).filter(({ id }) => id === provider_id)
  expect(row).toMatchObject({ issuer: provider.issuer, secret_set_at: expect.any(Date) })
  expect(JSON.stringify(row)).not.toContain(CLIENT_SECRET)
  await expect(
    write(app, administrator, (ctx) => sql`select sealed_secret from sign_in_providers`.execute(ctx.tx)),
  ).rejects.toMatchObject({ code: '42501' })
  const { rows } = await sql<{ text: string }>`select p::text as text from sign_in_providers p`.execute(app.worker)
  expect(rows.map(({ text }) => text).join()).not.toContain(CLIENT_SECRET)
  for (const issuer of [
    'http://penyedia.contoh.test',
    'https://a:b@x.test',
    'https://x.test/.well-known/openid-configuration',
    'ftp://x',
    'x',
  ])
    await expect(write(app, administrator, (ctx) => addProvider(ctx, { name: 'X', issuer }))).rejects.toMatchObject({
      kind: 'invalid',
    })
})

test('“try it” says what is wrong', async () => {
  const app = database.app()
  const tried = async (more: Partial<Parameters<typeof changeProvider>[1]>) => {
    const settings = {
      id: provider_id,
      name: 'Masuk Contoh',
      client_id: CLIENT_ID,
      on_own_network: true,
      two_factors: 'never' as const,
      ...more,
    }
    await write(app, administrator, (ctx) => changeProvider(ctx, settings))
    return (await tryProvider(app, administrator, { id: provider_id })).fault
  }
  expect(await tried({})).toBeNull()
  expect(await tried({ secret: 'salah' })).toBe('client')
  expect(await tried({ secret: CLIENT_SECRET, client_id: 'salah' })).toBe('client')
  expect(await tried({ on_own_network: false })).toBe('address')
  expect(await tried({})).toBeNull()
  await provider.stop()
  expect(await tried({})).toBe('away')
  await provider.restart()
  await expect(tryProvider(app, actorOf(ani), { id: provider_id })).rejects.toMatchObject({ kind: 'forbidden' })
})
