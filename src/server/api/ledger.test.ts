import { expect, test } from 'vitest'
import { aMail, takeIn } from '../intake/testing.ts'
import { createToken, disableAccount, revokeToken, setAdministrator } from '../people/index.ts'
import { aPerson, anOrganisation } from '../people/testing.ts'
import { sql } from 'kysely'
import { system, write } from '../platform/context.ts'
import { Desk, IntakeItem, IntakeSummary, Organisation, OutboxMessage, pageSchema, Region, Topic } from './shapes.ts'
import { useApi, type Json } from './testing.ts'

const { app, ask, cliToken, anAgent } = useApi()

/** Every item of a list, two at a time. */
async function allOf(path: string, token?: string): Promise<Json[]> {
  const items: Json[] = []
  const join = path.includes('?') ? '&' : '?'
  for (let next = ''; ;) {
    const page = await ask(`${path}${join}limit=200${next}`, token ? { token } : {})
    expect(page.status).toBe(200)
    items.push(...page.items)
    if (page.body['next'] === null) return items
    next = `&cursor=${encodeURIComponent(String(page.body['next']))}`
  }
}

test('the ledger: every mail with its outcome, newest first; the sums add up and agree with it', async () => {
  const token = await cliToken(['intake:read', 'outbox:read'])
  const long = 'kata '.repeat(300)
  await takeIn(
    app(),
    { text: long, message_id: 'satu@contoh.id' },
    { text: 'Dua' },
    { text: long, message_id: 'satu@contoh.id' },
  )
  const page = pageSchema(IntakeItem).parse((await ask('/api/v1/intake', { token })).body)
  expect(page.items.map((item) => item.outcome)).toEqual(['duplicate', 'ticket', 'ticket'])
  const [duplicate, , first] = page.items
  expect(duplicate!.duplicate_of).toBe(first!.id)
  expect(Object.keys(first!)).toEqual([
    'id',
    'channel',
    'received_at',
    'outcome',
    'reason',
    'settled_at',
    'ticket',
    'duplicate_of',
    'possible_ticket',
    'message_id',
    'sender',
    'recipients',
    'subject',
    'text',
    'attachments',
    'size',
    'sha256',
  ])
  expect(first!.text).toHaveLength(500)
  const whole = IntakeItem.parse((await ask(`/api/v1/intake/${first!.id}`, { token })).body)
  expect(whole.text).toBe(long.trim())

  const sums = IntakeSummary.parse((await ask('/api/v1/intake/summary', { token })).body)
  const { received, by_channel, ...others } = sums
  expect(received).toBe(3)
  expect(Object.values(others).reduce((sum, count) => sum + count)).toBe(received)
  expect(sums).toMatchObject({ ticket: 2, duplicate: 1, waiting: 0 })
  expect(by_channel).toEqual({ email: { received, ...others } })
  expect((await allOf('/api/v1/intake?outcome=duplicate', token)).length).toBe(1)
  expect((await allOf('/api/v1/intake?outcome=waiting', token)).length).toBe(0)

  const raw = await fetchBytes(`/api/v1/intake/${first!.id}/raw`, token)
  expect(raw.equals(aMail({ text: long, message_id: 'satu@contoh.id' }).raw)).toBe(true)
})

async function fetchBytes(path: string, token: string): Promise<Buffer> {
  const { text } = await ask(path, { token })
  return Buffer.from(text)
}

test('a large item comes back byte for byte from its blob', async () => {
  const token = await cliToken()
  const requester = { name: 'Sari Contoh' }
  const body = JSON.stringify({ text: 'x', requester }).padEnd(900_000, ' ')
  expect((await ask('/api/v1/tickets', { token, body })).status).toBe(201)
  const [item] = (await ask('/api/v1/intake?limit=1', { token })).items
  const raw = await ask(`/api/v1/intake/${String(item?.['id'])}/raw`, { token })
  expect(raw.text === body).toBe(true)
  expect(raw.headers.get('content-length')).toBe('900000')
})

test('the outbox has the shape of the contract', async () => {
  const { token, staff } = await anAgent({}, 'all')
  const opened = await ask('/api/v1/tickets', { token, body: { text: 'x', requester: { email: 'sari@contoh.id' } } })
  await ask(`/api/v1/tickets/${String(opened.body['number'])}/messages`, { token, body: { text: 'Ya?' } })
  const page = pageSchema(OutboxMessage).parse((await ask('/api/v1/outbox?state=waiting', { token })).body)
  expect(page.items[0]).toMatchObject({
    channel: 'email',
    kind: 'reply',
    recipient: 'sari@contoh.id',
    attempts: 0,
    sent_at: null,
  })
  expect(Object.keys(page.items[0]!)).toEqual([
    'id',
    'channel',
    'kind',
    'recipient',
    'subject',
    'ticket',
    'state',
    'attempts',
    'next_attempt_at',
    'last_error',
    'created_at',
    'sent_at',
  ])
  expect(staff.sees_all).toBe(false)
  expect((await ask('/api/v1/outbox?state=sent', { token })).items).toEqual([])
})

