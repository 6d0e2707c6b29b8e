/** PostgreSQL goes away under load, for a moment or for long, and the disk becomes full. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Connection } from '../../bench/load.ts'
import { MailSender } from '../../bench/mail-sender.ts'
import { textOf } from '../../bench/page-bench.ts'
import { startEmbeddedPostgres } from '../../src/server/platform/embedded-postgres.ts'
import { openLog } from '../../src/server/platform/log.ts'
import { startPandu, type RunningPandu } from '../e2e/start-pandu.ts'
import { holdAgainst, openLedger, sendMails, sendTheRest, type Verdict } from './ledger.ts'

const QUIET = { PANDU_LOG: 'error', PANDU_TRUSTED_PROXIES: '127.0.0.1' }

export type AwayVerdict = Verdict & { back_ms: number[]; mail_answers: string[]; form_status: number; form_keeps_text: boolean }

const postmasterOf = (pandu: RunningPandu) => Number(readFileSync(join(pandu.data, 'pg/postmaster.pid'), 'utf8').split('\n')[0])

/** kill -9 of PostgreSQL itself under load, and of one of its processes. Pandu brings it back. */
export async function killPostgres(times: number): Promise<Verdict & { back_ms: number[] }> {
  const ledger = openLedger()
  const pandu = await startPandu({ env: QUIET })
  const back_ms: number[] = []
  try {
    for (let turn = 0; turn < times; turn++) {
      let over = false
      const sending = (async () => {
        while (!over) {
          await sendMails(pandu, ledger, 4, () => over)
          await pause(50)
        }
      })()
      await pause(1_500)
      const killed = performance.now()
      process.kill(postmasterOf(pandu), 'SIGKILL')
      await untilReady(pandu, false)
      await untilReady(pandu, true)
      back_ms.push(Math.round(performance.now() - killed))
      await pause(1_000)
      over = true
      await sending
      // Three restarts within a minute are allowed; a fourth would rightly be the end.
      if (turn % 3 === 2 && turn + 1 < times) await pause(60_000)
    }
    await sendTheRest(pandu, ledger)
    return { back_ms, ...(await holdAgainst(pandu, ledger)) }
  } finally {
    await pandu.stop({ keep: false })
  }
}

/** An outside PostgreSQL is stopped for a while: mail 451, pages 503, the form keeps its text; then it returns. */
export async function stopPostgres(away_seconds: number): Promise<AwayVerdict> {
  const outside = mkdtempSync(join(tmpdir(), 'pandu-outside-'))
  chmodSync(outside, 0o755)
  const log = openLog({ PANDU_LOG: 'silent' })
  let postgres = await startEmbeddedPostgres({ data: outside, log })
  const ledger = openLedger()
  const url = `postgres:///pandu?host=${postgres.superuser().host}&user=pandu_owner`
  const roles = { PANDU_DATABASE_WEB_URL: url.replace('_owner', '_web'), PANDU_DATABASE_WORKER_URL: url.replace('_owner', '_worker') }
  const pandu = await startPandu({ env: { ...QUIET, DATABASE_URL: url, ...roles } })
  try {
    await sendMails(pandu, ledger, 4, () => ledger.acknowledged.length >= 50)
    await postgres.stop()
    await untilReady(pandu, false)
    const mail_answers = [await mailAnswer(pandu)]
    await pause(away_seconds * 1_000)
    mail_answers.push(await mailAnswer(pandu))
    const connection = new Connection(pandu.port)
    const text = `Tulisan panjang yang tidak boleh hilang ${ledger.run}`
    const answer = await connection.ask(
      'POST',
      '/ask?/send',
      { origin: pandu.origin, 'content-type': 'application/x-www-form-urlencoded' },
      new URLSearchParams({ text, name: 'Pemohon Contoh' }).toString(),
    )
    connection.close()
    postgres = await startEmbeddedPostgres({ data: outside, log })
    const returned = performance.now()
    await untilReady(pandu, true)
    const back_ms = [Math.round(performance.now() - returned)]
    await sendMails(pandu, ledger, 4, () => ledger.acknowledged.length >= 100)
    await sendTheRest(pandu, ledger)
    return {
      back_ms,
      mail_answers,
      form_status: answer.status,
      form_keeps_text: textOf(answer).includes(text),
      ...(await holdAgainst(pandu, ledger, undefined, outside)),
    }
  } finally {
    await pandu.stop({ keep: false })
    await postgres.stop()
    rmSync(outside, { recursive: true, force: true })
  }
}

