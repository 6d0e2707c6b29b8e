import { expect, test } from 'vitest'
import { system } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { readMessageId } from './email/addresses.ts'
import { ticketsOfMailIds, rememberMailIds } from './mail-ids.ts'
import { queueMessages, type NewMessage } from './queue-messages.ts'

const database = useDatabase()

const aMessage = (given: Partial<NewMessage> = {}): NewMessage => ({
  channel: 'email',
  kind: 'reply',
  recipient: 'sari@dinkes.contoh.go.id',
  subject: 'Jawaban',
  text: 'Coba matikan lalu nyalakan lagi.',
  language: 'id',
  automatic: false,
  ...given,
})

test(
  'a message has a row for each recipient, is due at once and leads back to its ticket',
  database.story(async ({ as, app }) => {
    const ctx = await as(system)
    const ticket_id = newId()
    const ids = await queueMessages(ctx, [
      aMessage({ about_id: ticket_id, references: ['satu@contoh.id', 'dua@contoh.id'] }),
      aMessage({ recipient: 'budi@dinkes.contoh.go.id' }),
    ])
    const rows = await ctx.db.selectFrom('outbox').selectAll().orderBy('id').execute()
    expect(rows.map((row) => row.id)).toEqual(ids)
    expect(rows[0]).toMatchObject({ state: 'waiting', attempts: 0, about_id: ticket_id, next_attempt_at: ctx.now })
    expect(rows[0]!.mail_references).toEqual(['satu@contoh.id', 'dua@contoh.id'])
    expect(readMessageId(app.secrets, rows[0]!.mail_id!)).toEqual({ ticket_number: null, id: ids[0] })
    expect(await ticketsOfMailIds(ctx, [rows[0]!.mail_id!, rows[1]!.mail_id!])).toEqual([
      { mail_id: rows[0]!.mail_id, ticket_id, origin: 'sent' },
    ])
  }),
)

test(
  'a line break in a subject begins no header field',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    await queueMessages(ctx, [aMessage({ subject: 'Halo\r\nBcc: jahat@contoh.id' })])
    const row = await ctx.db.selectFrom('outbox').select('subject').executeTakeFirstOrThrow()
    expect(row.subject).toBe('Halo Bcc: jahat@contoh.id')
  }),
)

test(
  'a mail id leads to every ticket that knows it, and what is known is not overwritten',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const [first, second] = [newId(), newId()]
    await rememberMailIds(ctx, [{ mail_id: 'a@contoh.id', ticket_id: first, origin: 'received' }])
    await rememberMailIds(ctx, [
      { mail_id: 'a@contoh.id', ticket_id: first, origin: 'referenced' },
      { mail_id: 'a@contoh.id', ticket_id: second, origin: 'referenced' },
      { mail_id: 'x'.repeat(999), ticket_id: second, origin: 'referenced' },
    ])
    expect(await ticketsOfMailIds(ctx, ['a@contoh.id'])).toEqual([
      { mail_id: 'a@contoh.id', ticket_id: first, origin: 'received' },
      { mail_id: 'a@contoh.id', ticket_id: second, origin: 'referenced' },
    ])
  }),
)
