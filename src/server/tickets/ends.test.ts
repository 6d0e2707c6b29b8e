/** The ways a ticket ends, and the ways back. */
import { expect, test } from 'vitest'
import { system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { aPerson } from '../people/testing.ts'
import { close } from './close.ts'
import { confirm } from './confirm.ts'
import { closeQuiet, remindQuiet, resolveQuiet } from './quiet.ts'
import { rate } from './rate.ts'
import { reject } from './reject.ts'
import { reopen } from './reopen.ts'
import { reply } from './reply.ts'
import { resolve } from './resolve.ts'
import { seeTicket } from './see-ticket.ts'
import { takeBack } from './take-back.ts'
import { aTicket, aTicketWithAgent, theRequester } from './testing.ts'
import { withdraw } from './withdraw.ts'

const database = useDatabase()
const DAY_MS = 86_400_000
const solution = {
  problem: 'Antrean cetak penuh',
  cause: 'CUPS berhenti',
  steps: '1. Buka pengaturan\n2. Hapus antrean',
}

test(
  'resolve → Sudah teratasi → rate: the answer is written once, sent, confirmed and judged',
  database.story(async ({ as, facts }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system))
    const ctx = await as(agent)
    const sent = await resolve(ctx, { ticket_id: ticket.id, ...solution })
    expect(await seeTicket(ctx, { id: ticket.id })).toMatchObject({
      state: 'resolved',
      waiting_since: null,
      resolution: {
        ...solution,
        alternatives: null,
        message_id: sent.message_id,
        resolved_by: { id: agent.person_id },
      },
    })
    const mail = await ctx.db
      .selectFrom('outbox')
      .select('text')
      .where('about_id', '=', ticket.id)
      .executeTakeFirstOrThrow()
    expect(mail.text).toContain(
      'Masalah:\nAntrean cetak penuh\n\nPenyebab:\nCUPS berhenti\n\nLangkah:\n1. Buka pengaturan',
    )
    expect(mail.text).toContain('Sudah teratasi')

    const requester = await as(theRequester(ticket))
    // The requester is not told who it was, but that somebody was.
    expect((await seeTicket(requester, { id: ticket.id })).resolution).toMatchObject({
      resolved_by: null,
      by_rule: false,
    })
    await confirm(requester, { ticket_id: ticket.id })
    await rate(requester, { ticket_id: ticket.id, score: 4, words: 'Cepat' })
    const seen = await seeTicket(requester, { id: ticket.id })
    expect(seen).toMatchObject({ state: 'closed', closure: { reason: 'solved' }, rating: { score: 4, words: 'Cepat' } })
    expect(seen.resolution!.confirmed_at).not.toBeNull()
    expect(await facts(ticket.id)).toEqual([
      'ticket.opened',
      'message.sent',
      'ticket.resolved',
      'ticket.confirmed',
      'ticket.closed',
      'ticket.rated',
    ])
  }),
)

test(
  'a rating may be changed for a day, then it stands',
  database.story(async ({ as, facts }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system))
    await resolve(await as(agent), { ticket_id: ticket.id, ...solution })
    const early = await as(theRequester(ticket))
    await rate(early, { ticket_id: ticket.id, score: 2 })
    await rate(await as(theRequester(ticket), new Date(early.now.getTime() + DAY_MS - 1000)), {
      ticket_id: ticket.id,
      score: 5,
    })
    const late = await as(theRequester(ticket), new Date(early.now.getTime() + DAY_MS))
    await expect(rate(late, { ticket_id: ticket.id, score: 1 })).rejects.toMatchObject({
      kind: 'conflict',
      key: 'ticket.rated_already',
    })
    expect((await seeTicket(late, { id: ticket.id })).rating).toMatchObject({ score: 5 })
    expect((await facts(ticket.id)).filter((kind) => kind === 'ticket.rated')).toHaveLength(2)
  }),
)

test(
  'Belum teratasi opens it again with the words, and the old resolution no longer stands',
  database.story(async ({ as, facts }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system))
    const desk = await as(agent)
    await resolve(desk, { ticket_id: ticket.id, ...solution })
    const requester = await as(theRequester(ticket), new Date(desk.now.getTime() + DAY_MS))
    await reject(requester, { ticket_id: ticket.id, text: 'Masih macet.' })
    expect(await seeTicket(requester, { id: ticket.id })).toMatchObject({
      state: 'open',
      resolution: null,
      waiting_since: requester.now,
    })
    // and it can be resolved anew
    await resolve(await as(agent, requester.now), { ticket_id: ticket.id, problem: 'Kabel', steps: 'Ganti.' })
    expect(await facts(ticket.id)).toEqual([
      'ticket.opened',
      'message.sent',
      'ticket.resolved',
      'ticket.reopened',
      'message.received',
      'message.sent',
      'ticket.resolved',
    ])
  }),
)

test(
  'a resolution taken back within 15 seconds is no resolution',
  database.story(async ({ as }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system))
    const ctx = await as(agent)
    const { message_id } = await resolve(ctx, { ticket_id: ticket.id, ...solution })
    await takeBack(ctx, { ticket_id: ticket.id, message_id })
    expect(await seeTicket(ctx, { id: ticket.id })).toMatchObject({ state: 'open', resolution: null })
    expect((await seeTicket(ctx, { id: ticket.id })).waiting_since).not.toBeNull()
  }),
)

test(
  'what only the requester may say, a participant and an agent cannot',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const other = await aPerson(setting)
    for (const actor of [agent, { kind: 'requester', person_id: other.id, ticket_id: ticket.id } as const]) {
      const ctx = await as(actor)
      await expect(confirm(ctx, { ticket_id: ticket.id })).rejects.toMatchObject({ kind: 'forbidden' })
      await expect(withdraw(ctx, { ticket_id: ticket.id })).rejects.toMatchObject({ kind: 'forbidden' })
    }
    expect(await facts(ticket.id)).toEqual(['ticket.opened'])
  }),
)

