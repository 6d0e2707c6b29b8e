import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { system, write, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { drainJobs } from '../referrals/testing.ts'
import { aProvider, aRequest, type TestProvider } from '../referrals/testing.ts'
import { createToken } from '../people/index.ts'
import { Referral } from './shapes.ts'
import { useApi } from './testing.ts'

const { app, ask, cliToken } = useApi()
const asSystem: <T>(work: (ctx: Writing) => Promise<T>) => Promise<T> = (work) => write(app(), system, work)

/** Whoever works for a provider, with a token of their own. */
const tokenOf = ({ staff }: TestProvider) =>
  asSystem(async (ctx) => {
    await ctx.tx.insertInto('accounts').values({ person_id: staff.person_id, auth_user_id: newId() }).execute()
    const { address } = await ctx.db
      .selectFrom('contact_points')
      .select('address')
      .where('person_id', '=', staff.person_id)
      .executeTakeFirstOrThrow()
    return (await createToken(ctx, { account: address, scopes: ['referrals:read', 'referrals:write', 'tickets:read'] }))
      .token
  })

test('a referral from the first question to the resolution, with the fields of the contract', async () => {
  const token = await cliToken()
  const setting = await asSystem(async (ctx) => ({
    one: await aProvider(ctx, { name: 'Komunitas Contoh Satu' }),
    two: await aProvider(ctx, { kind: 'partner', name: 'Komunitas Contoh Dua' }),
    ...(await aRequest(ctx)),
  }))
  const { one, two, ticket } = setting
  const here = `/api/v1/tickets/${ticket.number}/referrals`
  const opened = await ask(here, { token, method: 'POST', key: 'rujuk-1' })
  expect(opened.status).toBe(201)
  const referral = Referral.parse(opened.body)
  expect(opened.headers.get('location')).toBe(`/api/v1/referrals/${referral.id}`)
  expect(referral).toMatchObject({
    state: 'offered',
    ticket: { id: ticket.id, number: ticket.number },
    holder: { desk: { id: ticket.desk.id } },
    decision: { policy: '1', chosen: one.organisation_id },
  })
  const [first, second] = referral.decision!.candidates
  expect(first).toMatchObject({
    organisation: { id: one.organisation_id, name: 'Komunitas Contoh Satu' },
    eligible: true,
    position: 1,
  })
  expect(second).toMatchObject({ organisation: { id: two.organisation_id }, position: 2 })
  expect(referral.decision!.candidates.every(({ sentence, rules }) => sentence.length > 5 && rules.length === 8)).toBe(
    true,
  )
  const again = await ask(here, { token, method: 'POST', key: 'rujuk-1' })
  expect([again.status, again.headers.get('idempotent-replayed'), again.text]).toEqual([201, 'true', opened.text])
  expect((await ask(here, { token, body: {} })).status).toBe(409)

  // That a resolution is still to be filled in is nothing that a program says.
  const unfinished = { problem: 'Mati.', steps: 'Nyalakan.', to_complete: true }
  expect((await ask(`/api/v1/tickets/${ticket.number}/resolution`, { token, body: unfinished })).status).toBe(422)

  // Before acceptance whoever was asked reads their own offer, and nothing of the ticket; nobody else reads anything.
  const [asked, other] = [await tokenOf(one), await tokenOf(two)]
  const at = `/api/v1/referrals/${referral.id}`
  const mine = await ask(at, { token: asked })
  expect(Referral.parse(mine.body)).toMatchObject({
    ticket: null,
    holder: null,
    decision: null,
    offers: [{ state: 'open' }],
  })
  expect((await ask(at, { token: other })).status).toBe(404)
  expect((await ask(`${at}/accept`, { token: other, method: 'POST' })).status).toBe(404)
  expect((await ask(`${at}/accept`, { token, method: 'POST' })).status).toBe(403)
  expect((await ask(`/api/v1/tickets/${ticket.number}`, { token: asked })).status).toBe(404)

  const declined = await ask(`${at}/decline`, { token: asked, body: { reason: 'capacity' } })
  expect([declined.status, declined.body['ticket']]).toEqual([200, null])
  await drainJobs(app())
  const accepted = await ask(`${at}/accept`, { token: other, method: 'POST' })
  expect(accepted.status).toBe(200)
  expect(Referral.parse(accepted.body)).toMatchObject({
    state: 'accepted',
    holder: { desk: { id: two.desk.id } },
    decision: null,
  })
  expect((await ask(`${at}/accept`, { token: other, method: 'POST' })).status).toBe(409)
  expect((await ask(`${at}/decline`, { token: asked, body: {} })).status).toBe(409)
  const faulty = await ask(`${at}/complete`, { token: other, body: { problem: 'x' } })
  expect([faulty.status, faulty.paths]).toEqual([422, ['steps']])
  const done = await ask(`${at}/complete`, { token: other, body: { problem: 'Pencetak', steps: 'Dipasang ulang.' } })
  expect(done.status).toBe(200)
  await drainJobs(app())
  expect((await ask(at, { token })).body).toMatchObject({
    state: 'answered',
    offers: [{ state: 'declined', reason: 'capacity' }, { state: 'accepted' }],
  })
  const list = await ask(here, { token })
  expect(list.items.map((row) => row['id'])).toEqual([referral.id])
})

test('nobody can take it: unmet is 201, too; what is not known is asked, and the refusal says so while the question stays', async () => {
  const token = await cliToken()
  const { ticket, unknown } = await asSystem(async (ctx) => ({
    ticket: (await aRequest(ctx, { region_code: '94.01' })).ticket,
    unknown: (await aRequest(ctx, { region_code: null })).ticket,
  }))
  const opened = await ask(`/api/v1/tickets/${ticket.number}/referrals`, { token, method: 'POST' })
  expect([opened.status, Referral.parse(opened.body)]).toMatchObject([
    201,
    { state: 'unmet', offers: [], decision: { chosen: null } },
  ])
  const refused = await ask(`/api/v1/tickets/${unknown.number}/referrals`, { token, method: 'POST' })
  expect([refused.status, refused.body['type']]).toEqual([409, expect.stringContaining('referral')])
  const { rows } = await sql<{
    asks: string
  }>`select asks from referral_questions where ticket_id = ${unknown.id}::uuid`.execute(app().worker)
  expect(rows).toEqual([{ asks: 'region' }])
})

test('the order of checks: 401, 403, 404, 422', async () => {
  const { ticket } = await asSystem((ctx) => aRequest(ctx))
  const here = `/api/v1/tickets/${ticket.number}/referrals`
  expect((await ask(here, { method: 'POST' })).status).toBe(401)
  expect((await ask(here, { token: await cliToken(['referrals:read']), method: 'POST' })).status).toBe(403)
  const token = await cliToken(['referrals:write', 'referrals:read'])
  expect((await ask('/api/v1/tickets/999999/referrals', { token, body: { wrong: 1 } })).status).toBe(404)
  expect((await ask(`/api/v1/referrals/${newId()}/accept`, { token, method: 'POST' })).status).toBe(404)
  expect((await ask('/api/v1/referrals/x', { token })).status).toBe(404)
  const organisation = await ask(here, { token, body: { organisation: newId() } })
  expect([organisation.status, organisation.paths]).toEqual([422, ['reason']])
})
