/**
 * node bench/profile.ts DATA_FOLDER PATH|queue|ticket|search_rare|search_common|search_absent|follow [CONNECTIONS [SECONDS]]
 * Where the server's CPU goes while one page is asked again and again: its rate and times, then the functions that took most of the
 * server's time, by themselves and with what they called. The seeded folder is one of `npm run bench` (PANDU_BENCH_DATA).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { closedLoop, Connection } from './load.ts'
import { cpuMsOf, processesOf } from './processes.ts'
import { pathsOf } from './paths.ts'
import type { Seeded } from './seed.ts'
import { signIn, startMeasured } from './site.ts'

const INSPECTOR_PORT = 9239
const SHOWN = 45
const IDLE_MS = 4_000

const [data = '', page = '/', connections = '8', seconds = '6'] = process.argv.slice(2)
const seeded = JSON.parse(readFileSync(join(data, 'bench-seed.json'), 'utf8')) as Seeded
const path = pathsOf(seeded, page)

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number }; children?: number[] }[]
  samples: number[]
  timeDeltas: number[]
}

/** Asks the server's inspector; one answer a question. */
async function openInspector(port: number) {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    webSocketDebuggerUrl: string
  }[]
  const socket = new WebSocket(targets[0]!.webSocketDebuggerUrl)
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
  let last = 0
  return {
    ask: (method: string, params: object = {}) =>
      new Promise<Record<string, unknown>>((resolve) => {
        const id = ++last
        const hear = (heard: MessageEvent<string>) => {
          const answer = JSON.parse(heard.data) as { id?: number; result: Record<string, unknown> }
          if (answer.id !== id) return
          socket.removeEventListener('message', hear)
          resolve(answer.result)
        }
        socket.addEventListener('message', hear)
        socket.send(JSON.stringify({ id, method, params }))
      }),
    close: () => socket.close(),
  }
}

const nameOf = ({ callFrame: { functionName, url, lineNumber } }: Profile['nodes'][number]) =>
  `${functionName || '(anonymous)'} ${url.replace(/^.*\/(node_modules|src|build|messages)\//, '$1/')}:${lineNumber + 1}`

function tell({ nodes, samples, timeDeltas }: Profile) {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const own = new Map<number, number>()
  samples.forEach((id, at) => own.set(id, (own.get(id) ?? 0) + timeDeltas[at]!))
  const all = [...own.values()].reduce((sum, one) => sum + one, 0)
  const self = new Map<string, number>()
  const whole = new Map<string, number>()
  const walk = (id: number, above: ReadonlySet<string>): number => {
    const node = byId.get(id)!
    const name = nameOf(node)
    const mine = own.get(id) ?? 0
    const inside = above.has(name) ? above : new Set([...above, name])
    let sum = mine
    for (const child of node.children ?? []) sum += walk(child, inside)
    self.set(name, (self.get(name) ?? 0) + mine)
    if (!above.has(name)) whole.set(name, (whole.get(name) ?? 0) + sum)
    return sum
  }
  walk(nodes[0]!.id, new Set())
  for (const [title, times] of [
    ['by itself', self],
    ['with what it called', whole],
  ] as const) {
    console.log(`-- ${title}`)
    for (const [name, time] of [...times].sort((a, b) => b[1] - a[1]).slice(0, SHOWN))
      console.log(`${((time / all) * 100).toFixed(1).padStart(6)} %  ${name}`)
  }
}

const pandu = await startMeasured(data, {
  NODE_OPTIONS: `--max-old-space-size=512 --inspect=127.0.0.1:${INSPECTOR_PORT}`,
})
try {
  const cookie = path(0).startsWith('/desk') ? await signIn(pandu, seeded.sign_in) : await formCookie()
  const askers = Array.from({ length: Number(connections) }, () => new Connection(pandu.port))
  const inspector = await openInspector(INSPECTOR_PORT)
  let askedSoFar = 0
  const load = async (given: number) =>
    closedLoop(askers.length, given, async (asker, turn) => {
      askedSoFar++
      const { status } = await askers[asker]!.ask('GET', path(turn), {
        cookie,
        'accept-encoding': 'gzip, deflate, br, zstd',
        'accept-language': 'id',
      })
      if (status !== 200) throw new Error(`${path(turn)} answered ${status}`)
    })
  await load(2)
  const cpu = () => {
    const server = cpuMsOf([pandu.pid])
    return { server, postgres: cpuMsOf(processesOf(pandu.pid, pandu.data)) - server, ms: performance.now() }
  }
  const spent = async (work: () => Promise<unknown>) => {
    const before = cpu()
    await work()
    const after = cpu()
    return {
      server: after.server - before.server,
      postgres: after.postgres - before.postgres,
      ms: after.ms - before.ms,
    }
  }
  // What relay and workers do all the time is no page's: on a busy machine, with few pages a second, it would be half of the figure.
  const idle = await spent(() => pause(IDLE_MS))
  const asked = askedSoFar
  let measured!: Awaited<ReturnType<typeof load>>
  const busy = await spent(async () => {
    measured = await load(Number(seconds))
  })
  const turns = askedSoFar - asked
  await inspector.ask('Profiler.enable')
  await inspector.ask('Profiler.setSamplingInterval', { interval: 500 })
  await inspector.ask('Profiler.start')
  await load(Number(seconds))
  const { profile } = await inspector.ask('Profiler.stop')
  inspector.close()
  for (const asker of askers) asker.close()
  const { per_s, p50_ms, p95_ms } = measured
  console.log(
    `${page}  ${per_s.toFixed(0)}/s  p50 ${p50_ms.toFixed(1)} ms  p95 ${p95_ms.toFixed(1)} ms (before the profiler was on)`,
  )
  const each = (who: 'server' | 'postgres') =>
    `${((busy[who] - idle[who] * (busy.ms / idle.ms)) / turns).toFixed(3)} ms`
  console.log(`CPU a page: server ${each('server')}, PostgreSQL ${each('postgres')}`)
  tell(profile as Profile)
  if (process.env['PANDU_PROFILE']) writeFileSync(process.env['PANDU_PROFILE'], JSON.stringify(profile))
} finally {
  await pandu.stop({ keep: true })
}

/** What a browser has from its first visit on. */
async function formCookie(): Promise<string> {
  const connection = new Connection(pandu.port)
  const { cookies } = await connection.ask('GET', '/')
  connection.close()
  return cookies.join('; ')
}
process.exit(0)