test(
  'withdrawing closes; a second click is told so',
  database.story(async ({ as, facts }) => {
    const ticket = await aTicket(await as(system))
    const ctx = await as(theRequester(ticket))
    await withdraw(ctx, { ticket_id: ticket.id })
    expect(await seeTicket(ctx, { id: ticket.id })).toMatchObject({ state: 'closed', closure: { reason: 'withdrawn' } })
    await expect(withdraw(ctx, { ticket_id: ticket.id })).rejects.toMatchObject({
      kind: 'conflict',
      key: 'ticket.state_closed',
    })
    expect(await facts(ticket.id)).toEqual(['ticket.opened', 'ticket.closed'])
  }),
)

test(
  'out of scope needs a pointer, which the requester is told; reopening undoes it',
  database.story(async ({ as, facts }) => {
    const { ticket, agent } = await aTicketWithAgent(await as(system))
    const ctx = await as(agent)
    await expect(close(ctx, { ticket_id: ticket.id, reason: 'out_of_scope' })).rejects.toMatchObject({
      kind: 'invalid',
      faults: [{ path: 'pointer' }],
    })
    await close(ctx, { ticket_id: ticket.id, reason: 'out_of_scope', pointer: 'SP4N-LAPOR!' })
    const mail = await ctx.db
      .selectFrom('outbox')
      .selectAll()
      .where('about_id', '=', ticket.id)
      .executeTakeFirstOrThrow()
    expect(mail).toMatchObject({ kind: 'notice', automatic: true, not_before: ctx.now })
    expect(mail.text).toContain('SP4N-LAPOR!')
    await reopen(ctx, { ticket_id: ticket.id })
    expect(await seeTicket(ctx, { id: ticket.id })).toMatchObject({ state: 'open', closure: null })
    expect(await facts(ticket.id)).toEqual(['ticket.opened', 'message.sent', 'ticket.closed', 'ticket.reopened'])
  }),
)

test(
  'a duplicate names the other ticket; its number is told only to whom it belongs',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const own = await aTicket(setting, { desk: ticket.desk, requester: ticket.requester })
    const strangers = await aTicket(setting, { desk: ticket.desk })
    const elsewhere = await aTicket(setting)
    const ctx = await as(agent)
    for (const duplicate_of of ['', '123', ticket.number, elsewhere.number])
      await expect(close(ctx, { ticket_id: ticket.id, reason: 'duplicate', duplicate_of })).rejects.toMatchObject({
        kind: 'invalid',
        faults: [{ path: 'duplicate_of' }],
      })
    await close(ctx, { ticket_id: ticket.id, reason: 'duplicate', duplicate_of: `#${strangers.number}` })
    await close(ctx, { ticket_id: own.id, reason: 'duplicate', duplicate_of: ticket.number })
    const mails = await ctx.db.selectFrom('outbox').select(['about_id', 'text']).orderBy('id').execute()
    expect(mails[0]!.text).not.toContain(strangers.number)
    expect(mails[1]!.text).toContain(ticket.number)
    expect(await seeTicket(ctx, { id: ticket.id })).toMatchObject({
      closure: { reason: 'duplicate', duplicate_of: { number: strangers.number } },
      links: expect.arrayContaining([
        expect.objectContaining({ id: strangers.id, kind: 'duplicate', direction: 'from' }),
        expect.objectContaining({ id: own.id, kind: 'duplicate', direction: 'to' }),
      ]),
    })
  }),
)

test(
  'silence: reminded once, then resolved, then closed, and told each time',
  database.story(async ({ as, facts }) => {
    const setting = await as(system)
    const { ticket, agent } = await aTicketWithAgent(setting)
    const working = await aTicket(setting)
    await reply(await as(agent), { ticket_id: ticket.id, text: 'Merek apa?', at_once: true })
    const ctx = await as(system)
    const both = [ticket.id, working.id]
    expect(await remindQuiet(ctx, both)).toEqual([ticket.id])
    expect(await remindQuiet(ctx, both)).toEqual([])
    expect(await resolveQuiet(ctx, both)).toEqual([ticket.id])
    expect(await closeQuiet(ctx, both)).toEqual([ticket.id])
    expect(await closeQuiet(ctx, both)).toEqual([])
    expect(await seeTicket(ctx, { id: ticket.id })).toMatchObject({ state: 'closed', closure: { reason: 'no_answer' } })
    const mails = await ctx.db
      .selectFrom('outbox')
      .select('kind')
      .where('about_id', '=', ticket.id)
      .orderBy('id')
      .execute()
    expect(mails.map((mail) => mail.kind)).toEqual(['reply', 'notice', 'notice', 'notice'])
    expect((await facts(ticket.id)).filter((kind) => kind.startsWith('ticket.'))).toEqual([
      'ticket.opened',
      'ticket.reminded',
      'ticket.resolved',
      'ticket.closed',
    ])
  }),
)

test(
  'a request that the requester alone called solved cannot be rated: nobody of us did anything',
  database.story(async ({ as }) => {
    const ticket = await aTicket(await as(system))
    const requester = await as(theRequester(ticket))
    await confirm(requester, { ticket_id: ticket.id })
    await expect(rate(requester, { ticket_id: ticket.id, score: 5 })).rejects.toMatchObject({
      kind: 'conflict',
      key: 'ticket.nothing_to_rate',
    })
    expect(await seeTicket(requester, { id: ticket.id })).toMatchObject({ state: 'closed', rating: null })
  }),
)
