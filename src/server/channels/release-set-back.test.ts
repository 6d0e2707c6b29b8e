import { expect, test } from 'vitest'
import { sql } from 'kysely'
import { system, write } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { queueMessages } from './queue-messages.ts'
import { releaseSetBack } from './release-set-back.ts'
import { startSender } from './sender.ts'

const database = useDatabase()

test('what waits in the outbox leaves at once when the clock was set back by a year; what is only for later stays', async () => {
  const app = database.app()
  const queue = (recipient: string, not_before: Date) =>
    write(app, system, (ctx) =>
      queueMessages(ctx, [
        {
          channel: 'email',
          kind: 'notice',
          recipient,
          subject: 'x',
          text: 'x',
          language: 'id',
          automatic: true,
          not_before,
        },
      ]),
    )
  const [held] = await queue('satu@contoh.example', new Date(Date.now() + 15_000))
  const [later] = await queue('dua@contoh.example', new Date(Date.now() + 3_600_000))
  // Made a year from here, as the clock had it then, with fifteen seconds to take it back.
  await sql`update outbox set created_at = created_at + interval '365 days', not_before = not_before + interval '365 days',
    next_attempt_at = next_attempt_at + interval '365 days' where id = ${held!}::uuid`.execute(app.worker)
  const stateOf = async (id: string) =>
    (await sql<{ state: string }>`select state from outbox where id = ${id}::uuid`.execute(app.worker)).rows[0]!.state
  expect(await releaseSetBack(app)).toBe(1)
  expect(await releaseSetBack(app)).toBe(0)
  const sender = startSender(app)
  try {
    await expect.poll(() => stateOf(held!), { timeout: 60_000 }).toBe('kept')
  } finally {
    await sender.stop()
  }
  expect(await stateOf(later!)).toBe('waiting')
})
