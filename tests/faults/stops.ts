/** SIGTERM, twice, while 25 MB are half way; and kill -9 a second after it. */
import { setTimeout as pause } from 'node:timers/promises'
import type { RunningPandu } from '../e2e/start-pandu.ts'
import { halfMail, halfUpload } from './halves.ts'
import { keepSending, sendTheRest, type Ledger } from './ledger.ts'

export interface Stopped {
  exit_code: number
  stop_ms: number
  /** What the half mail and the half upload heard when they were finished after the signal. */
  mail: string | null
  upload: string | null
}

const MAIL_BYTES = 25_000_000
const FILE_BYTES = 17_000_000

/**
 * SIGTERM while mails and forms come in, and a mail and an upload of the largest size are half way; a second SIGTERM after it. With
 * `kill_after_ms` it is killed then, before they can be finished. Resolves when Pandu runs again and all is taken.
 */
export async function stopInTheMiddle(
  pandu: RunningPandu,
  [mails, forms]: readonly [Ledger, Ledger],
  kill_after_ms?: number,
): Promise<Stopped> {
  const sending = keepSending(pandu, [mails, forms], 2)
  const [mail_name, form_name] = [mails, forms].map((ledger) => `${ledger.run}.${ledger.next++}`) as [string, string]
  const mail = await halfMail(pandu, mail_name, 'half', MAIL_BYTES)
  const upload = await halfUpload(pandu, form_name, { share: 0.5, bytes: FILE_BYTES })
  const begun = performance.now()
  const stopping = pandu.stop({ keep: true })
  await pause(50)
  signal(pandu.pid, 'SIGTERM')
  if (kill_after_ms !== undefined) {
    await pause(kill_after_ms)
    await pandu.kill()
  }
  const [mail_heard, upload_heard] = await Promise.all([mail.finish(), upload.finish()])
  const exit_code = await stopping
  const stop_ms = Math.round(performance.now() - begun)
  await sending.stop()
  for (const [ledger, name, heard] of [
    [mails, mail_name, mail_heard?.startsWith('250') ? 'taken' : null],
    [forms, form_name, upload_heard === '303' ? 'taken' : null],
  ] as const)
    if (heard) ledger.acknowledged.set(name, null)
  await pandu.restart()
  // Whoever heard no yes sends the whole again.
  if (!mails.acknowledged.has(mail_name))
    await again(mails, mail_name, await halfMail(pandu, mail_name, 'half', MAIL_BYTES))
  if (!forms.acknowledged.has(form_name))
    await again(forms, form_name, await halfUpload(pandu, form_name, { share: 0.5, bytes: FILE_BYTES }))
  for (const ledger of [mails, forms]) await sendTheRest(pandu, ledger)
  return { exit_code, stop_ms, mail: mail_heard, upload: upload_heard }
}

async function again(ledger: Ledger, name: string, half: { finish(): Promise<string | null> }) {
  const heard = await half.finish()
  if (!heard || !/^(250|303)/.test(heard)) throw new Error(`sent again, and it heard ${heard}`)
  ledger.acknowledged.set(name, null)
}

function signal(pid: number, name: NodeJS.Signals) {
  try {
    process.kill(pid, name)
  } catch {
    // it is gone already
  }
}