test('desks, organisations, regions and topics are read without a token, page by page', async () => {
  await write(app(), system, async (ctx) => {
    for (let i = 0; i < 3; i++) await anOrganisation(ctx, { name: `Dinas 100% Contoh ${i}` })
  })
  pageSchema(Desk).parse((await ask('/api/v1/desks')).body)
  const organisations = await allOf('/api/v1/organisations?query=100%25%20contoh')
  expect(organisations.map((row) => row['name'])).toEqual([2, 1, 0].map((i) => `Dinas 100% Contoh ${i}`))
  for (const row of organisations) Organisation.parse(row)
  const first = await ask('/api/v1/organisations?limit=2')
  const second = await ask(`/api/v1/organisations?limit=2&cursor=${String(first.body['next'])}`)
  expect([...first.items, ...second.items]).toEqual(organisations)

  const regions = await allOf('/api/v1/regions')
  for (const row of regions) Region.parse(row)
  expect(regions).toHaveLength(38 + 514)
  expect(new Set(regions.map((row) => row['code'])).size).toBe(552)
  expect((await allOf('/api/v1/regions?level=province')).length).toBe(38)
  expect((await allOf('/api/v1/regions?province=63')).every((row) => String(row['parent']) === '63')).toBe(true)
  const topics = await allOf('/api/v1/topics')
  for (const row of topics) Topic.parse(row)
  expect(topics.length).toBeGreaterThan(5)
  for (const path of ['desks', 'organisations', 'topics'])
    expect((await ask(`/api/v1/${path}?cursor=x`)).paths).toEqual(['cursor'])
  expect((await ask('/api/v1/regions?province=x')).paths).toEqual(['province'])
})

test('a token ends: revoked, expired, its account disabled; its use is noted', async () => {
  const asSystem: <T>(work: Parameters<typeof write<T>>[2]) => Promise<T> = (work) => write(app(), system, work)
  const status = async (token: string) => (await ask('/api/v1/tickets', { token })).status
  const { id, token } = await asSystem((ctx) => createToken(ctx, { scopes: ['tickets:read'] }))
  const row = () => app().worker.selectFrom('api_tokens').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  expect((await row()).last_used_at).toBeNull()
  expect(JSON.stringify(await row())).not.toContain(token.slice(6))
  expect(await status(token)).toBe(200)
  expect((await row()).last_used_at).toBeInstanceOf(Date)
  await asSystem((ctx) => revokeToken(ctx, { id }))
  expect(await status(token)).toBe(401)
  await asSystem((ctx) => revokeToken(ctx, { id }))
  await expect(asSystem((ctx) => revokeToken(ctx, { id: 'x' }))).rejects.toMatchObject({ kind: 'not_found' })

  const old = await asSystem((ctx) => createToken(ctx, { scopes: ['tickets:read'], days: 1 }))
  await sql`update api_tokens set expires_at = now() where id = ${old.id}::uuid`.execute(app().worker)
  expect(await status(old.token)).toBe(401)

  const agent = await anAgent()
  expect(await status(agent.token)).toBe(200)
  await asSystem((ctx) => disableAccount(ctx, { person_id: agent.staff.person_id }))
  expect(await status(agent.token)).toBe(401)
})

test('tokens are made by administrators and the command line only, and for accounts that there are', async () => {
  const { staff, email } = await anAgent()
  await expect(write(app(), staff, (ctx) => createToken(ctx, {}))).rejects.toMatchObject({ kind: 'forbidden' })
  const stranger = await write(app(), system, (ctx) => aPerson(ctx))
  await expect(write(app(), system, (ctx) => createToken(ctx, { account: stranger.email! }))).rejects.toMatchObject({
    kind: 'not_found',
  })
  // Before anybody is an administrator the command line makes them for its own account, and that account never becomes one.
  const made = await write(app(), system, (ctx) => createToken(ctx, { scopes: 'all' }))
  expect(made).toMatchObject({ account: 'cli' })
  expect(made.scopes).toHaveLength(10)
  expect(made.token).toMatch(/^pandu_[a-z2-7]{32}$/)
  expect(await app().worker.selectFrom('roles').selectAll().execute()).toEqual([])
  const reading = await write(app(), system, (ctx) => createToken(ctx, { account: email.toUpperCase() }))
  expect(reading.scopes.every((scope) => scope.endsWith(':read'))).toBe(true)
  await write(app(), system, (ctx) => setAdministrator(ctx, { person_id: staff.person_id, on: true }))
  expect((await ask('/api/v1/tickets', { token: reading.token })).status).toBe(200)
})
