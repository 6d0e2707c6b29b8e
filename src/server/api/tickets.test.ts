import { describe, expect, test } from 'vitest'
import { system, write } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { blockSender } from '../channels/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { anOrganisation } from '../people/testing.ts'
import { aTicket } from '../tickets/testing.ts'
import { Message, pageSchema, Ticket } from './shapes.ts'
import { useApi } from './testing.ts'

const { app, ask, cliToken, anAgent } = useApi()

const asSystem: <T>(work: Parameters<typeof write<T>>[2]) => Promise<T> = (work) => write(app(), system, work)
const aRequest = (text = 'Pencetak mati.') => ({ text, requester: { name: 'Sari Contoh' } })
const facts = async (ticket_id: string) =>
  (
    await app()
      .worker.selectFrom('facts')
      .select(['kind', 'actor_kind'])
      .where('ticket_id', '=', ticket_id)
      .orderBy('id')
      .execute()
  ).map((fact) => `${fact.actor_kind} ${fact.kind}`)

describe('POST /api/v1/tickets', () => {
  test('gives the ticket of the contract, with exactly its fields, and says where it stands', async () => {
    const organisation = await asSystem((ctx) => anOrganisation(ctx))
    const answer = await ask('/api/v1/tickets', {
      token: await cliToken(['tickets:write']),
      body: {
        text: 'Pencetak kami tidak mau mencetak.',
        subject: 'Pencetak',
        requester: { name: 'Sari Contoh', email: 'sari@dinkes.contoh.go.id' },
        region: '63.07',
        topic: 'perkantoran',
        kind: 'free_help',
        organisation: organisation.id,
        language: 'en',
      },
    })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('content-type')).toBe('application/json')
    const ticket = Ticket.parse(answer.body)
    expect(Object.keys(answer.body)).toEqual([
      'id',
      'number',
      'subject',
      'state',
      'channel',
      'urgency',
      'kind',
      'region',
      'topic',
      'requester',
      'holder',
      'created_at',
      'waiting_since',
    ])
    expect(ticket).toMatchObject({
      subject: 'Pencetak',
      state: 'new',
      channel: 'api',
      urgency: 'normal',
      kind: 'free_help',
      region: '63.07',
      topic: 'perkantoran',
      requester: { name: 'Sari Contoh' },
      holder: { agent: null },
    })
    expect(ticket.waiting_since).toBe(ticket.created_at)
    expect(answer.headers.get('location')).toBe(`/api/v1/tickets/${ticket.number}`)
    const stored = await app()
      .worker.selectFrom('tickets')
      .selectAll()
      .where('id', '=', ticket.id)
      .executeTakeFirstOrThrow()
    expect(stored).toMatchObject({ organisation_id: organisation.id, language: 'en' })
    // The journal names who did it, and what follows from a request by mail or form follows here too.
    expect(await facts(ticket.id)).toEqual(['staff ticket.opened'])
    const read = await ask(`/api/v1/tickets/${ticket.number}`, { token: await cliToken(['tickets:read']) })
    expect(read.text).toBe(answer.text)
  })
  test('what is not known is null, and written out', async () => {
    const { text } = await ask('/api/v1/tickets', { token: await cliToken(), body: aRequest() })
    expect(text).toContain('"region":null,"topic":null')
    expect(text).toContain('"agent":null')
  })
  test('the bytes as they came are in the ledger, whatever they look like', async () => {
    const token = await cliToken()
    const raw = `{  "text" : "Kami butuh bant\\u0075an \u{1F642}",\r\n "requester":{"phone":"0812 3456 7890"} }`
    const opened = await ask('/api/v1/tickets', { token, body: raw })
    expect(opened.status).toBe(201)
    const { items } = await ask('/api/v1/intake?channel=api&limit=1', { token })
    expect(items[0]).toMatchObject({
      channel: 'api',
      outcome: 'ticket',
      ticket: { id: opened.body['id'], number: opened.body['number'] },
      sender: { name: '', address: '+6281234567890' },
      text: 'Kami butuh bantuan \u{1F642}',
      size: Buffer.byteLength(raw),
    })
    const bytes = await ask(`/api/v1/intake/${String(items[0]?.['id'])}/raw`, { token })
    expect(bytes.text).toBe(raw)
    expect(bytes.headers.get('content-type')).toBe('application/octet-stream')
    expect(bytes.headers.get('content-disposition')).toMatch(/^attachment/)
  })
  test('two requests with the same words are two tickets', async () => {
    const token = await cliToken()
    const [first, second] = [
      await ask('/api/v1/tickets', { token, body: aRequest() }),
      await ask('/api/v1/tickets', { token, body: aRequest() }),
    ]
    expect(first.body['number']).not.toBe(second.body['number'])
  })
  test('a blocked requester is refused, kept in the ledger, and gets no ticket', async () => {
    const email = `jahat-${newId()}@contoh.example`
    await asSystem(async (ctx) =>
      blockSender(
        { ...ctx, actor: await aStaff(ctx, { sees_all: true }) },
        { channel: 'email', address: email, reason: 'x' },
      ),
    )
    const token = await cliToken()
    const answer = await ask('/api/v1/tickets', { token, key: newId(), body: { text: 'x', requester: { email } } })
    expect(answer.status).toBe(403)
    const { items } = await ask('/api/v1/intake?outcome=refused&limit=1', { token })
    expect(items[0]).toMatchObject({ outcome: 'refused', reason: 'blocked', ticket: null, sender: { address: email } })
  })
  test.each<[string, unknown, string[]]>([
    ['nothing', undefined, ['text', 'requester']],
    ['an empty object', {}, ['text', 'requester']],
    ['no JSON', '{"text":', ['']],
    ['a list', [], ['']],
    ['a word', '"text"', ['']],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), ['']],
    ['an empty text', { ...aRequest(' ') }, ['text']],
    ['a text of 20 001 signs', { ...aRequest('x'.repeat(20_001)) }, ['text']],
    ['a text that is a number', { ...aRequest(), text: 7 }, ['text']],
    ['null for a text', { ...aRequest(), text: null }, ['text']],
    ['a NUL', { ...aRequest('a\0b') }, ['text']],
    ['half a character', `{"text":"a\\ud800b","requester":{"name":"Sari"}}`, ['text']],
    ['nobody', { text: 'x', requester: {} }, ['requester']],
    ['a wrong address', { text: 'x', requester: { email: 'sari' } }, ['requester.email']],
    ['a wrong telephone', { text: 'x', requester: { phone: '12' } }, ['requester.phone']],
    ['a region that is none', { ...aRequest(), region: '6307' }, ['region']],
    ['a region that does not exist', { ...aRequest(), region: '99.99' }, ['region']],
    ['a topic that does not exist', { ...aRequest(), topic: 'tidak-ada' }, ['topic']],
    ['an organisation that does not exist', { ...aRequest(), organisation: newId() }, ['organisation']],
    ['an unknown kind', { ...aRequest(), kind: 'gratis' }, ['kind']],
    ['a field too much inside', { text: 'x', requester: { name: 'a', role: 'administrator' } }, ['requester.role']],
    [
      'what only Pandu decides',
      {
        ...aRequest(),
        id: newId(),
        number: '1',
        state: 'closed',
        urgency: 'high',
        holder: {},
        created_at: '2020-01-01',
        org_id: 1,
      },
      ['id', 'number', 'state', 'urgency', 'holder', 'created_at', 'org_id'],
    ],
    ['__proto__', `{"text":"x","requester":{"name":"a"},"__proto__":{"role":"administrator"}}`, ['__proto__']],
    ['__proto__ inside', `{"text":"x","requester":{"name":"a","__proto__":{"x":1}}}`, ['requester.__proto__']],
    ['ten thousand brackets', '['.repeat(10_000), ['']],
  ])('%s is refused and nothing is written', async (_, body, paths) => {
    const token = await cliToken(['tickets:write'])
    const counted = () =>
      app()
        .worker.selectFrom('intake_items')
        .select((with_) => with_.fn.countAll().as('n'))
        .executeTakeFirst()
    const before = await counted()
    const answer = await ask('/api/v1/tickets', { token, method: 'POST', body: body ?? '' })
    expect([answer.status, answer.paths]).toEqual([422, paths])
    expect(await counted()).toEqual(before)
  })
  test('thirty megabytes are answered 413 before they have come', async () => {
    const token = await cliToken()
    const body = Buffer.alloc(30 * 1024 * 1024, 'x')
    const answer = await ask('/api/v1/tickets', { token, body }).catch((error: unknown) => error)
    // A client that only writes may see the connection end first; one that reads sees the answer.
    if (!(answer instanceof TypeError)) expect(answer).toMatchObject({ status: 413 })
    expect((await ask('/api/v1/tickets', { token, body: aRequest() })).status).toBe(201)
  })
})

