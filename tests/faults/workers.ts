/** Two processes work on the same jobs, and one of them dies in the middle of one. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { withRunningApp } from '../../bench/site.ts'
import type { FaultPoint } from '../../src/server/platform/fault.ts'
import type { RunningPandu } from '../e2e/start-pandu.ts'
import { isAlive } from './kills.ts'
import { keepSending, sendTheRest, type Ledger } from './ledger.ts'
import type { Outside } from './outside.ts'
import { untilSettled } from './verdict.ts'

const HOUSE = resolve(import.meta.dirname, '../..')
const DEATH_MAX_MS = 120_000
export const TAKEN_OVER_MAX_MS = 60_000

export interface Worked {
  deaths: number
  /** From each death until every job has run. */
  taken_over_ms: number[]
}

/** A second process for jobs beside a running Pandu; `./pandu worker` as on another machine, with the same settings: without its gateways it would keep the texts that are due. */
function startWorker(pandu: RunningPandu, env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, ['src/cli.ts', 'worker'], {
    cwd: HOUSE,
    stdio: 'ignore',
    env: { ...pandu.settings, PANDU_LOG: 'silent', ...env },
  })
}

/** Both work on what comes in for so many seconds; every effect must be there once. */
export async function twoWorkers(
  pandu: RunningPandu,
  outside: Outside,
  ledgers: readonly Ledger[],
  seconds: number,
): Promise<Worked> {
  const other = startWorker(pandu)
  try {
    const sending = keepSending(pandu, ledgers, 2)
    await pause(seconds * 1_000)
    await sending.stop()
    for (const ledger of ledgers) await sendTheRest(pandu, ledger)
    await withRunningApp(outside.cluster, (app) => untilSettled(app))
  } finally {
    await ended(other, 'SIGTERM')
  }
  return { deaths: 0, taken_over_ms: [] }
}

/** The second one dies in its first job, before its effect or after it; the first takes the job over. */
export async function workerDies(
  pandu: RunningPandu,
  outside: Outside,
  ledgers: readonly Ledger[],
  points: readonly FaultPoint[],
): Promise<Worked> {
  const taken_over_ms: number[] = []
  for (const point of points) {
    const other = startWorker(pandu, { PANDU_FAULT: point })
    try {
      const sending = keepSending(pandu, ledgers, 1)
      const deadline = Date.now() + DEATH_MAX_MS
      while (other.exitCode === null && other.signalCode === null && isAlive(other.pid ?? 0)) {
        if (Date.now() > deadline) throw new Error(`the worker should have ended itself at ${point}`)
        await pause(20)
      }
      const died = performance.now()
      await sending.stop()
      await withRunningApp(outside.cluster, (app) => untilSettled(app))
      taken_over_ms.push(Math.round(performance.now() - died))
    } finally {
      await ended(other, 'SIGKILL')
    }
  }
  for (const ledger of ledgers) await sendTheRest(pandu, ledger)
  return { deaths: points.length, taken_over_ms }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  await exit
}
