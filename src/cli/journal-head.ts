import { findHead } from '../server/platform/journal-head.ts'
import { withApp } from './with-app.ts'
import { wrongUsage, type Verb } from './verb.ts'

const usage = './pandu journal-head [--json]'

export const journalHead: Verb = {
  usage,
  about: `Print the journal's newest seal: its number, its 64 digits, and when it was made.
Keep the line where whoever looks after this machine cannot change it (a letter, another office's mailbox, a printed page). As long as
"./pandu verify --head" finds it in the journal, nothing that is older was changed, and the end was not cut off. Nothing is changed.`,
  async run(call) {
    const unknown = call.words.find((word) => word !== '--json')
    if (unknown) return wrongUsage({ usage }, `journal-head knows no ${unknown}`)
    return withApp(call, async (app) => {
      const head = await findHead(app.worker)
      if (call.words.includes('--json')) console.log(JSON.stringify(head))
      else console.log(head ? `${head.number} ${head.root} ${head.sealed_at.toISOString()}` : 'nothing is sealed yet')
      return 0
    })
  },
}
