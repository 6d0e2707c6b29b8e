/** What happens around a start: a migration that is cut, a disk that dies, another language of the machine. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { listMigrations } from '../../src/server/platform/migrate.ts'
import { startPandu, type RunningPandu } from '../e2e/start-pandu.ts'
import { formAnswer, mailAnswer } from './away.ts'
import { halfUpload } from './halves.ts'
import { sendAll, sendTheRest, type Ledger } from './ledger.ts'
import { verb } from './ways.ts'

/** kill -9 before the commit of a migration, one after the other on the same data, at most so many; the last start must be whole. */
export async function killInMigrations(
  kills_max: number,
): Promise<{ kills: number; migrations: number; faults: string[] }> {
  const data = mkdtempSync(join(tmpdir(), 'pandu-migrated-'))
  chmodSync(data, 0o755)
  const migrations = listMigrations().length
  let kills = 0
  try {
    // Every start applies what the one before it did not: the first that comes to its second migration dies in it.
    for (; kills < Math.min(kills_max, migrations - 1); kills++) {
      const died = await startPandu({ data, env: { PANDU_LOG: 'error', PANDU_FAULT: 'migrate.before_commit:2' } }).then(
        async (pandu) => (await pandu.stop({ keep: true }), false),
        () => true,
      )
      if (!died) break
    }
    const pandu = await startPandu({ data, env: { PANDU_LOG: 'error' } })
    const faults: string[] = await verb(pandu, ['verify']).then(
      () => [],
      (error: Error) => [error.message],
    )
    if ((await mailAnswer(pandu)) !== '250') faults.push('no mail is taken after it')
    await pandu.stop({ keep: true })
    return { kills, migrations, faults }
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}

const LARGE = `${'Lampiran '.repeat(8)}\r\n`.repeat(6_000)

/** Every flush of a blob fails with EIO: what needs one is put off, everything else goes on. Afterwards Pandu runs whole again. */
export async function dyingDisk(pandu: RunningPandu, ledgers: readonly Ledger[]) {
  await pandu.restart({ PANDU_FAULT: 'blob.flush' })
  const upload = await halfUpload(pandu, `tanya.${Math.floor(Math.random() * 1e9)}`, { share: 1, bytes: 100_000 })
  const heard = {
    small_mail: await mailAnswer(pandu),
    large_mail: await mailAnswer(pandu, LARGE),
    form: (await formAnswer(pandu)).status,
    upload: await upload.finish(),
  }
  await pandu.restart()
  for (const ledger of ledgers) await sendTheRest(pandu, ledger)
  return heard
}

export const isRightWhenDying = ({
  small_mail,
  large_mail,
  form,
  upload,
}: Awaited<ReturnType<typeof dyingDisk>>): boolean =>
  small_mail === '250' && /^4[25]\d$/.test(large_mail) && form === 303 && upload === '503'

const LOCALES: Record<string, string>[] = [
  { LC_ALL: 'C', LANG: 'C', TZ: 'Asia/Jayapura' },
  { LC_ALL: 'id_ID.UTF-8', LANG: 'id_ID.UTF-8', TZ: 'America/New_York' },
  { LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8', TZ: 'UTC' },
]

/** The same number and the same words are found whatever language and time zone the machine is set to. */
export async function otherLocale(
  pandu: RunningPandu,
  ledger: Ledger,
  settings = LOCALES,
): Promise<Record<string, string>> {
  const answers: Record<string, string> = {}
  let expected: string | null = null
  for (const env of settings) {
    await pandu.restart(env)
    if (expected === null) {
      await sendAll(pandu, ledger, 1, () => ledger.acknowledged.size > 0)
      await sendTheRest(pandu, ledger)
      expected = [...ledger.acknowledged.values()][0] ?? null
    }
    const name = [...ledger.acknowledged.keys()][0]!
    answers[`${env['LC_ALL']} ${env['TZ']}`] =
      (await numberOf(pandu, ledger, name)) === expected ? 'the same' : 'another'
  }
  return answers
}

/** The search knows a request when its job has run. */
async function numberOf(pandu: RunningPandu, ledger: Ledger, name: string): Promise<string | null> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const found = await ledger.way.find?.(pandu, ledger.way.subjectOf(name))
    if (found || Date.now() > deadline) return found ?? null
    await pause(200)
  }
}
