/** Two people at one ticket: what each has written, who is there, what is sent once, and what is not sent before it was read. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { aStaff } from '../desks/testing.ts'
import { system, write, type StaffActor } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import type { News } from '../platform/live.ts'
import { relayOnce } from '../platform/relay.ts'
import { useDatabase } from '../platform/testing.ts'
import { announceTickets } from './announce-tickets.ts'
import { listDrafts, saveDraft } from './drafts.ts'
import { forgetDeskTraces } from './forget-desk-traces.ts'
import { listMessages } from './list-messages.ts'
import { note } from './note.ts'
import { bePresent, listPresent, PRESENT_SECONDS } from './presence.ts'
import { receiveMessages } from './receive-messages.ts'
import { reply } from './reply.ts'
import { resolve } from './resolve.ts'
import { sendOnce } from './send-once.ts'
import { takeBack } from './take-back.ts'
import { aTicket, aTicketWithAgent, theRequester } from './testing.ts'

const database = useDatabase()
const send_id = 'satu-formulir-contoh-1'

test(
  'a draft is kept, replaced and thrown away by its writer, and nobody else knows of it',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const colleague = await aStaff(setting, { desk: ticket.desk })
    const draft = { ticket_id: ticket.id, kind: 'reply' as const }
    await saveDraft(await as(agent), { ...draft, fields: { text: 'Coba ny' } })
    const ctx = await as(agent)
    expect(await saveDraft(ctx, { ...draft, fields: { text: 'Coba nyalakan ulang.' } })).toEqual(ctx.now)
    await saveDraft(await as(agent), { ...draft, kind: 'resolve', fields: { problem: 'Kabel', steps: '' } })
    expect(await listDrafts(await as(agent), ticket.id)).toEqual([
      { kind: 'reply', fields: { text: 'Coba nyalakan ulang.' }, saved_at: ctx.now },
      { kind: 'resolve', fields: { problem: 'Kabel' }, saved_at: ctx.now },
    ])
    const others = await as(colleague)
    expect(await listDrafts(others, ticket.id)).toEqual([])
    expect((await sql`select from drafts`.execute(others.tx)).rows).toEqual([])
    expect((await sql`delete from drafts returning kind`.execute(others.tx)).rows).toEqual([])

    expect(await saveDraft(await as(agent), { ...draft, fields: { text: '  ' } })).toBeNull()
    expect((await listDrafts(await as(agent), ticket.id)).map(({ kind }) => kind)).toEqual(['resolve'])
  }),
)

test(
  'nobody keeps a draft on a ticket they do not see, and a requester keeps none at all',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const ticket = await aTicket(setting)
    const stranger = await aStaff(setting)
    const draft = { ticket_id: ticket.id, kind: 'note' as const, fields: { text: 'x' } }
    await expect(saveDraft(await as(stranger), draft)).rejects.toMatchObject({ kind: 'not_found' })
    await expect(saveDraft(await as(theRequester(ticket)), draft)).rejects.toMatchObject({ kind: 'forbidden' })
  }),
)

test(
  'colleagues see who looks and who writes, until they leave or fall silent; strangers and requesters see nobody',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const colleague = await aStaff(setting, { desk: ticket.desk })
    const stranger = await aStaff(setting)
    const page = { ticket_id: ticket.id, page_id: newId() }
    let turn = 0
    const say = async (actor: StaffActor, doing: 'viewing' | 'reply' | 'left', at?: Date, more = {}) =>
      bePresent(await as(actor, at), { ...page, turn: ++turn, doing, ...more })
    const seenBy = async (actor: StaffActor, at?: Date) =>
      (await listPresent(await as(actor, at), ticket.id)).map(({ person, doing }) => [person.name, doing])

    expect(await say(agent, 'viewing')).toBe(true)
    expect(await say(agent, 'viewing')).toBe(false)
    expect(await seenBy(colleague)).toEqual([[agent.name, 'viewing']])
    // A second page of the same person is the same person; what they write there counts.
    await say(agent, 'reply', undefined, { page_id: newId() })
    expect(await seenBy(colleague)).toEqual([[agent.name, 'reply']])
    expect(await seenBy(agent)).toEqual([])

    await expect(say(stranger, 'viewing')).rejects.toMatchObject({
      kind: 'not_found',
    })
    expect(await seenBy(stranger)).toEqual([])
    const requester = await as(theRequester(ticket))
    expect(await listPresent(requester, ticket.id)).toEqual([])
    expect((await sql`select from presences`.execute(requester.tx)).rows).toEqual([])

    const later = new Date((await as(colleague)).now.getTime() + (PRESENT_SECONDS + 1) * 1000)
    expect(await seenBy(colleague, later)).toEqual([])
    expect(await say(agent, 'viewing', later)).toBe(true)
    expect(await say(agent, 'left', later)).toBe(true)
    expect(await say(agent, 'left', later)).toBe(false)
    // What was said before leaving, and comes after it, does not bring anybody back.
    expect(await say(agent, 'reply', later, { turn: 1 })).toBe(false)
    expect(await seenBy(colleague, later)).toEqual([])
  }),
)

test(
  'nobody says for another that they are there',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const colleague = await aStaff(setting, { desk: ticket.desk })
    const ctx = await as(colleague)
    await expect(
      sql`insert into presences (ticket_id, page_id, person_id, doing, turn, until)
        values (${ticket.id}::uuid, ${newId()}::uuid, ${agent.person_id}::uuid, 'reply', 1, now() + interval '1 hour')`.execute(
        ctx.tx,
      ),
    ).rejects.toThrow(/row-level security/)
  }),
)

test(
  'a reply that did not see what a colleague answered is stopped, and sent when it did',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const colleague = await aStaff(setting, { desk: ticket.desk })
    const seen_message_id = ticket.message_id
    const first = await reply(await as(agent), { ticket_id: ticket.id, text: 'Ganti kabelnya.', seen_message_id })
    const second = { ticket_id: ticket.id, text: 'Pasang pengandarnya.', seen_message_id }
    const stopped = { kind: 'conflict', key: 'ticket.message_arrived' }
    await expect(reply(await as(colleague), second)).rejects.toMatchObject(stopped)
    await expect(
      resolve(await as(colleague), { ticket_id: ticket.id, problem: 'Kabel', steps: 'Ganti', seen_message_id }),
    ).rejects.toMatchObject(stopped)
    await reply(await as(colleague), { ...second, seen_message_id: first.message_id })
    expect(await facts(ticket.id)).toEqual(['ticket.opened', 'message.sent', 'message.sent'])
  }),
)

test(
  'neither a note nor an answer that was taken back stops a reply',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const colleague = await aStaff(setting, { desk: ticket.desk })
    await note(await as(colleague), { ticket_id: ticket.id, text: 'Sudah ditelepon.' })
    const { message_id } = await reply(await as(colleague), { ticket_id: ticket.id, text: 'Keliru.' })
    await takeBack(await as(colleague), { ticket_id: ticket.id, message_id })
    await reply(await as(agent), { ticket_id: ticket.id, text: 'Benar.', seen_message_id: ticket.message_id })
    const sent = (await listMessages(await as(agent), ticket.id)).filter(({ direction }) => direction === 'out')
    expect(sent.map(({ text, taken_back_at }) => [text, taken_back_at === null])).toEqual([
      ['Keliru.', false],
      ['Benar.', true],
    ])
  }),
)

test('two replies at the same moment: one is sent, the other is stopped', async () => {
  const { ticket, agent, colleague } = await aCommittedTicket()
  const answers = await Promise.allSettled(
    [agent, colleague].map((actor) =>
      write(database.app(), actor, (ctx) =>
        reply(ctx, { ticket_id: ticket.id, text: `Dari ${actor.name}`, seen_message_id: ticket.message_id }),
      ),
    ),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(answers.find((one) => one.status === 'rejected')?.reason).toMatchObject({
    kind: 'conflict',
    key: 'ticket.message_arrived',
  })
  expect(await sentOn(ticket.id)).toHaveLength(1)
})

test('a form posted ten times at once sends one reply, and the others are told that it was sent', async () => {
  const { ticket, agent } = await aCommittedTicket()
  const words = { text: 'Coba nyalakan ulang.', files: [] }
  const answers = await Promise.all(
    Array.from({ length: 10 }, () =>
      write(database.app(), agent, (ctx) =>
        sendOnce(ctx, { ticket_id: ticket.id, kind: 'reply', send_id, words }, () =>
          reply(ctx, { ticket_id: ticket.id, text: words.text, seen_message_id: ticket.message_id }),
        ),
      ),
    ),
  )
  const sent = answers.filter((answer) => answer !== null)
  expect(sent).toHaveLength(1)
  expect(await sentOn(ticket.id)).toEqual([sent[0]!.message_id])
})

test('what was sent is a draft no longer, and a save that comes late brings nothing back', async () => {
  const { ticket, agent } = await aCommittedTicket()
  const app = database.app()
  const draft = { ticket_id: ticket.id, kind: 'reply' as const, fields: { text: 'Coba' }, send_id }
  const send = () =>
    write(app, agent, (ctx) =>
      sendOnce(ctx, { ticket_id: ticket.id, kind: 'reply', send_id, words: { text: 'Coba' } }, () =>
        reply(ctx, { ticket_id: ticket.id, text: 'Coba', seen_message_id: ticket.message_id }),
      ),
    )
  const drafts = () => write(app, agent, (ctx) => listDrafts(ctx, ticket.id))
  await write(app, agent, (ctx) => saveDraft(ctx, draft))
  expect(await drafts()).toHaveLength(1)
  // Whichever of the two comes first, no draft is left.
  await Promise.all([send(), ...Array.from({ length: 5 }, () => write(app, agent, (ctx) => saveDraft(ctx, draft)))])
  expect(await drafts()).toEqual([])
  expect(await write(app, agent, (ctx) => saveDraft(ctx, draft))).toBeNull()
  // The next form, on the page that came after, is another.
  await write(app, agent, (ctx) => saveDraft(ctx, { ...draft, send_id: 'formulir-contoh-berikut' }))
  expect(await drafts()).toHaveLength(1)
})

test('a send that was stopped leaves no trace: the same form can be sent again', async () => {
  const { ticket, agent } = await aCommittedTicket()
  const app = database.app()
  await write(app, system, (ctx) =>
    receiveMessages(ctx, [
      {
        ticket_id: ticket.id,
        author_id: ticket.requester.id,
        channel: 'web',
        text: 'Tambahan',
        reopen_within_days: 14,
      },
    ]),
  )
  const words = { text: 'Jawaban' }
  const send = (seen_message_id?: string) =>
    write(app, agent, (ctx) =>
      sendOnce(ctx, { ticket_id: ticket.id, kind: 'reply', send_id, words }, () =>
        reply(ctx, { ticket_id: ticket.id, ...words, seen_message_id }),
      ),
    )
  await expect(send(ticket.message_id)).rejects.toMatchObject({ key: 'ticket.message_arrived' })
  expect(await sentOn(ticket.id)).toEqual([])
  expect(await send()).not.toBeNull()
  // What it refused before is no reason to refuse its repetition.
  expect(await send(ticket.message_id)).toBeNull()
})

test('the relay tells each desk which tickets changed, once a batch', async () => {
  const app = database.app()
  await relayOnce(app)
  const { ticket, agent } = await aCommittedTicket()
  const listener = await app.worker_pool.connect()
  const heard: News[] = []
  listener.on('notification', ({ payload }) => heard.push(JSON.parse(payload ?? 'null') as News))
  try {
    await listener.query('listen pandu_live')
    await relayOnce(app, announceTickets)
    // Notifications come with the answer to the next statement.
    await expect.poll(async () => (await listener.query('select 1'), heard)).not.toEqual([])
    expect(heard).toEqual([{ what: 'changed', tickets: [{ id: ticket.id, desk_ids: [ticket.desk.id] }] }])

    // Who did all of it is named, so that their own next page does not hear of it.
    heard.length = 0
    await write(app, agent, (ctx) => note(ctx, { ticket_id: ticket.id, text: 'Catatan contoh' }))
    await relayOnce(app, announceTickets)
    await expect.poll(async () => (await listener.query('select 1'), heard)).not.toEqual([])
    expect(heard).toEqual([
      { what: 'changed', tickets: [{ id: ticket.id, desk_ids: [ticket.desk.id], by: agent.person_id }] },
    ])
  } finally {
    listener.release(true)
  }
})

test('old traces go, fresh ones stay', async () => {
  const { ticket, agent } = await aCommittedTicket()
  const app = database.app()
  await write(app, agent, (ctx) => saveDraft(ctx, { ticket_id: ticket.id, kind: 'note', fields: { text: 'baru' } }))
  await write(app, agent, (ctx) =>
    bePresent(ctx, { ticket_id: ticket.id, page_id: newId(), turn: 1, doing: 'viewing' }),
  )
  await write(app, agent, async (ctx) => {
    await bePresent(ctx, { ticket_id: ticket.id, page_id: newId(), turn: 1, doing: 'note' })
    await sql`update presences set until = now() - interval '1 second' where doing = 'note'`.execute(ctx.tx)
    await saveDraft(ctx, { ticket_id: ticket.id, kind: 'reply', fields: { text: 'lama' } })
    await sql`update drafts set saved_at = now() - interval '91 days' where kind = 'reply'`.execute(ctx.tx)
  })
  await forgetDeskTraces(app)
  expect((await write(app, agent, (ctx) => listDrafts(ctx, ticket.id))).map(({ kind }) => kind)).toEqual(['note'])
  const { rows } = await sql<{
    doing: string
  }>`select doing from presences where ticket_id = ${ticket.id}::uuid`.execute(app.worker)
  expect(rows).toEqual([{ doing: 'viewing' }])
})

async function aCommittedTicket() {
  return write(database.app(), system, async (ctx) => {
    const { ticket, agent } = await aTicketWithAgent(ctx)
    return { ticket, agent, colleague: await aStaff(ctx, { desk: ticket.desk }) }
  })
}

async function sentOn(ticket_id: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from messages
    where ticket_id = ${ticket_id}::uuid and direction = 'out' order by id limit 100`.execute(database.app().worker)
  return rows.map(({ id }) => id)
}
