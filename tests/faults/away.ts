/** PostgreSQL goes away under load: killed, stopped, cut off, or only slow; and comes back. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Connection } from '../../bench/load.ts'
import { MailSender } from '../../bench/mail-sender.ts'
import { textOf } from '../../bench/page-bench.ts'
import type { RunningPandu } from '../e2e/start-pandu.ts'
import { keepSending, saidBy, sendTheRest, type Ledger } from './ledger.ts'
import type { Outside, Wire } from './outside.ts'
import { postForm } from './ways.ts'

const SENDERS = 2

/** What people and programs hear while it is away. */
export interface Heard {
  mail: string[]
  api: number[]
  form: { status: number; keeps_text: boolean }[]
  /** From its return until `/readyz` says so and a mail is taken. */
  back_ms: number[]
}

export const isRight = ({ mail, api, form, back_ms }: Heard, back_ms_max = 10_000): boolean =>
  // No answer at all is right where nobody knows whether the commit happened (RFC 5321 4.2.5).
  mail.every((code) => code === '451' || code === '421' || code === 'no answer') &&
  api.every((status) => status === 503) &&
  form.every(({ status, keeps_text }) => status === 503 && keeps_text) &&
  back_ms.every((ms) => ms <= back_ms_max)

/** kill -9 of PostgreSQL under load; whoever keeps it starts it again. Resolves when everything that was sent is taken. */
export async function killPostgres(
  pandu: RunningPandu,
  ledgers: readonly Ledger[],
  given: { times: number; pid?: () => number; tell?: (line: string) => void },
): Promise<{ kills: number; back_ms: number[] }> {
  const back_ms: number[] = []
  for (let turn = 0; turn < given.times; turn++) {
    const sending = keepSending(pandu, ledgers, SENDERS)
    await pause(500 + Math.random() * 1_000)
    const killed = performance.now()
    process.kill(given.pid?.() ?? postmasterOf(pandu.data), 'SIGKILL')
    await untilReady(pandu, false)
    await untilReady(pandu, true)
    back_ms.push(Math.round(performance.now() - killed))
    await pause(200)
    await sending.stop()
    given.tell?.(`${turn + 1} of ${given.times} kills, back after ${back_ms.at(-1)} ms`)
    // Three restarts within a minute are allowed; a fourth would rightly be the end.
    if (turn % 3 === 2 && turn + 1 < given.times) await pause(60_000)
  }
  for (const ledger of ledgers) await sendTheRest(pandu, ledger)
  return { kills: given.times, back_ms }
}

const postmasterOf = (data: string) => Number(readFileSync(join(data, 'pg/postmaster.pid'), 'utf8').split('\n')[0])

/** Stopped for a while, under load: what is heard meanwhile, and how soon all is well again. */
export async function stopPostgres(
  pandu: RunningPandu,
  outside: Outside,
  ledgers: readonly Ledger[],
  away_seconds: number,
): Promise<Heard> {
  const sending = keepSending(pandu, ledgers, SENDERS)
  await pause(500)
  await outside.stop()
  await untilReady(pandu, false)
  const heard = [await listen(pandu, ledgers)]
  await pause(away_seconds * 1_000)
  heard.push(await listen(pandu, ledgers))
  await outside.start()
  const back = await untilBack(pandu)
  await sending.stop()
  for (const ledger of ledgers) await sendTheRest(pandu, ledger)
  return together(heard, back)
}

/** The wire between Pandu and PostgreSQL fails for a while, in one of its ways. */
export async function cutWire(
  pandu: RunningPandu,
  outside: Outside,
  ledgers: readonly Ledger[],
  given: { wire: Wire; away_seconds: number },
): Promise<Heard> {
  const sending = keepSending(pandu, ledgers, SENDERS)
  await pause(500)
  outside.wire(given.wire)
  await untilReady(pandu, false)
  const heard = [await listen(pandu, ledgers)]
  if (given.away_seconds > 0) {
    await pause(given.away_seconds * 1_000)
    heard.push(await listen(pandu, ledgers))
  }
  outside.wire('whole')
  const back = await untilBack(pandu)
  await sending.stop()
  for (const ledger of ledgers) await sendTheRest(pandu, ledger)
  return together(heard, back)
}

type Once = Pick<Heard, 'mail' | 'api' | 'form'>

async function listen(pandu: RunningPandu, ledgers: readonly Ledger[]): Promise<Once> {
  const api = ledgers.find(({ way }) => way.channel === 'api')
  return {
    mail: [await mailAnswer(pandu)],
    form: [await formAnswer(pandu)],
    api: api ? [await apiAnswer(pandu, api)] : [],
  }
}

