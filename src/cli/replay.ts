import { z } from 'zod'
import { read, system } from '../server/platform/context.ts'
import { Refusal } from '../server/platform/refusal.ts'
import { replay, type Replayed } from '../server/referrals/index.ts'
import { withApp } from './with-app.ts'
import { wrongUsage, type Verb } from './verb.ts'

const usage = './pandu replay REFERRAL [--json]'

export const replayReferral: Verb = {
  usage,
  about: `Decide again about a referral what was decided then, from what was kept; nothing is changed.
REFERRAL is its id, as its address in the API ends. Every decision of it is asked again with the rules and the numbers of its day, and
what differs is shown. The last line is "same" (exit 0) or "different" (exit 1).`,
  async run(call) {
    const [id, ...others] = call.words.filter((word) => word !== '--json')
    if (id === undefined || others.length > 0) return wrongUsage({ usage }, 'replay needs one referral')
    if (!z.uuid().safeParse(id).success) return wrongUsage({ usage }, `${id} is no id of a referral`)
    return withApp(call, async (app) => {
      const found = await read(app, system, (ctx) => replay(ctx, { referral_id: id })).catch((thrown: unknown) => {
        if (thrown instanceof Refusal && thrown.kind === 'not_found') return null
        throw thrown
      })
      if (found === null) {
        console.error(`pandu: there is no referral ${id}`)
        return 1
      }
      const same = found.every((one) => one.same)
      for (const line of call.words.includes('--json') ? [JSON.stringify(found)] : found.flatMap(told))
        console.log(line)
      console.log(same ? 'same' : 'different')
      return same ? 0 : 1
    })
  },
}

function told({ number, at, policy, chosen_then, chosen_now, same, differs }: Replayed): string[] {
  const then = `decision ${number} of ${at.toISOString()}, policy ${policy}: ${chosen_then ?? 'nobody'}`
  if (same) return [`${then}, and so it is now`]
  return [
    `${then}; now ${chosen_now ?? 'nobody'}`,
    ...differs.flatMap((one) => [`  ${one.desk_id}`, `    then ${one.was}`, `    now  ${one.is}`]),
  ]
}