/** What a mail host hears: the first answer that is no yes. */
export async function mailAnswer(pandu: RunningPandu): Promise<string> {
  try {
    const sender = await MailSender.open(pandu.smtp_port)
    await sender.send(`away.${Math.random().toString(36).slice(2)}`)
    sender.close()
    return '250'
  } catch (error) {
    return /\b([45]\d\d) /.exec((error as Error).message)?.[1] ?? (error as Error).message
  }
}

export async function untilReady(pandu: RunningPandu, ready: boolean, within_ms = 60_000): Promise<void> {
  const deadline = Date.now() + within_ms
  for (;;) {
    const status = await fetch(`http://127.0.0.1:${pandu.port}/readyz`).then((answer) => answer.status, () => 0)
    if ((status === 200) === ready) return
    if (Date.now() > deadline) throw new Error(`/readyz answered ${status}; expected ${ready ? 'ready' : 'not ready'}`)
    await pause(20)
  }
}

export type FullVerdict = Verdict & { answers_when_full: string[]; needed_a_start: boolean }

/** The whole data folder on a disk that becomes full, and free again. Needs the right to mount; null where there is none. */
export async function fillDisk(what: 'database' | 'blobs'): Promise<FullVerdict | null> {
  const data = mkdtempSync(join(tmpdir(), 'pandu-full-'))
  chmodSync(data, 0o755)
  const place = what === 'blobs' ? join(data, 'blobs') : data
  if (what === 'blobs') execFileSync('mkdir', ['-p', place])
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${what === 'blobs' ? '24m' : '260m'},mode=755`, 'tmpfs', place])
  } catch {
    rmSync(data, { recursive: true, force: true })
    return null
  }
  const ledger = openLedger()
  let pandu: RunningPandu | null = null
  try {
    pandu = await startPandu({ env: QUIET, data })
    await sendMails(pandu, ledger, 4, () => ledger.acknowledged.length >= 50)
    const filler = join(place, 'filler')
    fill(filler)
    const answers = new Set<string>()
    for (let mail = 0; mail < 40; mail++) answers.add(await bigMail(pandu, ledger, what === 'blobs' ? 600_000 : 200_000))
    rmSync(filler)
    const needed_a_start = !isAlive(pandu.pid)
    if (needed_a_start) await pandu.restart()
    await untilReady(pandu, true)
    await sendTheRest(pandu, ledger)
    await sendMails(pandu, ledger, 4, () => ledger.unanswered.length === 0 && ledger.next % 50 === 0)
    return { answers_when_full: [...answers], needed_a_start, ...(await holdAgainst(pandu, ledger)) }
  } finally {
    await pandu?.stop({ keep: true }).catch(() => pandu?.kill())
    execFileSync('umount', ['-l', place])
    rmSync(data, { recursive: true, force: true })
  }
}

/** Leaves a few hundred kilobytes. */
function fill(path: string) {
  const block = Buffer.alloc(256 * 1024)
  try {
    for (;;) writeFileSync(path, block, { flag: 'a' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}

async function bigMail(pandu: RunningPandu, ledger: ReturnType<typeof openLedger>, bytes: number): Promise<string> {
  const name = `${ledger.run}.${ledger.next++}`
  try {
    const sender = await MailSender.open(pandu.smtp_port)
    await sender.send(name, `${'isi '.repeat(18)}\r\n`.repeat(Math.ceil(bytes / 74)))
    sender.close()
    ledger.acknowledged.push(name)
    return '250'
  } catch (error) {
    return /\b([45]\d\d) /.exec((error as Error).message)?.[1] ?? 'closed'
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
