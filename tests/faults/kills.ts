/** kill -9 while mails and forms come in: at three named points of the intake, and at random. */
import { setTimeout as pause } from 'node:timers/promises'
import { Connection } from '../../bench/load.ts'
import type { FaultPoint } from '../../src/server/platform/fault.ts'
import { startPandu, type RunningPandu } from '../e2e/start-pandu.ts'
import { holdAgainst, openLedger, sendMails, sendTheRest, type Ledger, type Verdict } from './ledger.ts'

export interface KillPlan {
  kills: number
  /** Random kills go on until so many are acknowledged. */
  acknowledged: number
}
export type KillVerdict = Verdict & { kills: number }

const SENDERS = 4
const QUIET = { PANDU_LOG: 'error', PANDU_TRUSTED_PROXIES: '127.0.0.1' }

/** The process ends itself at this point of every third mail; each start is killed once. */
export async function killAt(point: FaultPoint, { kills }: KillPlan): Promise<KillVerdict> {
  const ledger = openLedger()
  const pandu = await startPandu({ env: { ...QUIET, PANDU_FAULT: `${point}:3` } })
  try {
    for (let kill = 1; kill <= kills; kill++) {
      await untilEnded(pandu, () => sendMails(pandu, ledger, SENDERS, () => false))
      if (kill < kills) await pandu.restart()
    }
  } finally {
    await pandu.kill()
  }
  return judge(pandu, ledger, kills)
}

/** Sends until the process is gone. A sender that finds nobody listening is no proof, so the process itself is asked. */
async function untilEnded(pandu: RunningPandu, work: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (isAlive(pandu.pid)) {
    if (Date.now() > deadline) throw new Error('the process should have ended itself')
    await work()
    await pause(20)
  }
}
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** kill -9 at any moment, while eight senders send as fast as they can. */
export async function killAtRandom({ kills, acknowledged }: KillPlan): Promise<KillVerdict> {
  const ledger = openLedger()
  const pandu = await startPandu({ env: QUIET })
  let killed = 0
  while (killed < kills || ledger.acknowledged.length < acknowledged) {
    let dead = false
    const sending = sendMails(pandu, ledger, SENDERS * 2, () => dead)
    await pause(100 + Math.random() * 1_900)
    await pandu.kill()
    dead = true
    killed++
    await sending
    await pandu.restart()
  }
  await pandu.kill()
  return judge(pandu, ledger, killed)
}

/** A new process without the fault, on the same data: it recovers without hands, gets what was not answered, and is held to the ledger. */
async function judge(pandu: RunningPandu, ledger: Ledger, kills: number): Promise<KillVerdict> {
  const healthy = await startPandu({ env: QUIET, data: pandu.data })
  try {
    // One that was acknowledged too: the answer may have been lost on the way.
    ledger.unanswered.push(...ledger.acknowledged.slice(-1))
    await sendTheRest(healthy, ledger)
    ledger.acknowledged = [...new Set(ledger.acknowledged)]
    return { kills, ...(await holdAgainst(healthy, ledger)) }
  } finally {
    await healthy.stop({ keep: false })
  }
}

/** The same for the web form: whoever got no answer posts the same form again, as a reload does. */
export async function killDuringForms({ kills, acknowledged }: KillPlan): Promise<KillVerdict> {
  const ledger = openLedger()
  const pandu = await startPandu({ env: QUIET })
  let killed = 0
  while (killed < kills || ledger.acknowledged.length < acknowledged) {
    let dead = false
    const posting = postForms(pandu, ledger, SENDERS, () => dead)
    await pause(300 + Math.random() * 1_700)
    await pandu.kill()
    dead = true
    killed++
    await posting
    await pandu.restart()
  }
  const deadline = Date.now() + 60_000
  while (ledger.unanswered.length > 0 && Date.now() < deadline)
    await postForms(pandu, ledger, 2, () => ledger.unanswered.length === 0)
  const verdict = await holdAgainst(pandu, ledger, (name) => `Permohonan ${name} lewat formulir.`)
  await pandu.stop({ keep: false })
  return { kills: killed, ...verdict }
}

export async function postForms(
  pandu: RunningPandu,
  ledger: Ledger,
  people: number,
  enough: () => boolean,
): Promise<void> {
  const post = async () => {
    const connection = new Connection(pandu.port)
    while (!enough()) {
      const name = ledger.unanswered.shift() ?? `${ledger.run}.${ledger.next++}`
      try {
        const status = await postForm(pandu, connection, name)
        if (status !== 303) throw new Error(`/ask answered ${status}`)
        ledger.acknowledged.push(name)
      } catch {
        ledger.unanswered.push(name)
        break
      }
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: people }, post))
}

/** One form, the same each time for the same name: the page made its id when it was opened. */
export async function postForm(pandu: RunningPandu, connection: Connection, name: string): Promise<number> {
  const number = Number(name.split('.')[1])
  const letters = Buffer.from(name)
    .toString('hex')
    .replace(/[0189]/g, (digit) => 'wxyz'[Number(digit) % 4]!)
  const form = new URLSearchParams({
    form_id: letters.padEnd(32, 'a').slice(0, 32),
    text: `Permohonan ${name} lewat formulir.`,
    kind: 'not_known',
    province: 'none',
    who: 'person',
    name: `Pemohon ${name}`,
    email: `p${name}@contoh.id`,
    privacy_version: '1',
    consent: 'on',
  })
  const headers = {
    origin: pandu.origin,
    'content-type': 'application/x-www-form-urlencoded',
    'x-forwarded-for': `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
  }
  return (await connection.ask('POST', '/ask?/send', headers, form.toString())).status
}