describe('GET /api/v1/tickets', () => {
  test('an agent sees what their desk holds, and an account that works nowhere is told so', async () => {
    const { staff, token } = await anAgent()
    const own = await asSystem((ctx) => aTicket(ctx, { desk: staff.desks[0]! }))
    const foreign = await asSystem((ctx) => aTicket(ctx))
    const page = await ask('/api/v1/tickets', { token })
    expect(page.items.map((ticket) => ticket['number'])).toEqual([own.number])
    expect((await ask(`/api/v1/tickets/${foreign.number}`, { token })).status).toBe(404)
    // With every scope the token acts as administrator.
    const { token: all } = await anAgent({}, 'all')
    expect((await ask(`/api/v1/tickets/${foreign.number}`, { token: all })).status).toBe(200)
    await app().worker.deleteFrom('desk_members').where('person_id', '=', staff.person_id).execute()
    expect((await ask('/api/v1/tickets', { token })).status).toBe(403)
  })
  test('pages hold together while tickets come in: newest first, none twice, none left out', async () => {
    const { staff, token } = await anAgent()
    const desk = staff.desks[0]!
    const made: string[] = []
    const open = async () => made.push((await asSystem((ctx) => aTicket(ctx, { desk }))).number)
    for (let i = 0; i < 7; i++) await open()
    const seen: string[] = []
    let next = ''
    for (;;) {
      const page = await ask(`/api/v1/tickets?limit=2${next}`, { token })
      pageSchema(Ticket).parse(page.body)
      seen.push(...page.items.map((ticket) => String(ticket['number'])))
      await open()
      if (page.body['next'] === null) break
      next = `&cursor=${encodeURIComponent(String(page.body['next']))}`
    }
    expect(seen).toEqual(made.slice(0, 7).toReversed())
    // Also where the desk would order by what waits longest.
    const desk_view = await ask('/api/v1/tickets?view=desk', { token })
    expect(desk_view.items.map((ticket) => ticket['number'])).toEqual(made.toReversed())
  })
  test('takes the filters of the desk, and refuses what is none', async () => {
    const { staff, token } = await anAgent()
    const desk = staff.desks[0]!
    const [first, second] = await asSystem(async (ctx) => [
      await aTicket(ctx, { desk, subject: 'Satu' }),
      await aTicket(ctx, { desk, subject: 'Dua' }),
    ])
    const numbers = async (query: string) =>
      (await ask(`/api/v1/tickets?${query}`, { token })).items.map((ticket) => ticket['number'])
    await ask(`/api/v1/tickets/${first!.number}/resolution`, { token, body: { problem: 'a', steps: 'b' } })
    expect(await numbers('state=resolved')).toEqual([first!.number])
    expect(await numbers('view=unassigned')).toEqual([second!.number])
    expect(await numbers(`query=${second!.number}`)).toEqual([second!.number])
    expect(await numbers(`requester=${first!.requester.id}`)).toEqual([first!.number])
    expect(await numbers(`desk=${newId()}`)).toEqual([])
    for (const wrong of [
      'limit=0',
      'limit=201',
      'limit=x',
      'view=x',
      'desk=x',
      'state=x',
      'cursor=x',
      ...['2026-02-30 10:00:00+00', '2026-01-01 24:00:00+00', '2026-01-01 10:00:00+99', '0000-01-01 10:00:00+00'].map(
        (never) => `cursor=${Buffer.from(JSON.stringify([never, newId()])).toString('base64url')}`,
      ),
      'limit=1&limit=2',
      'query=%00',
    ])
      expect([wrong, (await ask(`/api/v1/tickets?${wrong}`, { token })).status]).toEqual([wrong, 422])
    for (const hostile of [
      "query=' or 1=1 --",
      "topic=' or true --",
      'query=zstaff',
      'query=%27%3B select pg_sleep(9)',
    ])
      expect((await ask(`/api/v1/tickets?${hostile}`, { token })).status).toBe(200)
  })
})