const together = (heard: Once[], back_ms: number): Heard => ({
  mail: heard.flatMap(({ mail }) => mail),
  api: heard.flatMap(({ api }) => api),
  form: heard.flatMap(({ form }) => form),
  back_ms: [back_ms],
})

/** What a mail host hears: `250`, or the first answer that is no yes. Its mail carries no name of a ledger. */
export async function mailAnswer(pandu: RunningPandu, body?: string): Promise<string> {
  try {
    const sender = await MailSender.open(pandu.smtp_port)
    await sender.send(`tanya.${Math.random().toString(36).slice(2)}`, body)
    sender.close()
    return '250'
  } catch (error) {
    return saidBy(error)
  }
}

/** What somebody hears who sends a form, and whether the answer holds what they typed. */
export async function formAnswer(pandu: RunningPandu): Promise<{ status: number; keeps_text: boolean }> {
  const connection = new Connection(pandu.port)
  const name = `tanya.${Math.floor(Math.random() * 1e9)}`
  try {
    const answer = await postForm(pandu, connection, name)
    return { status: answer.status, keeps_text: textOf(answer).includes(`Permohonan ${name} lewat formulir.`) }
  } finally {
    connection.close()
  }
}

async function apiAnswer(pandu: RunningPandu, ledger: Ledger): Promise<number> {
  const sender = await ledger.way.open(pandu)
  const answer = await sender.send(`${ledger.run}.${ledger.next}`).then(
    () => 201,
    (error: unknown) => Number(saidBy(error)),
  )
  sender.close()
  return answer
}

/** Everything is usable again by itself: `/readyz` says so, and a mail is taken. */
async function untilBack(pandu: RunningPandu): Promise<number> {
  const returned = performance.now()
  await untilReady(pandu, true)
  while ((await mailAnswer(pandu)) !== '250') await pause(50)
  return Math.round(performance.now() - returned)
}

export async function untilReady(pandu: RunningPandu, ready: boolean, within_ms = 90_000): Promise<void> {
  const deadline = Date.now() + within_ms
  for (;;) {
    const { status, said } = await fetch(`http://127.0.0.1:${pandu.port}/readyz`, {
      signal: AbortSignal.timeout(10_000),
    })
      .then(async (answer) => ({ status: answer.status, said: await answer.text() }))
      .catch((error: unknown) => ({ status: 0, said: String(error) }))
    if ((status === 200) === ready) return
    if (Date.now() > deadline)
      throw new Error(
        `expected ${ready ? 'ready' : 'not ready'}, but /readyz says ${said}. It printed:\n${pandu.log.slice(-3_000)}`,
      )
    await pause(20)
  }
}

/** Somebody's lock makes every page that reads tickets wait: intake keeps its connections, pages are refused after a while, nothing hangs. */
export async function holdTickets(
  pandu: RunningPandu,
  outside: Outside,
  given: { askers: number; held_ms?: number },
): Promise<{
  mail: string[]
  mail_ms: number[]
  pages: Record<string, number>
  longest_ms: number
  health_ms: number
  page_after: number
}> {
  const client = await outside.client()
  await client.query('begin; lock table tickets in access exclusive mode')
  const begun = performance.now()
  let longest_ms = 0
  const pages: Record<string, number> = {}
  const asking = Array.from({ length: given.askers }, async () => {
    const { status } = await formAnswer(pandu).catch(() => ({ status: 0 }))
    longest_ms = Math.max(longest_ms, Math.round(performance.now() - begun))
    pages[status] = (pages[status] ?? 0) + 1
  })
  await pause(1_000)
  const mail: string[] = []
  const mail_ms: number[] = []
  for (let turn = 0; turn < 3; turn++) {
    const from = performance.now()
    mail.push(await mailAnswer(pandu))
    mail_ms.push(Math.round(performance.now() - from))
  }
  const from = performance.now()
  await fetch(`http://127.0.0.1:${pandu.port}/healthz`)
  const health_ms = Math.round(performance.now() - from)
  // Without a limit it is held until nobody waits any more.
  if (given.held_ms === undefined) await Promise.all(asking)
  else await pause(given.held_ms)
  await client.query('rollback')
  await Promise.all(asking)
  await client.end()
  await untilReady(pandu, true)
  const page_after = (await fetch(`http://127.0.0.1:${pandu.port}/ask`)).status
  return { mail, mail_ms, pages, longest_ms, health_ms, page_after }
}
