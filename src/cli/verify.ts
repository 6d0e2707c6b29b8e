import { verifyBlobs } from '../server/platform/verify-blobs.ts'
import { verifyJournal } from '../server/platform/verify-journal.ts'
import { verifyLedger } from '../server/reports/index.ts'
import { showProgress } from './show-progress.ts'
import { withApp } from './with-app.ts'
import { wrongUsage, type Verb } from './index.ts'

const usage = './pandu verify [--json]'
const checks = { journal: verifyJournal, blobs: verifyBlobs, ledger: verifyLedger }

export const verify: Verb = {
  usage,
  about: `Read everything again and say whether it is sound, while Pandu runs or not; nothing is changed.
journal: every fact is as it was sealed, and no seal is missing (against heads.log). blobs: every attachment is there, byte for byte.
ledger: everything that came in has one outcome, what it points to is there, and the sums add up.
Exit 0 when all is sound, 1 with one line for each fault.`,
  async run(call) {
    const unknown = call.words.find((word) => word !== '--json')
    if (unknown) return wrongUsage({ usage }, `verify knows no ${unknown}`)
    return withApp(call, async (app) => {
      let faults = 0
      for (const [name, check] of Object.entries(checks)) {
        const progress = showProgress()
        const verdict = await check(app, (line) => progress(`${name}: ${line}`)).finally(progress.done)
        faults += verdict.faults.length
        if (call.words.includes('--json')) console.log(JSON.stringify({ check: name, ...verdict }))
        else {
          const seen = Object.entries(verdict.seen).map(([what, count]) => `${count} ${what.replaceAll('_', ' ')}`)
          console.log(
            `${name}: ${seen.join(', ')}: ${verdict.faults.length === 0 ? 'sound' : `${verdict.faults.length} fault(s)`}`,
          )
          for (const fault of verdict.faults) console.log(`  ${fault}`)
        }
      }
      return faults === 0 ? 0 : 1
    })
  },
}
