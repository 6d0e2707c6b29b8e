import { readFile } from 'node:fs/promises'
import type { App } from '../server/platform/app.ts'
import { findHead, headsIn, keepVerified, lastVerified, type Head } from '../server/platform/journal-head.ts'
import { verifyBlobs } from '../server/platform/verify-blobs.ts'
import { verifyJournal, type Progress, type Verdict } from '../server/platform/verify-journal.ts'
import { verifyLedger } from '../server/reports/index.ts'
import { takeOption } from './passphrase.ts'
import { showProgress } from './show-progress.ts'
import { withApp } from './with-app.ts'
import { wrongUsage, type Call, type Verb } from './verb.ts'

const usage = './pandu verify [--head "NUMBER ROOT"] [--heads FILE] [--new] [--json]'

type Noted = Pick<Head, 'number' | 'root'>
type Check = (app: App, progress: Progress) => Promise<Verdict>

export const verify: Verb = {
  usage,
  about: `Read everything again and say whether it is sound, while Pandu runs or not; nothing is changed.
journal: every fact is as it was sealed, and no seal is missing (against heads.log). blobs: every attachment is there, byte for byte.
ledger: everything that came in has one outcome, what it points to is there, and the sums add up.
--head, --heads: a head that was kept outside ("./pandu journal-head"), or a file with any number of them: it must still stand in the
journal, else its end was cut off or it was made anew. --new: only the journal, and of it only what came since the last sound run.
Exit 0 when all is sound, 1 with one line for each fault.`,
  async run(call) {
    const asked = await readWords(call.words)
    if (typeof asked === 'string') return wrongUsage({ usage }, asked)
    return withApp(call, async (app) => {
      // What is sealed while it is read waits for the next run.
      const head = await findHead(app.worker)
      const since = asked.only_new ? await lastVerified(app.settings.PANDU_DATA) : null
      const journal: Check = (one, progress) => verifyJournal(one, progress, { heads: asked.heads, since })
      const checks = asked.only_new ? { journal } : { journal, blobs: verifyBlobs, ledger: verifyLedger }
      let faults = 0
      for (const [name, check] of Object.entries<Check>(checks)) {
        const verdict = await run(call, app, name, check)
        faults += verdict.faults.length
        if (name === 'journal' && head && verdict.faults.length === 0) await keepVerified(app.settings.PANDU_DATA, head)
      }
      return faults === 0 ? 0 : 1
    })
  },
}

async function run(call: Call, app: App, name: string, check: Check): Promise<Verdict> {
  const progress = showProgress()
  const verdict = await check(app, (line) => progress(`${name}: ${line}`)).finally(progress.done)
  if (call.words.includes('--json')) console.log(JSON.stringify({ check: name, ...verdict }))
  else {
    const seen = Object.entries(verdict.seen).map(([what, count]) => `${count} ${what.replaceAll('_', ' ')}`)
    console.log(
      `${name}: ${seen.join(', ')}: ${verdict.faults.length === 0 ? 'sound' : `${verdict.faults.length} fault(s)`}`,
    )
    for (const fault of verdict.faults) console.log(`  ${fault}`)
  }
  return verdict
}

/** What was asked for, or why it makes no sense. */
async function readWords(words: readonly string[]): Promise<{ heads: Noted[]; only_new: boolean } | string> {
  const one = takeOption(words, '--head')
  const file = takeOption(one.rest, '--heads')
  if (one.value === null || file.value === null)
    return 'a head is a number and 64 digits, as "./pandu journal-head" prints it'
  const unknown = file.rest.find((word) => word !== '--json' && word !== '--new')
  if (unknown) return `verify knows no ${unknown}`
  const texts = [one.value, file.value && (await readFile(file.value, 'utf8').catch(() => ''))]
  const heads: Noted[] = []
  for (const text of texts) {
    if (text === undefined) continue
    const found = headsIn(text)
    // A check that saw nothing must not look like one that found nothing.
    if (found.length === 0)
      return 'there is no head in what was given: a number and 64 digits, as "./pandu journal-head" prints it'
    heads.push(...found)
  }
  return { heads, only_new: file.rest.includes('--new') }
}
