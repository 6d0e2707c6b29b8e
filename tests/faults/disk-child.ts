/** For disks.ts only: one Pandu on small disks, given as the last word; fills one after the other and prints what was heard. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { startPandu } from '../e2e/start-pandu.ts'
import { formAnswer, mailAnswer, untilReady } from './away.ts'
import type { Disk, WhenFull } from './disks.ts'
import { halfUpload } from './halves.ts'
import { isAlive } from './kills.ts'
import { openLedger, sendAll, sendTheRest } from './ledger.ts'
import { judge } from './verdict.ts'
import { apiToken, byApi, byForm, byMail } from './ways.ts'

const root = process.argv.at(-1)!
const data = join(root, 'data')
const places: Record<Disk, string> = {
  blobs: join(data, 'blobs'),
  log: join(root, 'log'),
  temp: join(root, 'temp'),
  database: data,
}
const LARGE = `${'Lampiran '.repeat(8)}\r\n`.repeat(20_000)

const pandu = await startPandu({
  data,
  log_file: join(places.log, 'pandu.log'),
  env: { PANDU_LOG: 'info', PANDU_TRUSTED_PROXIES: '127.0.0.1', TMPDIR: places.temp },
})
try {
  const token = await apiToken(pandu, { TMPDIR: places.temp })
  const ledgers = [openLedger(byMail), openLedger(byForm), openLedger(byApi(token))]
  const send = () => Promise.all(ledgers.map((ledger) => sendSome(ledger, 10)))
  await send()
  const heard: Partial<Record<Disk, WhenFull>> = {}
  for (const disk of Object.keys(places) as Disk[]) {
    const filler = join(places[disk], 'filler')
    fill(filler)
    // Also what has room in pages that are there already comes to an end.
    if (disk === 'database') for (let turn = 0; turn < 200 && (await mailAnswer(pandu)) === '250'; turn++) fill(filler)
    await send()
    const upload = await halfUpload(pandu, `tanya.${Math.floor(Math.random() * 1e9)}`, { share: 1, bytes: 600_000 })
    const answers = {
      small_mail: await mailAnswer(pandu),
      large_mail: await mailAnswer(pandu, LARGE),
      form: (await formAnswer(pandu).catch(() => ({ status: 0 }))).status,
      upload: await upload.finish(),
      page: await fetch(`http://127.0.0.1:${pandu.port}/ask`).then(
        ({ status }) => status,
        () => 0,
      ),
    }
    rmSync(filler)
    const freed = performance.now()
    await pause(500)
    const ended = !isAlive(pandu.pid)
    if (ended) await pandu.restart()
    await untilReady(pandu, true)
    for (const ledger of ledgers) await sendTheRest(pandu, ledger)
    heard[disk] = { ...answers, ended, back_ms: Math.round(performance.now() - freed) }
  }
  const verdict = await judge(pandu, ledgers, { token, env: { TMPDIR: places.temp } })
  process.stdout.write(`RESULT ${JSON.stringify({ heard, verdict })}\n`)
} finally {
  await pandu.stop({ keep: true })
}

/** Ten more, or as many as are taken before somebody says no. */
function sendSome(ledger: ReturnType<typeof openLedger>, count: number) {
  const enough = ledger.acknowledged.size + count
  return sendAll(pandu, ledger, 1, () => ledger.acknowledged.size >= enough)
}

/** To the last byte. */
function fill(path: string) {
  for (const size of [1 << 20, 1 << 16, 1 << 12, 1]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
}
