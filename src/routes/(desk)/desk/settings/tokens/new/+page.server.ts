import type { Actions, PageServerLoad } from './$types'
import { read, write } from '#server/platform/context.ts'
import { doOnce, DONE_BEFORE } from '#server/platform/do-once.ts'
import { refuse } from '#server/platform/refusal.ts'
import { randomToken } from '#server/platform/secrets.ts'
import { listDesks } from '#server/desks/index.ts'
import { CreateToken, createToken, findAccount, mustAdminister, scopes } from '#server/people/index.ts'
import { refused } from '../../../../../../edge/answer-form.ts'
import { deskActor, optional, orNull, parsed } from '../../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../../edge/form-fields.ts'

export const load: PageServerLoad = ({ locals, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const actor = deskActor(locals)
  mustAdminister(actor)
  return read(locals.app, actor, async (ctx) => ({
    form_id: randomToken(),
    own_address: (await findAccount(ctx, actor.person_id))?.email ?? '',
    scopes: [...scopes],
    desks: (await listDesks(ctx)).map(({ id, name }) => ({ id, name })),
  }))
}

export const actions: Actions = {
  /** Answers the page itself, not a redirect: the token is shown this once and kept nowhere. */
  default: async ({ request, locals }) => {
    const form = await request.formData()
    const values = {
      form: 'token',
      form_id: textOf(form, 'form_id'),
      name: textOf(form, 'name'),
      account: textOf(form, 'account'),
      scopes: scopes.filter((scope) => form.getAll('scopes').includes(scope)).join(' '),
      desk_id: textOf(form, 'desk_id'),
      days: textOf(form, 'days'),
      per_minute: textOf(form, 'per_minute'),
    }
    const { form_id, form: name, ...words } = values
    try {
      const created = await write(locals.app, deskActor(locals), async (ctx) => {
        mustAdminister(ctx.actor)
        const input = parsed(CreateToken.required({ name: true }), {
          name: values.name,
          account: optional(values.account),
          scopes: values.scopes === '' ? [] : values.scopes.split(' '),
          desk_id: orNull(values.desk_id),
          days: Number(values.days || Number.NaN),
          per_minute: Number(values.per_minute || Number.NaN),
        })
        const made = await doOnce(ctx, { form_id, name, words }, () => createToken(ctx, input))
        return made === DONE_BEFORE ? refuse('conflict', 'token.shown_once') : made
      })
      return { values: null, faults: [], key: '', created }
    } catch (thrown) {
      return refused(thrown, values)
    }
  },
}