describe('work on a ticket', () => {
  test('a reply leaves at once, a note stays inside, and both stand in the conversation, newest first', async () => {
    const { staff, token } = await anAgent()
    const ticket = await asSystem((ctx) => aTicket(ctx, { desk: staff.desks[0]! }))
    const here = `/api/v1/tickets/${ticket.number}`
    const noted = await ask(`${here}/messages`, { token, body: { text: 'Hati-hati.', internal: true } })
    const replied = await ask(`${here}/messages`, { token, body: { text: 'Sudah dicoba?' } })
    expect([noted.status, replied.status]).toEqual([201, 201])
    expect(Message.parse(noted.body)).toMatchObject({ direction: 'note', internal: true, deliveries: [] })
    expect(Message.parse(replied.body)).toMatchObject({
      direction: 'out',
      internal: false,
      author: { id: staff.person_id },
      deliveries: [{ recipient: ticket.requester.email, state: 'waiting' }],
    })
    const left = await app()
      .worker.selectFrom('outbox')
      .select(['not_before', 'created_at'])
      .where('message_id', '=', String(replied.body['id']))
      .executeTakeFirstOrThrow()
    expect(left.not_before).toEqual(left.created_at)
    const conversation = await ask(`${here}/messages`, { token })
    pageSchema(Message).parse(conversation.body)
    expect(conversation.items.map((message) => message['direction'])).toEqual(['out', 'note', 'in'])
    const first = await ask(`${here}/messages?limit=2`, { token })
    const second = await ask(`${here}/messages?limit=2&cursor=${String(first.body['next'])}`, { token })
    expect([...first.items, ...second.items]).toEqual(conversation.items)
    expect(second.body['next']).toBeNull()
    const { body } = await ask(here, { token })
    expect([body['state'], body['waiting_since']]).toEqual(['waiting', null])
    expect(await facts(ticket.id)).toEqual(['system ticket.opened', 'staff message.noted', 'staff message.sent'])
    const outbox = await ask('/api/v1/outbox', { token })
    expect(outbox.items[0]).toMatchObject({ kind: 'reply', ticket: { id: ticket.id, number: ticket.number } })
  })
  test('resolved and reopened: the ticket as it is then; what its state forbids is a conflict', async () => {
    const { staff, token } = await anAgent()
    const ticket = await asSystem((ctx) => aTicket(ctx, { desk: staff.desks[0]! }))
    const here = `/api/v1/tickets/${ticket.number}`
    const resolution = { problem: 'Mati.', cause: 'Kabel.', alternatives: 'Tidak ada.', steps: 'Nyalakan.' }
    const resolved = await ask(`${here}/resolution`, { token, body: resolution })
    expect([resolved.status, Ticket.parse(resolved.body).state]).toEqual([201, 'resolved'])
    expect((await ask(`${here}/resolution`, { token, body: resolution })).status).toBe(409)
    const reopened = await ask(`${here}/reopen`, { token, method: 'POST' })
    expect([reopened.status, Ticket.parse(reopened.body).state]).toEqual([200, 'open'])
    const [kept] = await app().worker.selectFrom('resolutions').selectAll().where('ticket_id', '=', ticket.id).execute()
    expect(kept).toMatchObject({ ...resolution, resolved_by: staff.person_id })
  })
  test('a desk that held it before reads on, and may not answer', async () => {
    const { staff, token } = await anAgent()
    const ticket = await asSystem(async (ctx) => {
      const made = await aTicket(ctx, { desk: staff.desks[0]! })
      const elsewhere = await aDesk(ctx)
      await ctx.tx.updateTable('tickets').set({ holder_desk_id: elsewhere.id }).where('id', '=', made.id).execute()
      return made
    })
    const here = `/api/v1/tickets/${ticket.number}`
    expect((await ask(here, { token })).status).toBe(200)
    const answer = await ask(`${here}/messages`, { token, body: { text: 'x' } })
    expect([answer.status, answer.paths]).toEqual([403, []])
  })
})
