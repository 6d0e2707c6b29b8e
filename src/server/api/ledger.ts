import { Readable } from 'node:stream'
import { z } from 'zod'
import {
  intakeSummary,
  listItems,
  listOutbox,
  deliveryStates,
  outboxChannels,
  rawItem,
  seeItem,
} from '../channels/index.ts'
import { nothing, paging, reading, type Endpoint } from './endpoint.ts'
import { aSummary, anItem, anOutboxMessage } from './examples.ts'
import { IntakeItem, IntakeSummary, OutboxMessage, pageSchema, toIntakeItem, toOutboxMessage } from './shapes.ts'

const summary = reading({
  path: '/api/v1/intake/summary',
  name: 'getIntakeSummary',
  summary: 'What came since installation and what became of it',
  description: '`received` is the sum of all others, counted in one statement; it survives retention.',
  scope: 'intake:read',
  query: nothing,
  answers: { 200: { description: 'The sums.', schema: IntakeSummary, example: aSummary } },
  refuses: [],
  look: (ctx) => intakeSummary(ctx),
})

const items = reading({
  path: '/api/v1/intake',
  name: 'listIntakeItems',
  summary: 'The ledger of what came in, newest first',
  description: '`text` is cut at 500 characters here. `outcome=waiting` finds what waits to be read.',
  scope: 'intake:read',
  query: z.strictObject({
    outcome: z.enum([...IntakeItem.shape.outcome.unwrap().options, 'waiting']).optional(),
    channel: IntakeItem.shape.channel.optional(),
    ...paging,
  }),
  answers: {
    200: { description: 'A page.', schema: pageSchema(IntakeItem), example: { items: [anItem], next: null } },
  },
  refuses: [],
  async look(ctx, { query }) {
    const page = await listItems(ctx, query)
    return { items: page.items.map(toIntakeItem), next: page.next }
  },
})

const item = reading({
  path: '/api/v1/intake/{id}',
  name: 'getIntakeItem',
  summary: 'One item with its whole text',
  scope: 'intake:read',
  query: nothing,
  find: (ctx, params) => seeItem(ctx, params['id'] ?? ''),
  answers: { 200: { description: 'The item.', schema: IntakeItem, example: anItem } },
  refuses: [404],
  look: (_ctx, { subject }) => Promise.resolve(toIntakeItem(subject)),
})

const raw = reading({
  path: '/api/v1/intake/{id}/raw',
  name: 'getIntakeItemRaw',
  summary: 'The bytes as received',
  scope: 'intake:read',
  query: nothing,
  find: (ctx, params) => seeItem(ctx, params['id'] ?? ''),
  answers: {
    200: {
      description: 'For saving, never for showing.',
      schema: z.string().meta({ format: 'binary' }),
      example: 'From: sari@dinkes.contoh.go.id …',
      media_type: 'application/octet-stream',
    },
  },
  refuses: [404],
  look: async (ctx, { subject }) => ({ id: subject.id, ...(await rawItem(ctx, subject.id)) }),
  send({ id, bytes, size }: { id: string; bytes: Readable; size: number }, { request }) {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': String(size),
      // as received, thus not compressed on the way either
      'cache-control': 'no-store, no-transform',
      'content-disposition': `attachment; filename="${id}.raw"`,
    }
    if (request.method !== 'HEAD') return new Response(Readable.toWeb(bytes) as ReadableStream, { headers })
    bytes.destroy()
    return new Response(null, { headers })
  },
})

const outbox = reading({
  path: '/api/v1/outbox',
  name: 'listOutbox',
  summary: 'What goes out, one row a recipient, newest first',
  description:
    '`kept` means that no relay or gateway is configured; mails then lie in the data folder, texts are read on the desk. `last_error` is a code such as `origin_is_local`, or what the other side answered.',
  scope: 'outbox:read',
  query: z.strictObject({
    state: z.enum(deliveryStates).optional(),
    channel: z.enum(outboxChannels).optional(),
    ...paging,
  }),
  answers: {
    200: {
      description: 'A page.',
      schema: pageSchema(OutboxMessage),
      example: { items: [anOutboxMessage], next: null },
    },
  },
  refuses: [],
  async look(ctx, { query }) {
    const page = await listOutbox(ctx, query)
    return { items: page.items.map(toOutboxMessage), next: page.next }
  },
})

/** The summary stands before the item, because `summary` would be read as an id. */
export const ledgerEndpoints: readonly Endpoint[] = [summary, items, item, raw, outbox]
