/** A provider says that somebody signed out there: a real one (oidc-provider) over HTTP, and one that lies in every way that the standard names. */
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { enter, write, type StaffActor } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { openProviderLogout } from '../../edge/provider-logout.ts'
import {
  acceptInvitation,
  addProvider,
  changeProvider,
  goToProvider,
  inviteStaff,
  linkProvider,
  redirectAddress,
  returnFromProvider,
  sessionPerson,
  signIn,
  signOutByProvider,
  turnProvider,
  type Errand,
  type SessionCookie,
} from './index.ts'
import { CLIENT_ID, CLIENT_SECRET, newKeys, passProvider, signed, signOutAtProvider, startLiar, startProvider, thumbOf } from './testing-provider.ts' // prettier-ignore

const database = useDatabase()
const PASSWORD = 'jembatan biru di atas sungai'
const visit = { client: '192.0.2.8', user_agent: null, headers: new Headers() }
const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} }
const isIn = async ({ name, value }: SessionCookie) =>
  (await sessionPerson(database.app(), new Headers({ cookie: `${name}=${encodeURIComponent(value)}` }))) !== null

let administrator: StaffActor
let ani = ''
/** Pandu's own edge, as src/http.ts asks it. */
let edge: Server
let address = ''
beforeAll(async () => {
  const app = database.app()
  const account = async (email: string) => {
    const { link } = await enter(app, 'sign_in', (ctx) => inviteStaff(ctx, { email, name: 'Petugas Contoh', administrator: true })) // prettier-ignore
    const token = link.split('/').at(-1)!
    return (await enter(app, 'sign_in', (ctx) => acceptInvitation(ctx, { token, password: PASSWORD }))).person_id
  }
  const person_id = await account('admin@contoh.example')
  administrator = { kind: 'staff', person_id, name: 'Admin Contoh', language: 'id', roles: ['administrator'], desks: [], sees_all: true, signed_in_at: new Date() } // prettier-ignore
  ani = await account('ani@contoh.example')
  edge = createServer((request, response) => void openProviderLogout(app).answer(request.url ?? '', request, response))
  edge.listen(0, '127.0.0.1')
  await once(edge, 'listening')
  address = `http://127.0.0.1:${(edge.address() as AddressInfo).port}`
})
afterAll(() => edge.close())

async function aProvider(name: string, issuer: string) {
  const app = database.app()
  const { id } = await write(app, administrator, (ctx) => addProvider(ctx, { name, issuer }))
  const settings = { id, name, client_id: CLIENT_ID, secret: CLIENT_SECRET, on_own_network: true, two_factors: 'never' as const } // prettier-ignore
  await write(app, administrator, (ctx) => changeProvider(ctx, settings))
  await write(app, administrator, (ctx) => turnProvider(ctx, { id, on: true }))
  return id
}
/** There and back again. */
async function travel(provider_id: string, errand: Errand, pass: (address: string) => Promise<URL>) {
  const app = database.app()
  const { address, cookie } = await goToProvider(app, { provider_id, errand, client: visit.client })
  const { search } = await pass(address)
  return returnFromProvider(app, { provider_id, search, cookie: cookie.value, visit })
}
async function linkAndEnter(provider_id: string, pass: (address: string) => Promise<URL>): Promise<SessionCookie> {
  const app = database.app()
  const actor = { ...administrator, person_id: ani }
  const linked = await travel(provider_id, { to: 'link', person_id: ani }, pass)
  if (linked.done !== 'to_confirm') throw new Error('nothing to confirm')
  await linkProvider(app, actor, { cookie: linked.cookie.value, session_id: newId() }, () => Promise.resolve())
  return enterBy(provider_id, pass)
}
async function enterBy(provider_id: string, pass: (address: string) => Promise<URL>): Promise<SessionCookie> {
  const came = await travel(provider_id, { to: 'sign_in', next: '/desk', replaces: null }, pass)
  if (came.done !== 'entered') throw new Error('not in')
  return came.entry.cookie
}
const byPassword = async () =>
  (await signIn(database.app(), { email: 'ani@contoh.example', password: PASSWORD, client: visit.client })).cookie

test('whoever signs out at the provider is signed out here, in that session alone', async () => {
  let provider_id = newId()
  // Its own id stands in the addresses that are registered there, so it is made first and told afterwards.
  const provider = await startProvider(
    () => [redirectAddress(database.app().settings.PANDU_ORIGIN, provider_id)],
    `${address}/logout`,
  )
  try {
    await provider.stop()
    provider_id = await aProvider('Masuk Contoh', provider.issuer)
    edge.removeAllListeners('request')
    const heard: number[] = []
    edge.on('request', (request, response) => {
      response.once('finish', () => heard.push(response.statusCode))
      openProviderLogout(database.app()).answer(`/sign-in/with/${provider_id}/signed-out`, request, response)
    })
    await provider.restart()
    const [laptop, telephone] = [new Map<string, string>(), new Map<string, string>()]
    const here = await linkAndEnter(provider_id, (at) => passProvider(at, 'ani', laptop))
    const there = await enterBy(provider_id, (at) => passProvider(at, 'ani', telephone))
    const password = await byPassword()
    expect([await isIn(here), await isIn(there), await isIn(password)]).toEqual([true, true, true])
    await signOutAtProvider(provider.issuer, laptop)
    await vi.waitFor(() => expect(heard).toEqual([200]), 30_000)
    expect([await isIn(here), await isIn(there), await isIn(password)]).toEqual([false, true, true])
    const { rows } = await sql`select about from facts where kind = 'account.provider_signed_out'`.execute(
      database.app().worker,
    )
    expect(rows).toEqual([{ about: { person_id: ani, provider_id } }])
  } finally {
    await provider.stop()
  }
})

