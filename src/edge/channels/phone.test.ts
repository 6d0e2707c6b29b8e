import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { App } from '../../server/platform/app.ts'
import { system, write } from '../../server/platform/context.ts'
import { newId } from '../../server/platform/ids.ts'
import { useDatabase } from '../../server/platform/testing.ts'
import { addPhoneLine, sayAt, type CallNews, type PhoneHours } from '../../server/channels/index.ts'
import { officeHours, prepare } from '../../server/desks/index.ts'
import { aDesk, aStaff } from '../../server/desks/testing.ts'
import { createToken } from '../../server/people/index.ts'
import { openChannelsEdge } from './index.ts'

const KEY = 'kunci-contoh-yang-panjang'
const database = useDatabase({ PANDU_GATEWAY_KEY: KEY })
let app: App
let available = true
let edge: ReturnType<typeof openChannelsEdge>
let url: string
const server = createServer((request, response) => {
  if (!edge.answer(request.url!.split('?', 1)[0]!, request, response)) response.writeHead(418).end()
})
beforeAll(async () => {
  app = { ...database.app(), available: () => available }
  await prepare(app)
  edge = openChannelsEdge(app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/channels/phone`
})
afterAll(() => server.close())

const ringing = (more: Record<string, unknown> = {}) => ({
  event: 'ringing',
  call: newId(),
  from: '+6281234567890',
  to: '1500',
  ts: Math.round(Date.now() / 1000),
  ...more,
})
const post = (body: unknown, headers: Record<string, string> = {}, query = '') =>
  fetch(url + query, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const count = async () =>
  (await sql<{ n: number }>`select count(*)::int as n from intake_items where channel = 'phone'`.execute(app.worker))
    .rows[0]!.n

describe('the door', () => {
  test('keeps what an exchange on this machine told, byte for byte, and then says what the caller may be told', async () => {
    const body = JSON.stringify(ringing({ branch: 'lantai 2' }))
    const answer = await post(body, { 'user-agent': 'contoh/1' })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({
      open: expect.any(Boolean),
      say: expect.stringMatching(/^Terima kasih telah menelepon /),
      opens_at: expect.toSatisfy((at: unknown) => at === null || typeof at === 'string'),
    })
    const { rows } = await sql<{ raw: Buffer; envelope_from: string; recipients: string[]; greeting: string }>`
      select raw, envelope_from, recipients, greeting from intake_items where channel = 'phone' order by id desc limit 1`.execute(
      app.worker,
    )
    expect(rows[0]).toMatchObject({ envelope_from: '+6281234567890', recipients: ['1500'], greeting: 'phone:exchange' })
    expect(rows[0]!.raw.toString()).toBe(
      `POST /channels/phone HTTP/1.1\r\ncontent-type: application/json\r\nuser-agent: contoh/1\r\n\r\n${body}`,
    )
  })

  test('takes a form as well, answers with the sentence alone where that is wanted, and keeps no key', async () => {
    const form = new URLSearchParams({ event: 'missed', call: newId(), from: '0812 3456 7890', to: '1500', ts: '' })
    const answer = await post(
      form.toString(),
      { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/plain', 'x-forwarded-for': '192.0.2.7' },
      `?key=${KEY}&exchange=kantor-dua`,
    )
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await answer.text()).toMatch(/^Terima kasih telah menelepon /)
    const { rows } = await sql<{ raw: Buffer; greeting: string }>`select raw, greeting from intake_items
      where channel = 'phone' order by id desc limit 1`.execute(app.worker)
    expect(rows[0]!.greeting).toBe('phone:kantor-dua')
    expect(rows[0]!.raw.toString()).not.toContain(KEY)
  })

  test.each<[string, number, unknown, Record<string, string>, string, string[]]>([
    ['no JSON', 422, 'x', {}, '', ['']],
    ['a list', 422, [], {}, '', ['']],
    ['nothing', 422, {}, {}, '', ['event', 'call']],
    ['an unknown step', 422, { event: 'parked', call: 'x' }, {}, '', ['event']],
    ['a time without its zone', 422, { event: 'ended', call: 'x', ts: '2026-11-22 08:00' }, {}, '', ['ts']],
    ['an endless id', 422, { event: 'ended', call: 'x'.repeat(201) }, {}, '', ['call']],
    ['a number that is an object', 422, { event: 'missed', call: 'x', from: {} }, {}, '', ['from']],
    ['a name that is none', 422, { event: 'ended', call: 'x' }, {}, '?exchange=A%20B', ['exchange']],
    ['too much', 413, { event: 'ended', call: 'x', more: 'x'.repeat(20_000) }, {}, '', []],
    ['another type', 415, '<call/>', { 'content-type': 'text/xml' }, '', []],
    ['a stranger behind a proxy', 401, { event: 'ended', call: 'x' }, { 'x-forwarded-for': '192.0.2.7' }, '', []],
    ['a wrong key', 401, { event: 'ended', call: 'x' }, {}, '?key=salah', []],
    ['an unknown token', 401, { event: 'ended', call: 'x' }, { authorization: 'Bearer pandu_salah' }, '', []],
  ])('refuses %s with %i, says why, and keeps nothing', async (_what, status, body, headers, query, paths) => {
    const before = await count()
    const answer = await post(body, headers, query)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    const problem = (await answer.json()) as {
      title: string
      status: number
      errors: { path: string; message: string }[]
    }
    expect(problem).toMatchObject({ status, title: expect.stringMatching(/\w{3}/) })
    expect(problem.errors.map(({ path }) => path)).toEqual(paths)
    for (const { message } of problem.errors) expect(message).toMatch(/ /)
    expect(await count()).toBe(before)
  })

  test('another method is named, and while the database is away the exchange is asked to come again', async () => {
    const asked = await fetch(url)
    expect([asked.status, asked.headers.get('allow')]).toEqual([405, 'POST'])
    available = false
    expect((await post(ringing())).status).toBe(503)
    available = true
  })

  test('a token needs the scope phone:write, and a desk’s token is that desk’s exchange', async () => {
    const tokens = await write(app, system, async (ctx) => {
      const desk = await aDesk(ctx)
      const { person_id } = await aStaff(ctx, { desk })
      const { rows } = await sql<{
        address: string
      }>`select address from contact_points where person_id = ${person_id}::uuid`.execute(ctx.db)
      const email = rows[0]!.address
      await sql`insert into accounts (person_id, auth_user_id) values (${person_id}::uuid, gen_random_uuid())`.execute(
        ctx.tx,
      )
      const make = (scopes: ('phone:write' | 'tickets:read')[]) => createToken(ctx, { account: email, scopes, days: 1 })
      return { desk, may: await make(['phone:write']), may_not: await make(['tickets:read']) }
    })
    const bearer = ({ token }: { token: string }) => ({
      authorization: `Bearer ${token}`,
      'x-forwarded-for': '192.0.2.7',
    })
    expect((await post(ringing(), bearer(tokens.may_not))).status).toBe(403)
    expect((await post(ringing(), bearer(tokens.may))).status).toBe(200)
    const { rows } = await sql<{ raw: Buffer; greeting: string }>`select raw, greeting from intake_items
      where channel = 'phone' order by id desc limit 1`.execute(app.worker)
    expect(rows[0]!.greeting).toBe(`phone:token:${tokens.may.id}`)
    expect(rows[0]!.raw.toString()).toContain(`pandu-desk: ${tokens.desk.id}`)
  })

  test('what exchanges can write at most costs one row, and nothing breaks on it', async () => {
    const odd = ['\u0000', '\ud800', '"; drop table calls; --', '<script>', '٠٨١٢', '+'.repeat(200)]
    for (const from of odd) expect((await post(ringing({ from, to: from }))).status, JSON.stringify(from)).toBe(200)
  })
})

describe('what a caller is told', () => {
  test('who is blocked is not promised that we call back', async () => {
    const [blocked, other] = ['+6281299990001', '+6281299990002']
    await sql`insert into blocked_senders (id, channel, address, reason, blocked_at) values (${newId()}::uuid, 'phone', ${blocked}, '', now())`.execute(
      app.worker,
    )
    // A desk that takes nothing is closed at every hour.
    const to = '+622150009876'
    await write(app, system, async (ctx) => {
      const { id } = await aDesk(ctx)
      await sql`update desks set accepting = false where id = ${id}::uuid`.execute(ctx.tx)
      await addPhoneLine(ctx, { number: to, desk_id: id })
    })
    const toldTo = async (from: string) => ((await (await post(ringing({ from, to }))).json()) as { say: string }).say
    await vi.waitFor(async () => expect(await toldTo(other)).toMatch(/kami akan menelepon Anda kembali\.$/), 5_000)
    expect(await toldTo(blocked)).toMatch(/Saat ini kami .*\.$/)
    expect(await toldTo(blocked)).not.toContain('menelepon Anda kembali')
  })

  const hours: PhoneHours = {
    lines: new Map([['+622150001500', 'meja']]),
    desks: new Map([
      ['meja', { id: 'meja', zone: 'Asia/Jakarta', hours: officeHours, takes: true }],
      ['sekretariat', { id: 'sekretariat', zone: 'Asia/Jayapura', hours: officeHours, takes: true }],
      ['tutup', { id: 'tutup', zone: 'Asia/Jakarta', hours: officeHours, takes: false }],
    ]),
    secretariat_id: 'sekretariat',
    holidays: new Map([
      ['2031-03-03', { kind: 'national', name: 'Hari Contoh' }],
      ['2031-03-04', { kind: 'cuti_bersama', name: 'Cuti Contoh' }],
    ]),
  }
  const told = (at: string, given: Partial<CallNews> = {}, desk_id: string | null = null) =>
    sayAt(
      new Date(at),
      { hours, name: 'Pandu Contoh', origin: 'https://bantuan.contoh.test' },
      {
        news: { event: 'ringing', call: 'x', from: '081234567890', to: '(021) 5000 1500', direction: 'in', ...given },
        desk_id,
      },
    )

  test('depends on the desk’s own hours, holidays and cuti bersama', () => {
    // Wednesday, ten in the morning in Jakarta.
    expect(told('2031-03-05T03:00:00Z')).toEqual({
      open: true,
      say: 'Terima kasih telah menelepon Pandu Contoh. Mohon tunggu, petugas kami segera menjawab.',
      opens_at: null,
    })
    expect(told('2031-03-05T05:30:00Z'), 'at lunch').toMatchObject({
      open: false,
      opens_at: new Date('2031-03-05T06:00:00Z'),
    })
    expect(told('2031-03-05T08:59:59Z'), 'before closing time').toMatchObject({ open: true })
    expect(told('2031-03-05T09:00:00Z'), 'at the stroke of closing time').toMatchObject({ open: false })
    expect(told('2031-03-05T00:59:59Z'), 'a second before it opens').toMatchObject({ open: false })
    // Friday evening; Monday is a holiday, and Tuesday everybody’s day off.
    expect(told('2031-02-28T12:00:00Z')).toEqual({
      open: false,
      say: 'Terima kasih telah menelepon Pandu Contoh. Saat ini kami tutup. Kami buka kembali Rabu, 5 Maret, pukul 08.00 WIB. Nomor Anda tercatat dan kami akan menelepon Anda kembali.',
      opens_at: new Date('2031-03-05T01:00:00Z'),
    })
    expect(told('2031-03-04T03:00:00Z').say).toContain('Hari ini kami tutup karena Cuti Contoh.')
    expect(told('2031-03-03T03:00:00Z', { from: 'anonymous' }).say).toMatch(
      /karena Hari Contoh\. .* Nomor Anda tersembunyi, sehingga kami tidak dapat menelepon kembali; .* di bantuan\.contoh\.test\.$/,
    )
  })

  test('another number is another desk’s, an unknown one the secretariat’s, and a desk that takes nothing says so', () => {
    // Ten in Jakarta is noon in Jayapura: there it is lunch.
    expect(told('2031-03-05T03:00:00Z', { to: '1500' })).toMatchObject({
      open: false,
      opens_at: new Date('2031-03-05T04:00:00Z'),
    })
    expect(told('2031-03-05T03:00:00Z', { to: undefined }, 'meja')).toMatchObject({ open: true })
    expect(told('2031-03-05T03:00:00Z', {}, 'tutup')).toEqual({
      open: false,
      say: 'Terima kasih telah menelepon Pandu Contoh. Saat ini kami tidak dapat menjawab telepon. Nomor Anda tercatat dan kami akan menelepon Anda kembali.',
      opens_at: null,
    })
  })
})
