/**
 * node bench/costs.ts DATA_FOLDER [READ…] [SECONDS]
 * What one read of the desk costs: times with one and with eight connections, and the milliseconds of CPU of this process and of
 * PostgreSQL apart, which tell more on a busy machine than any time. No page around it, no server over HTTP.
 */
import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { closedLoop } from './load.ts'
import { cpuMsOf, processesOf } from './processes.ts'
import { readOnce } from './read-bench.ts'
import { reads, type Read } from './result.ts'
import type { Seeded } from './seed.ts'
import { startMeasured, withRunningApp } from './site.ts'

const [data = '', ...rest] = process.argv.slice(2)
const seconds = Number(rest.find((word) => /^\d+$/.test(word)) ?? 4)
const wanted = rest.filter((word): word is Read => (reads as readonly string[]).includes(word))
const seeded = JSON.parse(readFileSync(join(data, 'bench-seed.json'), 'utf8')) as Seeded
const pandu = await startMeasured(data)
try {
  await withRunningApp(data, async (app) => {
    const cpu = () => ({
      node: process.cpuUsage(),
      postgres: cpuMsOf(processesOf(pandu.pid, data)) - cpuMsOf([pandu.pid]),
      at: performance.now(),
    })
    const beforeIdle = cpu()
    await pause(3_000)
    const afterIdle = cpu()
    const idle = (afterIdle.postgres - beforeIdle.postgres) / (afterIdle.at - beforeIdle.at)
    for (const one of wanted.length > 0 ? wanted : reads)
      for (const who of ['agent', 'provider'] as const) {
        let line = `${one.padEnd(14)} ${who.padEnd(9)}`
        for (const many of [1, 8]) {
          let asked = 0
          const turn = async (_: number, turn: number) => {
            asked++
            await readOnce(app, seeded[who], seeded.numbers[who], one, turn)
          }
          await closedLoop(many, 1, turn)
          asked = 0
          const before = cpu()
          const { p50_ms, p95_ms } = await closedLoop(many, seconds, turn)
          const after = cpu()
          const node = process.cpuUsage(before.node)
          const ms = after.at - before.at
          line += ` c${many}: p50 ${p50_ms.toFixed(1).padStart(6)} p95 ${p95_ms.toFixed(1).padStart(6)}  node ${((node.user + node.system) / 1_000 / asked).toFixed(2).padStart(5)} PostgreSQL ${((after.postgres - before.postgres - idle * ms) / asked).toFixed(2).padStart(5)} ms CPU |`
        }
        console.log(`${line} load ${loadavg()[0]!.toFixed(1)}`)
      }
  })
} finally {
  await pandu.stop({ keep: true })
}
process.exit(0)
