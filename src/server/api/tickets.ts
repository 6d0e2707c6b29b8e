import { z } from 'zod'
import { refuse } from '../platform/refusal.ts'
import type { Reading } from '../platform/context.ts'
import { seen } from '../platform/sights.ts'
import { submit, Submit } from '../intake/index.ts'
import {
  findTicketRow,
  ListTickets,
  listMessages,
  listTickets,
  note,
  Note,
  reopen,
  reply,
  resolve,
  Resolve,
  type TicketRow,
} from '../tickets/index.ts'
import { LIMIT, nothing, paging, pageOf, reading, writing, type Endpoint } from './endpoint.ts'
import { aMessage, aTicket, REPLY_TEXT } from './examples.ts'
import { Message, pageSchema, Ticket, toMessage, toTicket } from './shapes.ts'

const here = '/api/v1/tickets'
const find = (ctx: Reading, params: Record<string, string>) => findTicketRow(ctx, { number: params['number'] ?? '' })

const { newest_first: _, ...filters } = ListTickets.shape

const list = reading({
  path: here,
  name: 'listTickets',
  summary: 'Tickets that the account sees, newest first',
  description: 'The filters are those of the desk. `query` takes a number or words as a search engine does.',
  scope: 'tickets:read',
  query: z.strictObject({ ...filters, ...paging }),
  answers: {
    200: { description: 'A page.', schema: pageSchema(Ticket), example: { items: [aTicket], next: null } },
  },
  refuses: [],
  async look(ctx, { query }) {
    const { items, next } = await listTickets(ctx, { ...query, newest_first: true })
    return { items: items.map(toTicket), next }
  },
})

const open = writing({
  path: here,
  name: 'openTicket',
  summary: 'A new ticket for a requester',
  description:
    'Goes through the intake: a row of the ledger (channel `api`) with the body as it came. The first holder follows from the region. A requester with a mail address is told the number.',
  scope: 'tickets:write',
  body: Submit,
  body_example: {
    text: 'Pencetak kami tidak mau mencetak sejak pindah ke Linux.',
    requester: { name: 'Sari Contoh', email: 'sari@dinkes.contoh.go.id' },
    region: '63.07',
  },
  answers: { 201: { description: 'The ticket; its address is in Location.', schema: Ticket, example: aTicket } },
  refuses: [],
  door: 'intake',
  async act(ctx, { body, raw, actor, client }) {
    const taken = await submit(ctx, { actor, raw, client, request: body })
    if (taken === null) return null
    const row = await findTicketRow({ ...ctx, actor }, { id: taken.id })
    return { status: 201, location: `${here}/${taken.number}`, body: toTicket(row) }
  },
  refused: () => refuse('forbidden', 'intake.blocked'),
})

const one = reading({
  path: `${here}/{number}`,
  name: 'getTicket',
  summary: 'One ticket',
  scope: 'tickets:read',
  query: nothing,
  find,
  answers: { 200: { description: 'The ticket.', schema: Ticket, example: aTicket } },
  refuses: [404],
  look(ctx, { subject }) {
    seen(ctx, 'ticket.seen', { ticket_id: subject.id })
    return Promise.resolve(toTicket(subject))
  },
})

const messages = reading({
  path: `${here}/{number}/messages`,
  name: 'listMessages',
  summary: 'The conversation with its internal notes, newest first',
  scope: 'tickets:read',
  query: z.strictObject(paging),
  find,
  answers: {
    200: { description: 'A page.', schema: pageSchema(Message), example: { items: [aMessage], next: null } },
  },
  refuses: [404],
  async look(ctx, { query: { cursor, limit = LIMIT }, subject }) {
    if (cursor !== undefined && !z.uuid().safeParse(cursor).success)
      refuse('invalid', 'cursor', [{ path: 'cursor', key: 'fault.cursor' }])
    const rows = await listMessages(ctx, subject.id, { limit: limit + 1, ...(cursor ? { before: cursor } : {}) })
    return pageOf(rows.toReversed().map(toMessage), (message) => message.id, { limit })
  },
})

const write = writing({
  path: `${here}/{number}/messages`,
  name: 'writeMessage',
  summary: 'A reply to the requester, or an internal note',
  description: 'A reply leaves at once. After it the ticket waits for the requester.',
  scope: 'tickets:write',
  body: z.strictObject({ text: Note.shape.text, internal: z.boolean().default(false) }),
  body_example: { text: REPLY_TEXT },
  find,
  answers: { 201: { description: 'The message.', schema: Message, example: aMessage } },
  refuses: [404, 409],
  async act(ctx, { body: { text, internal }, subject }) {
    const { message_id } = internal
      ? await note(ctx, { ticket_id: subject.id, text })
      : await reply(ctx, { ticket_id: subject.id, text, at_once: true })
    const [row] = await listMessages(ctx, subject.id, { id: message_id })
    return { status: 201, body: toMessage(row!) }
  },
})

const resolution = writing({
  path: `${here}/{number}/resolution`,
  name: 'resolveTicket',
  summary: 'The resolution, sent to the requester with the question whether it helped',
  scope: 'tickets:write',
  body: Resolve.omit({ ticket_id: true, at_once: true, to_complete: true }).strict(),
  body_example: { problem: 'Pencetak tidak ditemukan.', steps: 'Pasang paket driver, lalu tambahkan pencetak.' },
  find,
  answers: {
    201: {
      description: 'The ticket, resolved.',
      schema: Ticket,
      example: { ...aTicket, state: 'resolved', waiting_since: null },
    },
  },
  refuses: [404, 409],
  async act(ctx, { body, subject }) {
    await resolve(ctx, { ...body, ticket_id: subject.id, at_once: true })
    return { status: 201, body: toTicket(await again(ctx, subject)) }
  },
})

const reopening = writing({
  path: `${here}/{number}/reopen`,
  name: 'reopenTicket',
  summary: 'Back to work: undoes a resolution, a closure, or waiting for the requester',
  scope: 'tickets:write',
  body: nothing,
  body_example: {},
  find,
  answers: { 200: { description: 'The ticket, open.', schema: Ticket, example: { ...aTicket, state: 'open' } } },
  refuses: [404, 409],
  async act(ctx, { subject }) {
    await reopen(ctx, { ticket_id: subject.id })
    return { status: 200, body: toTicket(await again(ctx, subject)) }
  },
})

const again = (ctx: Reading, { id }: TicketRow) => findTicketRow(ctx, { id })

export const ticketEndpoints: readonly Endpoint[] = [list, open, one, messages, write, resolution, reopening]