test('a logout token counts once, and only sound ones count', async () => {
  const app = database.app()
  const liar = await startLiar({ claims: () => ({ sub: 'ani-di-sana', sid: 'sesi-1' }) })
  const provider_id = await aProvider('Pembohong', liar.issuer)
  const pass = (at: string) =>
    fetch(at, { redirect: 'manual' }).then((answer) => new URL(answer.headers.get('location')!))
  try {
    let cookie = await linkAndEnter(provider_id, pass)
    const seconds = () => Math.floor(Date.now() / 1000)
    const token = (claims: object = {}, header: object = {}, key = liar.keys.privateKey) =>
      signed(
        { alg: 'RS256', typ: 'logout+jwt', kid: thumbOf(liar.keys.privateKey), ...header },
        { iss: liar.issuer, aud: CLIENT_ID, iat: seconds(), exp: seconds() + 120, jti: newId(), events: EVENTS, sub: 'ani-di-sana', ...claims }, // prettier-ignore
        key,
      )
    const say = (logout_token: string) => signOutByProvider(app, { provider_id, logout_token, client: visit.client })
    const unsound = { kind: 'invalid', key: 'provider.logout_token' }
    const lies: Record<string, string> = {
      'another issuer': token({ iss: 'https://lain.contoh.example' }),
      'for another client': token({ aud: 'aplikasi-lain' }),
      'too old': token({ iat: seconds() - 3600 }),
      'from the future': token({ iat: seconds() + 3600 }),
      'past its end': token({ exp: seconds() - 3600 }),
      'without an id': token({ jti: undefined }),
      'without its event': token({ events: {} }),
      'an event that is none': token({ events: { [Object.keys(EVENTS)[0]!]: 'ya' } }),
      'with a nonce: an id token': token({ nonce: 'x' }),
      'about nobody': token({ sub: undefined }),
      'of another kind': token({}, { typ: 'at+jwt' }),
      'signed by nothing': token({}, { alg: 'none' }),
      'signed by a secret': token({}, { alg: 'HS256' }),
      'signed by a stranger': token({}, {}, newKeys().privateKey),
      'no token at all': 'x.y.z',
      nothing: '',
    }
    for (const [name, lie] of Object.entries(lies)) await expect(say(lie), name).rejects.toMatchObject(unsound)
    expect(await isIn(cookie)).toBe(true)
    // However many name a key that is not known: the keys are asked for twice, at first and once more.
    expect(liar.asked.filter((path) => path === '/jwks').length).toBeLessThanOrEqual(4)

    // Another session there, and somebody who never was here: sound, and nothing ends.
    expect(await say(token({ sid: 'sesi-2' }))).toBe(0)
    expect(await say(token({ sub: 'orang-lain' }))).toBe(0)
    expect(await isIn(cookie)).toBe(true)
    const good = token({ sid: 'sesi-1', sub: undefined })
    expect(await say(good)).toBe(1)
    expect(await isIn(cookie)).toBe(false)
    cookie = await enterBy(provider_id, pass)
    await expect(say(good)).rejects.toMatchObject(unsound)
    expect(await isIn(cookie)).toBe(true)
    // Without a session's name: all of theirs by this provider, and no other.
    const password = await byPassword()
    expect(await say(token())).toBe(1)
    expect([await isIn(cookie), await isIn(password)]).toEqual([false, true])
  } finally {
    await liar.stop()
  }
})

test('at its address: only a form with one token, by POST; what is not believed is 400', async () => {
  edge.removeAllListeners('request')
  edge.on(
    'request',
    (request, response) => void openProviderLogout(database.app()).answer(request.url ?? '', request, response),
  )
  const at = `${address}/sign-in/with/${newId()}/signed-out`
  const post = (body: string, type = 'application/x-www-form-urlencoded') =>
    fetch(at, { method: 'POST', body, headers: { 'content-type': type } }).then(({ status }) => status)
  expect((await fetch(at)).status).toBe(405)
  expect(await post('{"logout_token":"x"}', 'application/json')).toBe(400)
  expect(await post('logout_token=x&logout_token=y')).toBe(400)
  expect(await post(`logout_token=${'x'.repeat(40_000)}`)).toBe(400)
  expect(await post('logout_token=x')).toBe(404)
})
