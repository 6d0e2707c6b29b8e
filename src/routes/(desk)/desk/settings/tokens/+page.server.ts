import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { listDesks } from '#server/desks/index.ts'
import { listTokens, mustAdminister, revokeToken } from '#server/people/index.ts'
import { deskActor, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'

export const load: PageServerLoad = ({ locals, url }) => {
  const actor = deskActor(locals)
  mustAdminister(actor)
  return read(locals.app, actor, async (ctx) => {
    const desks = new Map((await listDesks(ctx, { all: true })).map(({ id, name }) => [id, name]))
    const tokens = (await listTokens(ctx)).map((token) => ({
      ...token,
      desk: token.desk_id === null ? null : (desks.get(token.desk_id) ?? '–'),
      state: token.revoked_at
        ? ('revoked' as const)
        : token.expires_at <= ctx.now
          ? ('expired' as const)
          : ('open' as const),
    }))
    const all = url.searchParams.get('state') === 'all'
    return {
      tokens: all ? tokens : tokens.filter(({ state }) => state === 'open'),
      ended: tokens.filter(({ state }) => state !== 'open').length,
      all,
    }
  })
}

export const actions: Actions = {
  revoke: async ({ request, locals }) => {
    const id = textOf(await request.formData(), 'id')
    return settle(locals, { form: 'revoke', id }, '/desk/settings/tokens?done=revoked', (ctx) =>
      revokeToken(ctx, { id }),
    )
  },
}
