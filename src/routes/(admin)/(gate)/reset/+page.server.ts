import type { Actions, PageServerLoad } from './$types'
import { requestReset, resetMail } from '#server/people/index.ts'
import { mailALink } from '../../../../edge/mail-a-link.ts'

export const load: PageServerLoad = ({ setHeaders }) => setHeaders({ 'cache-control': 'no-store' })

export const actions: Actions = {
  default: mailALink(async (ctx, asked) => {
    const reset = await requestReset(ctx, asked)
    return reset && resetMail(ctx.app, reset)
  }),
}
