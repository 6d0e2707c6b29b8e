import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterEach, expect, inject, test } from 'vitest'
import { system, write } from '../../platform/context.ts'
import type { FaultPoint } from '../../platform/fault.ts'
import { newId } from '../../platform/ids.ts'
import { bareEnvironment } from '../../platform/testing-environment.ts'
import { useDatabase } from '../../platform/testing.ts'
import { queueMessages } from '../queue-messages.ts'
import { noteReceipts } from './note-receipts.ts'
import { openTextSender } from './send-texts.ts'
import { aGateway, aText } from './testing-texts.ts'

const database = useDatabase({ PANDU_SMS_GATEWAY: 'smpp://u:p@smsc.contoh.test#name=satu' })
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A sender in a process of its own, until it dies at `fault`; answers the texts that its gateway had got by then. */
async function sendUntilKilled(fault: FaultPoint): Promise<string[]> {
  const app = database.app()
  const child = spawn(process.execPath, [fileURLToPath(new URL('./send-child.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...bareEnvironment(),
      PANDU_DATA: app.settings.PANDU_DATA,
      PANDU_LOG: 'error',
      PANDU_SMS_GATEWAY: app.settings.PANDU_SMS_GATEWAY,
      PANDU_FAULT: fault,
      TEST_DATABASE: JSON.stringify({
        socket: inject('postgres_socket'),
        port: inject('postgres_port'),
        database: app.worker_pool.options.database,
      }),
    },
  })
  children.push(child)
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += String(chunk)))
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL'])
  return said.split('\n').filter((line) => line !== '')
}

const row = (id: string) =>
  database.app().worker.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

/** The next sender, some time later. */
async function sendLater(): Promise<string[]> {
  const gateway = aGateway()
  const sender = openTextSender(database.app(), [gateway])
  await sql`update outbox set lease_until = case when state = 'sending' then now() - interval '1 second' end`.execute(
    database.app().worker,
  )
  await sender.tidy()
  do await sender.idle()
  while (await sender.sendDue())
  await sender.idle()
  sender.stop()
  return gateway.asked.map(({ outbox_id }) => outbox_id)
}
const minutesPass = () =>
  sql`update outbox set next_attempt_at = now() where state = 'waiting'`.execute(database.app().worker)

test('killed after a text is handed over, before and after the gateway has it: it waits for a report, and never goes again by itself', async () => {
  const points: FaultPoint[] = ['texts.handed', 'texts.after_send']
  for (const point of points) {
    const [id] = await write(database.app(), system, (ctx) => queueMessages(ctx, [aText()]))
    const got = await sendUntilKilled(point)
    expect(got).toEqual(point === 'texts.handed' ? [] : [id])
    expect(await row(id!)).toMatchObject({ state: 'sending' })

    expect(await sendLater()).toEqual([])
    expect(await row(id!)).toMatchObject({ state: 'waiting', last_error: 'unanswered' })
    if (point === 'texts.after_send') {
      await write(database.app(), system, (ctx) =>
        noteReceipts(ctx, [
          {
            kind: 'receipt',
            gateway: 'satu',
            of: { outbox_id: id!, number: null },
            state: 'delivered',
            at: null,
            error: null,
            item_id: newId(),
          },
        ]),
      )
      await minutesPass()
      expect(await sendLater()).toEqual([])
      expect(await row(id!)).toMatchObject({ state: 'delivered', last_error: null })
    } else {
      await minutesPass()
      // Nobody knows that it never went: somebody decides.
      expect(await sendLater()).toEqual([])
      expect(await row(id!)).toMatchObject({ state: 'waiting', last_error: 'undecided', next_attempt_at: null })
    }
  }
})
