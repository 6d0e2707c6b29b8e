import { expect, test } from 'vitest'
import { system, write } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { rememberMailIds, ticketsOfMailIds } from './mail-ids.ts'

const database = useDatabase()

test('however many mails pretend to have the id of a mail of ours, it leads to our ticket first', async () => {
  const [mail_id, ours] = [`${newId()}@pandu.test`, newId()]
  const found = await write(database.app(), system, async (ctx) => {
    await rememberMailIds(ctx, [{ mail_id, ticket_id: ours, origin: 'sent' }])
    const forged = Array.from({ length: 30 }, () => ({ mail_id, ticket_id: newId(), origin: 'received' as const }))
    await rememberMailIds({ ...ctx, now: new Date(ctx.now.getTime() + 1000) }, forged)
    return ticketsOfMailIds(ctx, [mail_id])
  })
  expect(found).toHaveLength(20)
  expect(found[0]).toEqual({ mail_id, ticket_id: ours, origin: 'sent' })
})
