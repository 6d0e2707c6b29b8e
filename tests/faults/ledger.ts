/** What a sender may rely on, kept outside Pandu: what was acknowledged, and what was sent without an answer and must be sent again. */
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { MailSender } from '../../bench/mail-sender.ts'
import { withRunningApp } from '../../bench/site.ts'
import { intakeSummary } from '../../src/server/channels/index.ts'
import type { App } from '../../src/server/platform/app.ts'
import { read, system } from '../../src/server/platform/context.ts'
import { verifyBlobs } from '../../src/server/platform/verify-blobs.ts'
import { verifyJournal } from '../../src/server/platform/verify-journal.ts'
import type { RunningPandu } from '../e2e/start-pandu.ts'

export interface Ledger {
  acknowledged: string[]
  /** Sent, but nobody said what became of it: a mail host sends it again. */
  unanswered: string[]
  /** Refused with a code that says "later": it must not be there, and is sent again. */
  deferred: Set<string>
  run: string
  next: number
}

export const openLedger = (): Ledger => ({
  acknowledged: [],
  unanswered: [],
  deferred: new Set(),
  run: randomBytes(5).toString('hex'),
  next: 0,
})

/** Sends mails over `senders` connections until `enough()`; whatever ends a connection ends its sender. What was unanswered goes first. */
export async function sendMails(
  pandu: RunningPandu,
  ledger: Ledger,
  senders: number,
  enough: () => boolean,
): Promise<void> {
  const send = async () => {
    let sender: MailSender
    try {
      sender = await MailSender.open(pandu.smtp_port)
    } catch {
      return // it is dead, or not yet there
    }
    while (!enough()) {
      const name = ledger.unanswered.shift() ?? `${ledger.run}.${ledger.next++}`
      try {
        await sender.send(name)
        ledger.acknowledged.push(name)
        ledger.deferred.delete(name)
      } catch (error) {
        ledger.unanswered.push(name)
        if (/\b4\d\d /.test((error as Error).message)) ledger.deferred.add(name)
        break
      }
    }
    sender.close()
  }
  await Promise.all(Array.from({ length: senders }, send))
}

/** Sends again what was not answered, until all of it is: as mail hosts do for days. */
export async function sendTheRest(pandu: RunningPandu, ledger: Ledger): Promise<void> {
  const deadline = Date.now() + 60_000
  while (ledger.unanswered.length > 0 && Date.now() < deadline) {
    await sendMails(pandu, ledger, 2, () => ledger.unanswered.length === 0)
    if (ledger.unanswered.length > 0) await pause(200)
  }
}

export interface Verdict {
  acknowledged: number
  lost: number
  /** Kept with its bytes, but put aside after two processes had died while reading it: somebody at the desk decides. */
  put_aside: number
  doubled: number
  /** Nobody knows them: neither acknowledged nor sent again. */
  unexpected: number
  faults: string[]
}

/** Waits until everything is read, then holds the ledger against the tickets, and asks Pandu's own checks. */
export const holdAgainst = (
  pandu: RunningPandu,
  ledger: Ledger,
  subjectOf = (name: string) => `Permohonan ${name}`,
  /** Where the cluster lies, if not in Pandu's own data folder. */
  database = pandu.data,
): Promise<Verdict> =>
  withRunningApp(database, async (app) => {
    await untilRead(app)
    const { rows } = await sql<{
      subject: string
      tickets: number
    }>`select subject, count(*)::int as tickets from tickets
      where subject like ${`%${ledger.run}.%`} group by subject`.execute(app.worker)
    const { rows: aside } = await sql<{ sender: string }>`select envelope_from as sender from intake_items
      where outcome = 'quarantined' and envelope_from like ${`p${ledger.run}.%`} and (raw is not null or in_blob)`.execute(
      app.worker,
    )
    const tickets = new Set(rows.map((row) => row.subject))
    const put_aside = new Set(aside.map((row) => row.sender))
    const expected = new Set(ledger.acknowledged.map(subjectOf))
    const missing = ledger.acknowledged.filter((name) => !tickets.has(subjectOf(name)))
    return {
      acknowledged: ledger.acknowledged.length,
      lost: missing.filter((name) => !put_aside.has(`p${name}@contoh.id`)).length,
      put_aside: put_aside.size,
      doubled: rows.filter((row) => row.tickets > 1).length,
      unexpected: rows.filter((row) => !expected.has(row.subject)).length,
      faults: await faultsIn(app),
    }
  })

/** The journal, the blobs, and the ledger's sums. */
export async function faultsIn(app: App): Promise<string[]> {
  const { received, by_channel: _, ...others } = await read(app, system, intakeSummary)
  const sum = Object.values(others).reduce((total, count) => total + count, 0)
  return [
    ...(await verifyJournal(app)).faults,
    ...(await verifyBlobs(app)).faults,
    ...(received === sum ? [] : [`received ${received}, but the outcomes are ${sum}`]),
  ]
}

async function untilRead(app: App): Promise<void> {
  const deadline = Date.now() + 120_000
  for (;;) {
    const { rows } = await sql<{ waiting: number }>`select
      (select count(*) from intake_items where outcome is null)::int + (select count(*) from journal_pending)::int as waiting`.execute(
      app.worker,
    )
    if (rows[0]!.waiting === 0) return
    if (Date.now() > deadline) throw new Error(`${rows[0]!.waiting} items or facts still wait after two minutes`)
    await pause(100)
  }
}

export const sound = ({ lost, doubled, unexpected, faults }: Verdict): boolean =>
  lost === 0 && doubled === 0 && unexpected === 0 && faults.length === 0
