import { withApp } from './with-app.ts'
import { wrongUsage, type Verb } from './verb.ts'
import { inviteStaff, listAccounts, makeResetLink, resetFactor } from '../server/people/index.ts'
import { read, system, write } from '../server/platform/context.ts'

const usage = './pandu user add MAIL NAME [--administrator] | list [--json] | reset MAIL [--second-factor]'

export const user: Verb = {
  usage,
  about: `Add, list or reset accounts of staff.
add prints a one-time link with which the person sets a password; --administrator makes them one.
reset prints a one-time link for a new password; the old one works until it is used. --second-factor takes away the authenticator app,
the recovery codes and the passkeys too, and ends the person's sessions. When nobody else gets in any more (the sign-in provider is
away, every telephone lost), these two make or open an account on this machine.`,
  async run(call) {
    const [what, mail, ...rest] = call.words.filter((word) => !word.startsWith('--'))
    const name = rest.join(' ')
    const option = { list: '--json', add: '--administrator', reset: '--second-factor' }[what ?? '']
    const unknown = call.words.find((word) => word.startsWith('--') && word !== option)
    // Passed over, a wrong letter in --administrator would invite somebody who is none.
    if (unknown) return wrongUsage({ usage }, `user ${what ?? ''} knows no ${unknown}`)
    if (what === 'list' && !mail)
      return withApp(call, async (app) => {
        const accounts = await read(app, system, (ctx) => listAccounts(ctx))
        if (call.words.includes('--json')) for (const account of accounts) console.log(JSON.stringify(account))
        else
          for (const account of accounts)
            console.log(
              `${account.email}\t${account.name}\t${account.administrator ? 'administrator' : ''}\t${account.disabled_at ? 'disabled' : ''}`,
            )
        return 0
      })
    if (what === 'add' && mail && name)
      return withApp(call, async (app) => {
        const administrator = call.words.includes('--administrator')
        const invitation = await write(app, system, (ctx) => inviteStaff(ctx, { email: mail, name, administrator }))
        console.log(invitation.link)
        return 0
      })
    if (what === 'reset' && mail && !name)
      return withApp(call, async (app) => {
        const reset = await write(app, system, async (ctx) => {
          const made = await makeResetLink(ctx, { email: mail })
          if (made && call.words.includes('--second-factor')) await resetFactor(ctx, { person_id: made.person_id })
          return made
        })
        if (reset === null) {
          console.error(`pandu: nobody with the address ${mail} has an account; "./pandu user list" shows all`)
          return 1
        }
        console.log(reset.link)
        return 0
      })
    return wrongUsage({ usage }, 'user needs add, list or reset, with their words')
  },
}
