import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterEach, beforeAll, expect, inject, test } from 'vitest'
import type { FaultPoint } from '../../server/platform/fault.ts'
import { newId } from '../../server/platform/ids.ts'
import { bareEnvironment } from '../../server/platform/testing-environment.ts'
import { useDatabase } from '../../server/platform/testing.ts'
import { prepare } from '../../server/desks/index.ts'
import { takeInCalls } from '../../server/intake/index.ts'

const TOLD_MAX = 4

const database = useDatabase()
const children: ChildProcess[] = []
beforeAll(() => prepare(database.app()))
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** The door in a process of its own; dies at `fault`. */
async function startDoor(fault: string): Promise<{ url: string; died: Promise<unknown> }> {
  const app = database.app()
  const child = spawn(process.execPath, [fileURLToPath(new URL('./kill-child.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...bareEnvironment(),
      PANDU_DATA: app.settings.PANDU_DATA,
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
  return { url: `http://127.0.0.1:${Number(String(line))}/channels/phone`, died }
}

/** Whether it was acknowledged. */
const tell = (url: string, call: string): Promise<boolean> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ event: 'missed', call, from: `+62812${BigInt(`0x${call.slice(-8)}`)}`, to: '1500', ts: 1 }),
  }).then(
    ({ status }) => status === 200,
    () => false,
  )

test.each<FaultPoint>(['intake.before_commit', 'intake.after_commit', 'intake.after_250'])(
  'killed at %s: no call that was acknowledged is lost, and none that is told again is two',
  async (point) => {
    const { url, died } = await startDoor(`${point}:2`)
    let alive = true
    void died.then(() => (alive = false))
    const [acknowledged, unanswered]: [string[], string[]] = [[], []]
    for (let count = 0; alive && count < TOLD_MAX; count++) {
      const call = newId()
      ;((await tell(url, call)) ? acknowledged : unanswered).push(call)
    }
    expect(await died).toEqual([null, 'SIGKILL'])
    // An exchange tells again what was not answered, and so does one that lost the answer.
    const again = await startDoor('')
    for (const call of [...unanswered, ...acknowledged.slice(-1)]) expect(await tell(again.url, call)).toBe(true)
    while (await takeInCalls(database.app()));
    const all = [...acknowledged, ...unanswered].toSorted()
    const { rows } = await sql<{ remote_id: string; tickets: number }>`select c.remote_id,
        (select count(*)::int from tickets t join call_backs b on b.ticket_id = t.id where b.id = c.call_back_id and b.times = 1) as tickets
      from calls c where c.remote_id = any (${all}::text[]) order by c.remote_id`.execute(database.app().worker)
    expect(rows).toEqual(all.map((remote_id) => ({ remote_id, tickets: 1 })))
  },
)
