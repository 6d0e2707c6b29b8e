import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import nodemailer from 'nodemailer'
import { afterEach, beforeAll, expect, inject, test } from 'vitest'
import { system, write } from '../platform/context.ts'
import type { FaultPoint } from '../platform/fault.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { intakeSummary } from '../channels/index.ts'
import { prepare } from '../desks/index.ts'
import { settleWaiting } from './testing.ts'
import { bareEnvironment } from '../platform/testing-environment.ts'

/** At each point, as short form of the hundred of `npm run faults` (issue 2). */
const KILLS = 3
const MAILS_MAX = 5

const database = useDatabase()
const children: ChildProcess[] = []
beforeAll(() => prepare(database.app()))
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** The listener in a process of its own; dies at `fault`. */
async function startListener(fault: string): Promise<{ port: number; died: Promise<unknown> }> {
  const app = database.app()
  const child = spawn(process.execPath, [fileURLToPath(new URL('./kill-child.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...bareEnvironment(),
      PANDU_DATA: app.settings.PANDU_DATA,
      PANDU_SMTP_PORT: '0',
      PANDU_LOG: 'error',
      PANDU_FAULT: fault,
      TEST_DATABASE: JSON.stringify({
        socket: inject('postgres_socket'),
        port: inject('postgres_port'),
        database: app.worker_pool.options.database,
      }),
    },
  })
  children.push(child)
  const died = once(child, 'exit')
  const [line] = (await Promise.race([once(child.stdout, 'data'), died.then(() => ['0'])])) as [Buffer]
  return { port: Number(String(line)), died }
}

async function send(port: number, subject: string): Promise<boolean> {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port, ignoreTLS: true, socketTimeout: 20_000 })
  return transport
    .sendMail({
      messageId: `<${subject}@contoh.id>`,
      date: new Date(0),
      from: `${subject}@contoh.id`,
      to: 'helpdesk@localhost',
      subject,
      text: 'Tolong.',
    })
    .then(
      () => true,
      () => false,
    )
}

test.each<FaultPoint>(['intake.before_commit', 'intake.after_commit', 'intake.after_250'])(
  'killed at %s: nothing acknowledged is lost, nothing sent again is doubled',
  async (point) => {
    const app = database.app()
    const acknowledged: string[] = []
    const unanswered: string[] = []
    for (let kill = 1; kill <= KILLS; kill++) {
      const { port, died } = await startListener(`${point}:${kill}`)
      let alive = true
      void died.then(() => (alive = false))
      for (let count = 0; alive && count < MAILS_MAX; count++) {
        const subject = newId()
        const answered = await send(port, subject)
        ;(answered ? acknowledged : unanswered).push(subject)
      }
      expect(await died).toEqual([null, 'SIGKILL'])
    }
    // A mail host sends again whatever was not answered, and so does one that lost the answer.
    const { port } = await startListener('')
    for (const subject of [...unanswered, ...acknowledged.slice(-1)]) expect(await send(port, subject)).toBe(true)
    await settleWaiting(app)
    const all = [...acknowledged, ...unanswered]
    const tickets = await app.worker.selectFrom('tickets').select('subject').where('subject', 'in', all).execute()
    expect(tickets.map((ticket) => ticket.subject).toSorted()).toEqual(all.toSorted())
    const { received, by_channel: _, ...others } = await write(app, system, intakeSummary)
    expect(received).toBe(Object.values(others).reduce((sum, count) => sum + count, 0))
  },
)
