import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import {
  ChangeProvider,
  changeProvider,
  logoutAddress,
  redirectAddress,
  removeProvider,
  seeProvider,
  tryProvider,
  turnProvider,
  twoFactors,
} from '#server/people/index.ts'
import { refused } from '../../../../../../edge/answer-form.ts'
import { deskActor, parsed, settle } from '../../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../../edge/form-fields.ts'
import { passwordOf } from '../../../../../../edge/typed-password.ts'

const LIST = '/desk/settings/sign-in-providers'

export const load: PageServerLoad = ({ locals, params }) =>
  read(locals.app, deskActor(locals), async (ctx) => ({
    provider: await seeProvider(ctx, params.id),
    logout_address: logoutAddress(locals.app.settings.PANDU_ORIGIN, params.id),
    redirect_address: redirectAddress(locals.app.settings.PANDU_ORIGIN, params.id),
  }))

export const actions: Actions = {
  save: async ({ request, locals, params }) => {
    const form = await request.formData()
    const shown = {
      form: 'provider',
      name: textOf(form, 'name'),
      client_id: textOf(form, 'client_id'),
      on_own_network: textOf(form, 'on_own_network'),
      two_factors: choiceOf(form, 'two_factors', twoFactors),
      two_factors_acr: textOf(form, 'two_factors_acr'),
      remove_secret: textOf(form, 'remove_secret'),
    }
    // The secret goes in and never comes out again: a form that was not saved asks for it anew.
    const secret = passwordOf(form, 'secret')
    return settle(locals, shown, `${LIST}/${params.id}?done=saved`, (ctx) =>
      changeProvider(
        ctx,
        parsed(ChangeProvider, {
          id: params.id,
          name: shown.name,
          client_id: shown.client_id,
          secret,
          remove_secret: shown.remove_secret === 'yes',
          on_own_network: shown.on_own_network === 'yes',
          two_factors: shown.two_factors,
          two_factors_acr: shown.two_factors_acr,
        }),
      ),
    )
  },

  try: async ({ locals, params }) => {
    try {
      return { tried: await tryProvider(locals.app, deskActor(locals), { id: params.id }) }
    } catch (thrown) {
      return refused(thrown, { form: 'try' })
    }
  },

  turn: async ({ request, locals, params }) => {
    const on = textOf(await request.formData(), 'on')
    return settle(locals, { form: 'turn', on }, `${LIST}/${params.id}?done=saved`, (ctx) =>
      turnProvider(ctx, { id: params.id, on: on === 'yes' }),
    )
  },

  remove: ({ locals, params }) =>
    settle(locals, { form: 'remove' }, `${LIST}?done=removed`, (ctx) => removeProvider(ctx, { id: params.id })),
}
