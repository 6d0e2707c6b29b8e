import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterEach, beforeAll, expect, inject, test } from 'vitest'
import { system, write } from '../../platform/context.ts'
import type { FaultPoint } from '../../platform/fault.ts'
import { useDatabase } from '../../platform/testing.ts'
import { bareEnvironment } from '../../platform/testing-environment.ts'
import { intakeSummary, takeItem } from '../../channels/index.ts'
import { prepare } from '../../desks/index.ts'
import { answersTo, aText, itemOf, partsOf, saidOn, settleWaitingTexts } from './testing.ts'

/** At which time that a process comes to the point it dies. What was committed waits no more, so that a third time in one process would never come. */
const diesAt = (point: FaultPoint): number[] => (point === 'texts.after_commit' ? [1, 2, 1] : [1, 2, 3])

const database = useDatabase()
const children: ChildProcess[] = []
beforeAll(() => prepare(database.app()))
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** The intake of texts in a process of its own, which dies at `fault`; resolves when it is dead. */
async function dieAt(fault: string): Promise<unknown> {
  const app = database.app()
  const child = spawn(process.execPath, [fileURLToPath(new URL('./kill-child.ts', import.meta.url))], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...bareEnvironment(),
      PANDU_DATA: app.settings.PANDU_DATA,
      PANDU_LOG: 'error',
      NODE_OPTIONS: '--no-deprecation',
      PANDU_FAULT: fault,
      TEST_DATABASE: JSON.stringify({
        socket: inject('postgres_socket'),
        port: inject('postgres_port'),
        database: app.worker_pool.options.database,
      }),
    },
  })
  children.push(child)
  return (await once(child, 'exit'))[1]
}

let last = 0
const aNumber = () => `+62813${String(44_000_000 + ++last)}`
const LONG = 'Komputer di ruang pelayanan tidak dapat membuka berkas sejak pagi, mohon dibantu secepatnya. '
  .repeat(4)
  .trim()

test.each<FaultPoint>(['texts.after_parts', 'texts.before_commit', 'texts.after_commit'])(
  'killed at %s: each text becomes one thing, and is answered once',
  async (point) => {
    const app = database.app()
    const [alone, twice, long] = [aNumber(), aNumber(), aNumber()]
    const take = async (text: Parameters<typeof aText>[0]) => (await takeItem(app, aText(text))).id
    const first = await take({ from: alone, text: 'printer mati' })
    const second = await take({ from: twice, text: 'monitor bergaris' })
    const parts: string[] = []
    for (const part of partsOf({ from: long, text: LONG }, 3).toReversed()) parts.push(await take(part))
    const third = await take({ from: twice, text: 'yang di loket 2' })
    for (const time of diesAt(point)) {
      expect(await dieAt(`${point}:${time}`)).toBe('SIGKILL')
      // As if the leases of the dead process were over; the next one begins with what is left.
      await sql`update intake_items set lease_until = null where outcome is null`.execute(app.worker)
      // Something that the next process is certain to come to the same point with.
      await take({ from: aNumber(), text: 'jaringan putus' })
    }
    await settleWaitingTexts(app)
    const ticketOf = async (id: string) => (await itemOf(app, id)).ticket_id!
    expect(await itemOf(app, first)).toMatchObject({ outcome: 'ticket' })
    expect(await itemOf(app, third)).toMatchObject({ outcome: 'message', ticket_id: await ticketOf(second) })
    expect(await saidOn(app, await ticketOf(second))).toEqual(['monitor bergaris', 'yang di loket 2'])
    const whole = parts.at(-1)!
    expect(await saidOn(app, await ticketOf(whole))).toEqual([LONG])
    for (const part of parts.slice(0, -1))
      expect(await itemOf(app, part)).toMatchObject({ outcome: 'duplicate', duplicate_of: whole })
    for (const number of [alone, twice, long]) expect(await answersTo(app, number)).toHaveLength(1)
    const { rows } = await sql<{ tickets: number }>`select count(*)::int as tickets from tickets t
      join people p on p.id = t.requester_id where p.name = any (${[alone, twice, long]}::text[])`.execute(app.worker)
    expect(rows).toEqual([{ tickets: 3 }])
    const { received, by_channel: _, ...others } = await write(app, system, intakeSummary)
    expect(received).toBe(Object.values(others).reduce((sum, count) => sum + count, 0))
  },
)
