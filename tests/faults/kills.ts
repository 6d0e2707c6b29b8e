/** kill -9 while requests come in: at named points of the intake, and at random; of the program alone, or of PostgreSQL with it. */
import { setTimeout as pause } from 'node:timers/promises'
import { processesOf } from '../../bench/processes.ts'
import type { FaultPoint } from '../../src/server/platform/fault.ts'
import type { RunningPandu } from '../e2e/start-pandu.ts'
import { halfMail, halfUpload, stages } from './halves.ts'
import { doubtTheLast, keepSending, sendTheRest, type Ledger } from './ledger.ts'

/** How a long run says where it is. */
export type Tell = (line: string) => void
const quiet: Tell = () => undefined

const SENDERS = 4
const LIFE_MAX_MS = 10_000
/** A point that nobody comes to would make the run wait for ever. */
const DEATH_MAX_MS = 60_000

/** The process ends itself at this point, at the first to the fifth who comes there; so often. Afterwards it runs, whole. */
export async function killAt(
  pandu: RunningPandu,
  ledger: Ledger,
  point: FaultPoint,
  kills: number,
  tell = quiet,
): Promise<{ kills: number }> {
  for (let kill = 1; kill <= kills; kill++) {
    // What waits from the life before may bring it to the point while it still starts: that is a kill too.
    await pandu.restart({ PANDU_FAULT: `${point}:${1 + (kill % 5)}` }).catch((error: unknown) => {
      if (!String(error).includes('the process ended')) throw error
    })
    const sending = keepSending(pandu, [ledger], SENDERS)
    await untilEnded(pandu, point)
    await sending.stop()
    doubtTheLast(ledger)
    if (kill % 10 === 0) tell(`${kill} of ${kills} kills, ${ledger.acknowledged.size} acknowledged`)
  }
  await pandu.restart()
  await sendTheRest(pandu, ledger)
  return { kills }
}

async function untilEnded(pandu: RunningPandu, point: string): Promise<void> {
  const deadline = Date.now() + DEATH_MAX_MS
  while (isAlive(pandu.pid)) {
    if (Date.now() > deadline) throw new Error(`the process should have ended itself at ${point}`)
    await pause(10)
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/**
 * kill -9 at any moment, while senders send as fast as they can; every second time PostgreSQL and whatever else serves this data folder is
 * killed with it. Goes on until there were so many kills, and so many were acknowledged over all ledgers: each life is as long as a random
 * share of what is still wanted takes, at most ten seconds.
 */
export async function killAtRandom(
  pandu: RunningPandu,
  ledgers: readonly Ledger[],
  plan: { kills: number; acknowledged: number; senders?: number },
  tell = quiet,
): Promise<{ kills: number; kills_of_postgres: number }> {
  const acknowledged = () => ledgers.reduce((sum, ledger) => sum + ledger.acknowledged.size, 0)
  let kills = 0
  let kills_of_postgres = 0
  while (kills < plan.kills || acknowledged() < plan.acknowledged) {
    const sending = keepSending(pandu, ledgers, plan.senders ?? SENDERS)
    const lives = Math.max(1, plan.kills - kills)
    const enough = acknowledged() + (Math.random() * 2 * Math.max(0, plan.acknowledged - acknowledged())) / lives
    const until = Date.now() + LIFE_MAX_MS
    await pause(100 + Math.random() * 900)
    while (acknowledged() < enough && Date.now() < until) await pause(10)
    kills++
    if (kills % 2 === 0) {
      kills_of_postgres++
      for (const pid of processesOf(pandu.pid, pandu.data)) end(pid)
    }
    await pandu.kill()
    await sending.stop()
    for (const ledger of ledgers) doubtTheLast(ledger)
    await pandu.restart()
    if (kills % 10 === 0) tell(`${kills} kills, ${acknowledged()} acknowledged`)
  }
  for (const ledger of ledgers) await sendTheRest(pandu, ledger)
  return { kills, kills_of_postgres }
}

/** kill -9 while mails and uploads are half way, one at each stage: nothing of them may be there, and nothing else is harmed. */
export async function killHalfWay(
  pandu: RunningPandu,
  [mails, forms]: readonly [Ledger, Ledger],
  kills: number,
): Promise<{ kills: number; half_way: number }> {
  let half_way = 0
  const next = (ledger: Ledger) => `${ledger.run}.${ledger.next++}`
  for (let kill = 0; kill < kills; kill++) {
    const halves = await Promise.all([
      ...stages.map((stage) => halfMail(pandu, next(mails), stage)),
      ...[0, 0.5, 0.99].map((share) => halfUpload(pandu, next(forms), { share, bytes: 100_000 })),
    ])
    half_way += halves.length
    await pandu.kill()
    for (const half of halves) half.cut()
    await pandu.restart()
  }
  return { kills, half_way }
}

function end(pid: number) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it ended meanwhile
  }
}
