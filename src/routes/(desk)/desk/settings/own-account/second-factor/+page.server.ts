import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { enter, type Writing } from '#server/platform/context.ts'
import {
  beginFactor,
  confirmFactor,
  factorsOf,
  mustHaveSignedInRecently,
  newKeyOf,
  removeFactor,
  renewRecoveryCodes,
} from '#server/people/index.ts'
import { notSaved, refused } from '../../../../../../edge/answer-form.ts'
import { deskActor } from '../../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../../edge/form-fields.ts'
import { ownSession } from '../../../../../../edge/own-session.ts'

const PAGE = '/desk/settings/own-account/second-factor'

/** Even looking asks for a fresh sign-in: while a new key waits, it stands here. */
export const load: PageServerLoad = async (event) => {
  const { locals } = event
  const waits_for = await ownSession(event)
  return recently(locals, async (ctx, person_id) => ({
    factors: await factorsOf(ctx, person_id),
    key: await newKeyOf(ctx, { person_id, waits_for }),
    site: new URL(locals.app.settings.PANDU_ORIGIN).host,
  }))
}

/** Through the door sign_in, for whoever has proved a moment ago who they are. */
function recently<T>(locals: App.Locals, work: (ctx: Writing, person_id: string) => Promise<T>): Promise<T> {
  const actor = deskActor(locals)
  return enter(locals.app, 'sign_in', (ctx) => {
    mustHaveSignedInRecently({ actor, now: ctx.now })
    return work(ctx, actor.person_id)
  })
}

export const actions: Actions = {
  begin: async (event) => {
    const waits_for = await ownSession(event)
    const begun = await recently(event.locals, (ctx, person_id) => beginFactor(ctx, { person_id, waits_for })).catch(
      (thrown: unknown) => refused(thrown, {}),
    )
    return begun ?? redirect(303, PAGE)
  },

  confirm: async (event) => {
    const code = textOf(await event.request.formData(), 'code')
    if (!code) return notSaved({}, [{ path: 'code', key: 'fault.required' }])
    const kept_id = await ownSession(event)
    return recently(event.locals, (ctx, person_id) => confirmFactor(ctx, { person_id, code, kept_id })).catch(
      (thrown: unknown) => refused(thrown, {}),
    )
  },

  codes: ({ locals }) =>
    recently(locals, (ctx, person_id) => renewRecoveryCodes(ctx, { person_id })).catch((thrown: unknown) =>
      refused(thrown, {}),
    ),

  remove: async (event) => {
    const kept_id = await ownSession(event)
    const removed = await recently(event.locals, (ctx, person_id) => removeFactor(ctx, { person_id, kept_id })).catch(
      (thrown: unknown) => refused(thrown, {}),
    )
    return removed ?? redirect(303, '/desk/settings/own-account?done=factor_removed')
  },
}
