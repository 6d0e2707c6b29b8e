import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { system, write, type StaffActor, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { clearDetails, findOldDetails } from '../platform/clear-details.ts'
import { relayOnce } from '../platform/relay.ts'
import { useDatabase } from '../platform/testing.ts'
import { verifyJournal } from '../platform/verify-journal.ts'
import { dropReceivedTexts, queueMessages } from '../channels/index.ts'
import { applyEarlyReceipts } from '../channels/texts/note-receipts.ts'
import { prepare } from '../desks/index.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { takeIn } from '../intake/testing.ts'
import { holdPerson } from '../people/index.ts'
import { aPerson } from '../people/testing.ts'
import { verifyLedger } from '../reports/index.ts'
import { note } from '../tickets/index.ts'
import { changeRetention, clearOld, listRetention, retentionKinds } from './retention.ts'

const database = useDatabase()
const asSystem = <T>(work: (ctx: Writing) => Promise<T>) => write(database.app(), system, work)
let administrator: StaffActor
beforeAll(async () => {
  await prepare(database.app())
  administrator = await asSystem(async (ctx) => ({
    ...(await aStaff(ctx, { role: 'administrator' })),
    desks: (await aStaff(ctx, { desk: await aDesk(ctx) })).desks,
  }))
})
const rules = (question = {}) => write(database.app(), administrator, (ctx) => listRetention(ctx, question))
const ruleOf = async (kind: string, question = {}) => (await rules(question)).find((rule) => rule.kind === kind)!

test('a rule shows what it would take before it takes it; what it shows is what goes, but for whom a hold protects', async () => {
  const app = database.app()
  const ids = await takeIn(
    app,
    { text: 'lama satu' },
    { from: 'Tono <tono@contoh.example>', text: 'lama dua' },
    { text: 'baru' },
  )
  await sql`update intake_items set received_at = now() - interval '200 days', settled_at = now() - interval '200 days'
    where id = any (${ids.slice(0, 2)}::uuid[])`.execute(app.worker)
  expect((await rules()).map(({ kind }) => kind).sort()).toEqual([...retentionKinds].sort())
  expect(await ruleOf('raw_items')).toMatchObject({
    keep_days: 180,
    switched_on_at: null,
    would_clear: { count: 2, more: false },
  })
  expect(
    (await ruleOf('raw_items', { kind: 'raw_items', keep_days: 300 })).would_clear.count,
    'tried out, not changed',
  ).toBe(0)
  expect(await clearOld(app), 'nothing is switched on').toBe(0)

  const { rows: tono } = await sql<{
    id: string
  }>`select requester_id as id from tickets t join intake_items i on i.ticket_id = t.id
    where i.id = ${ids[1]!}::uuid`.execute(app.worker)
  await write(app, administrator, (ctx) =>
    holdPerson(ctx, { person_id: tono[0]!.id, reason: 'sengketa', review_on: '2027-01-01' }),
  )
  await write(app, administrator, (ctx) => changeRetention(ctx, { kind: 'raw_items', keep_days: 180, on: true }))
  const shown = (await ruleOf('raw_items')).would_clear.examples.map(({ id }) => id)
  expect(shown).toEqual([ids[0]])
  expect(await clearOld(app)).toBe(1)
  const { rows } = await sql<{ id: string }>`select id from intake_items where raw is null order by id`.execute(
    app.worker,
  )
  expect(rows.map(({ id }) => id)).toEqual(shown)
  expect((await ruleOf('raw_items')).last_run).toMatchObject({ removed: 1 })
})

test('every rule can be run on its own rows, and all stays sound', async () => {
  const app = database.app()
  const [id] = await takeIn(app, { subject: 'Tiket tua', text: 'kata tua sekali' })
  await sql`update tickets set state = 'closed', waiting_since = null, state_since = now() - interval '6 years'
    where id = (select ticket_id from intake_items where id = ${id!}::uuid)`.execute(app.worker)
  await sql`update outbox set state = 'sent', created_at = now() - interval '2 years' where state = 'waiting'`.execute(
    app.worker,
  )
  for (const kind of retentionKinds)
    await write(app, administrator, (ctx) =>
      changeRetention(ctx, { kind, keep_days: kind === 'closed_tickets' ? 1825 : 365, on: true }),
    )
  await clearOld(app)
  const { rows } = await sql<{
    text: string
    subject: string
  }>`select m.text, t.subject from messages m join tickets t on t.id = m.ticket_id
    where t.id = (select ticket_id from intake_items where id = ${id!}::uuid)`.execute(app.worker)
  expect(rows).toEqual([{ text: '(dihapus)', subject: '(dihapus)' }])
  while ((await relayOnce(app)) > 0);
  expect((await verifyJournal(app)).faults).toEqual([])
  expect((await verifyLedger(app)).faults).toEqual([])
  const stranger = await asSystem((ctx) => aStaff(ctx))
  await expect(write(app, stranger, (ctx) => listRetention(ctx))).rejects.toMatchObject({ kind: 'forbidden' })
})

test('what somebody under a hold asked about their data keeps its words', async () => {
  const app = database.app()
  await asSystem(async (ctx) => {
    for (const held of [true, false]) {
      const { id } = await aPerson(ctx)
      await sql`insert into data_requests (id, person_id, kind, channel, words, made_at, due_at, decision, decided_at)
        values (${newId()}::uuid, ${id}::uuid, 'copy', 'desk', ${`contoh ${held}`}, now() - interval '9 years', now(), 'done', now() - interval '9 years')`.execute(
        ctx.tx,
      )
      if (held) await holdPerson(ctx, { person_id: id, reason: 'sengketa', review_on: '2027-01-01' })
    }
  })
  await write(app, administrator, (ctx) =>
    changeRetention(ctx, { kind: 'data_request_words', keep_days: 1095, on: true }),
  )
  await clearOld(app)
  const { rows } = await sql<{ words: string }>`select words from data_requests order by words`.execute(app.worker)
  expect(rows.map(({ words }) => words)).toEqual(['', 'contoh true'])
})

test('a hold keeps what belongs to no ticket, too: mails as they came, what was sent, who was acknowledged, and what the journal says', async () => {
  const app = database.app()
  const [held, free] = ['dian.ditahan@contoh.example', 'eko.bebas@contoh.example']
  const of: Record<string, string> = {}
  for (const address of [held, free]) {
    await takeIn(app, { from: `Contoh <${address}>`, text: 'Halo.' })
    const { rows } = await sql<{
      ticket_id: string
      person_id: string
    }>`select t.id as ticket_id, t.requester_id as person_id
      from tickets t join contact_points c on c.person_id = t.requester_id where c.normalised = ${address}`.execute(
      app.worker,
    )
    of[address] = rows[0]!.ticket_id
    if (address === held)
      await write(app, administrator, (ctx) =>
        holdPerson(ctx, { person_id: rows[0]!.person_id, reason: 'sengketa', review_on: '2027-01-01' }),
      )
    await asSystem(async (ctx) => {
      await queueMessages(ctx, [
        {
          channel: 'email',
          kind: 'notice',
          recipient: address,
          subject: 'x',
          text: 'kata',
          language: 'id',
          automatic: true,
        },
      ])
      await sql`insert into acknowledgements (id, address, ticket_id, person_id, kind) values (${newId()}::uuid, ${address}, ${newId()}::uuid,
        ${newId()}::uuid, 'link')`.execute(ctx.tx)
    })
    // A colleague's own doing on that ticket; and a mail, and its double, that became part of nothing.
    await write(app, { ...administrator, from: { client: '192.0.2.77' } }, (ctx) =>
      note(ctx, { ticket_id: of[address]!, text: 'catatan' } as never),
    )
    const raw = Buffer.from(`From: <${address}>\r\nSubject: ulang\r\n\r\nLagi.`)
    const [first, double] = await takeIn(app, { raw, envelope_from: address }, { raw, envelope_from: null })
    await sql`update intake_items set ticket_id = null, ticket_number = null, ticket_message_id = null, outcome = 'report'
      where id = ${first!}::uuid`.execute(app.worker)
    await sql`update intake_items set outcome = 'duplicate', duplicate_of = ${first!}::uuid, raw = ${raw}, ticket_id = null, ticket_number = null,
      ticket_message_id = null, sender_address = null where id = ${double!}::uuid`.execute(app.worker)
  }
  const old = sql`now() - interval '9 years'`
  await sql`update intake_items set received_at = ${old}, settled_at = ${old}`.execute(app.worker)
  await sql`update outbox set state = 'sent', created_at = ${old}`.execute(app.worker)
  await sql`update acknowledgements set at = ${old}, held = false`.execute(app.worker)
  const later = new Date(Date.now() + 800 * 86_400_000)
  for (const kind of ['raw_items', 'sent_words', 'acknowledgement_limits', 'journal_details'] as const)
    await write(app, administrator, (ctx) => changeRetention(ctx, { kind, keep_days: 30, on: true }))
  const details = async () =>
    (
      await sql<{
        ticket_id: string
      }>`select distinct f.ticket_id from facts f join journal_details d on d.fact_id = f.id
        where f.kind = 'message.noted' and f.ticket_id = any (${Object.values(of)}::uuid[])`.execute(app.worker)
    ).rows.map(({ ticket_id }) => ticket_id)
  expect(new Set(await details()), 'both were written down').toEqual(new Set(Object.values(of)))

  await clearOld(app)
  const found = await asSystem((ctx) => findOldDetails(ctx, later, 10_000))
  await asSystem((ctx) =>
    clearDetails(
      ctx,
      found.map(({ id }) => id),
    ),
  )

  expect(await details()).toEqual([of[held]])
  const left = async (table: string, column: string, condition = 'true') =>
    (
      await sql<{ address: string }>`select ${sql.ref(column)} as address from ${sql.table(table)}
        where ${sql.raw(condition)} and ${sql.ref(column)} = any (${[held, free]}::text[])`.execute(app.worker)
    ).rows.map(({ address }) => address)
  expect(new Set(await left('intake_items', 'sender_address', 'raw is not null'))).toEqual(new Set([held]))
  const { rows: doubles } = await sql<{ n: number }>`select count(*)::int as n from intake_items
    where outcome = 'duplicate' and raw is not null`.execute(app.worker)
  expect(doubles, 'the double of a held mail').toEqual([{ n: 1 }])
  expect(new Set(await left('outbox', 'address'))).toEqual(new Set([held]))
  expect(new Set(await left('acknowledgements', 'address'))).toEqual(new Set([held]))
})

test('a number that is long silent is forgotten, but for its STOP; the name of a sent text goes with its words; parts and early reports go by themselves', async () => {
  const app = database.app()
  const [quiet, stopped, talking, held] = ['+628110000001', '+628110000002', '+628110000003', '+628110000004']
  const { id: person_id } = await asSystem((ctx) => aPerson(ctx, { phone: held! }))
  await write(app, administrator, (ctx) => holdPerson(ctx, { person_id, reason: 'sengketa', review_on: '2027-01-01' }))
  for (const address of [quiet, stopped, talking, held]) {
    const days = address === talking ? 3 : 400
    await sql`insert into conversations (channel, address, last_in_at, ticket_id, continues_until, stopped_at) values ('sms', ${address},
      now() - make_interval(days => ${days}::int), ${newId()}::uuid, now() - make_interval(days => ${days}::int),
      case when ${address} = ${stopped} then now() - interval '400 days' end)`.execute(app.worker)
    await sql`insert into text_commands (id, channel, address, word, done_at, undo_until) values (${newId()}::uuid, 'sms', ${address}, 'rate',
      now() - make_interval(days => ${days}::int), now() - make_interval(days => ${days}::int))`.execute(app.worker)
  }
  const [sent, doubted] = await asSystem((ctx) =>
    queueMessages(ctx, [
      { channel: 'telegram', kind: 'reply', recipient: '7788', text: 'kata', language: 'id', automatic: false },
      { channel: 'sms', kind: 'reply', recipient: quiet!, text: 'kata', language: 'id', automatic: false },
    ]),
  )
  // Nobody ever said whether it goes again.
  await sql`update outbox set created_at = now() - interval '9 years', last_error = 'undecided', next_attempt_at = null
    where id = ${doubted!}::uuid`.execute(app.worker)
  await sql`update outbox set state = 'failed', created_at = now() - interval '9 years', last_error = '400 chat 7788 not found'
    where id = ${sent!}::uuid`.execute(app.worker)
  await sql`insert into outbox_parts (outbox_id, number, gateway, remote_id, handed_at, state, state_at, error)
    values (${sent!}::uuid, 1, 'telegram', '7788 12', now(), 'failed', now(), '400 chat 7788 not found')`.execute(
    app.worker,
  )
  await sql`insert into early_reports (gateway, remote_id, state, at, item_id) values
    ('satu', 'lama', 'sent', now(), uuid_floor(now() - interval '3 days')), ('satu', 'baru', 'sent', now(), ${newId()}::uuid)`.execute(
    app.worker,
  )
  for (const [reference, days] of [
    ['lama', 3],
    ['baru', 1],
  ] as const)
    await sql`with t as (insert into received_texts (id, channel, address, receiver, reference, total, last_at, item_id)
        values (${newId()}::uuid, 'sms', ${quiet}, '1500', ${reference}, 2, now() - make_interval(days => ${days}::int), ${newId()}::uuid) returning id)
      insert into text_parts (text_id, number, item_id, text, at) select id, 1, ${newId()}::uuid, 'kata', now() from t`.execute(
      app.worker,
    )

  for (const kind of ['quiet_numbers', 'sent_words'] as const)
    await write(app, administrator, (ctx) => changeRetention(ctx, { kind, keep_days: 180, on: true }))
  const { count, examples } = (await ruleOf('quiet_numbers')).would_clear
  expect(count).toBe(4)
  expect(examples.map(({ what }) => what).sort(), 'nobody’s number is shown').toEqual([
    'sms',
    'sms',
    'sms rate',
    'sms rate',
  ])
  await clearOld(app)
  await asSystem(applyEarlyReceipts)
  await asSystem((ctx) => dropReceivedTexts(ctx, new Date(Date.now() - 2 * 86_400_000)))

  const left = await app.worker
    .selectFrom('conversations')
    .select(['address', 'stopped_at', 'last_in_at', 'ticket_id'])
    .orderBy('address')
    .execute()
  expect(left).toMatchObject([
    { address: stopped, stopped_at: expect.any(Date), last_in_at: null, ticket_id: null },
    { address: talking, last_in_at: expect.any(Date) },
    { address: held, last_in_at: expect.any(Date) },
  ])
  expect((await ruleOf('quiet_numbers')).would_clear.count, 'a STOP alone is nothing to take').toBe(0)
  const column = async (table: string, name: string) =>
    (
      await sql<{ it: string | null }>`select ${sql.ref(name)} as it from ${sql.table(table)} order by 1`.execute(
        app.worker,
      )
    ).rows.map(({ it }) => it)
  expect(await column('text_commands', 'address')).toEqual([talking, held])
  expect(await column('outbox_parts', 'remote_id')).toEqual([null])
  expect(await column('outbox_parts', 'error')).toEqual([null])
  expect(
    await app.worker.selectFrom('outbox').select(['last_error', 'address']).where('id', '=', sent!).execute(),
  ).toEqual([{ last_error: null, address: '' }])
  expect(
    await app.worker.selectFrom('outbox').select(['state', 'address', 'text']).where('id', '=', doubted!).execute(),
  ).toEqual([{ state: 'failed', address: '', text: '' }])
  expect(await column('early_reports', 'remote_id')).toEqual(['baru'])
  expect(await column('received_texts', 'reference')).toEqual(['baru'])
  expect(await column('text_parts', 'text')).toEqual(['kata'])
})
