/** What a sender may rely on, kept outside Pandu: what was acknowledged, and what was sent without an answer and must be sent again. */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { RunningPandu } from '../e2e/start-pandu.ts'
import type { Sender, Way } from './ways.ts'

export interface Ledger {
  way: Way
  /** Name → what the answer told (a number), or null. */
  acknowledged: Map<string, string | null>
  /** Sent, but nobody said what became of it: whoever sent it sends it again. */
  unanswered: string[]
  /** Retries that were answered otherwise than the first time. */
  contradicted: string[]
  /** What was said instead of yes, and how often. */
  refusals: Map<string, number>
  run: string
  next: number
  /** How long a sender waits after each answer: 0 is as fast as it can. */
  pause_ms: number
}

export const openLedger = (way: Way, pause_ms = 0): Ledger => ({
  way,
  acknowledged: new Map(),
  unanswered: [],
  contradicted: [],
  refusals: new Map(),
  run: randomBytes(5).toString('hex'),
  next: 0,
  pause_ms,
})

/**
 * Sends over `senders` connections until `enough()`; whatever ends a connection ends its sender. What was unanswered goes first.
 * Resolves when all of them have ended.
 */
export async function sendAll(
  pandu: RunningPandu,
  ledger: Ledger,
  senders: number,
  enough: () => boolean,
): Promise<void> {
  const send = async () => {
    let sender: Sender
    try {
      sender = await ledger.way.open(pandu)
    } catch {
      return // it is dead, or not yet there
    }
    while (!enough()) {
      const name = ledger.unanswered.shift() ?? `${ledger.run}.${ledger.next++}`
      try {
        remember(ledger, name, await sender.send(name))
        if (ledger.pause_ms > 0) await pause(ledger.pause_ms)
      } catch (error) {
        ledger.unanswered.push(name)
        const said = saidBy(error)
        ledger.refusals.set(said, (ledger.refusals.get(said) ?? 0) + 1)
        break
      }
    }
    sender.close()
  }
  await Promise.all(Array.from({ length: senders }, send))
}

function remember(ledger: Ledger, name: string, answer: string | null) {
  const before = ledger.acknowledged.get(name)
  if (before && before !== answer) ledger.contradicted.push(name)
  ledger.acknowledged.set(name, answer)
}

/** The code of a refusal (SMTP or HTTP), or that nobody answered. */
export const saidBy = (error: unknown): string => /\b([45]\d\d) /.exec((error as Error).message)?.[1] ?? 'no answer'

/** The answer to the last one may have been lost on the way: it is sent again, as it was. */
export function doubtTheLast(ledger: Ledger): void {
  const last = [...ledger.acknowledged.keys()].at(-1)
  if (last && !ledger.unanswered.includes(last)) ledger.unanswered.push(last)
}

/** Sends again what was not answered, until all of it is: as mail hosts do for days. */
export async function sendTheRest(pandu: RunningPandu, ledger: Ledger, within_ms = 60_000): Promise<void> {
  const deadline = Date.now() + within_ms
  while (ledger.unanswered.length > 0) {
    if (Date.now() > deadline)
      throw new Error(`still not taken: ${ledger.unanswered.length}; heard ${JSON.stringify([...ledger.refusals])}`)
    await sendAll(pandu, ledger, 2, () => ledger.unanswered.length === 0)
    if (ledger.unanswered.length > 0) await pause(200)
  }
}

/** Goes on sending, whatever happens, until told to stop; who is cut off comes back a moment later. */
export function keepSending(pandu: RunningPandu, ledgers: readonly Ledger[], senders: number) {
  let over = false
  const sending = Promise.all(
    ledgers.map(async (ledger) => {
      while (!over) {
        await sendAll(pandu, ledger, senders, () => over)
        if (!over) await pause(50)
      }
    }),
  )
  return {
    async stop() {
      over = true
      await sending
    },
  }
}
