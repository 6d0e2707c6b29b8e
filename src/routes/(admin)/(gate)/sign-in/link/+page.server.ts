import type { Actions, PageServerLoad } from './$types'
import { requestSignInLink, signInLinkMail } from '#server/people/index.ts'
import { mailALink } from '../../../../../edge/mail-a-link.ts'

export const load: PageServerLoad = ({ setHeaders }) => setHeaders({ 'cache-control': 'no-store' })

export const actions: Actions = {
  default: mailALink(async (ctx, asked) => {
    const wanted = await requestSignInLink(ctx, asked)
    return wanted && signInLinkMail(ctx.app, wanted)
  }),
}
