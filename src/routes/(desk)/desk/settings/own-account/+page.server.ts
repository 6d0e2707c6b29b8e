import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { enter, read, type Writing } from '#server/platform/context.ts'
import { queueMessages } from '#server/channels/index.ts'
import {
  changePassword,
  endOtherSessions,
  EndSession,
  endSession,
  factorsOf,
  findAccount,
  listSessions,
  mustHaveSignedInRecently,
  passwordChangedMail,
  sessionPerson,
} from '#server/people/index.ts'
import { notSaved, refused } from '../../../../../edge/answer-form.ts'
import { goOn, visitOf } from '../../../../../edge/begin-session.ts'
import { deskActor, parsed } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'
import { ownSession } from '../../../../../edge/own-session.ts'
import { passwordFaults, passwordOf } from '../../../../../edge/typed-password.ts'

const PAGE = '/desk/settings/own-account'

export const load: PageServerLoad = async ({ locals, request, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const { app } = locals
  const actor = deskActor(locals)
  const here = await sessionPerson(app, request.headers)
  const { sessions, factors } = await enter(app, 'sign_in', async (ctx) => ({
    sessions: await listSessions(ctx, actor.person_id),
    factors: await factorsOf(ctx, actor.person_id),
  }))
  const account = await read(app, actor, (ctx) => findAccount(ctx, actor.person_id))
  return {
    email: account?.email ?? '',
    factors,
    sessions: sessions.map((session) => ({ ...session, here: session.id === here?.session_id })),
  }
}

export const actions: Actions = {
  password: async (event) => {
    const { locals, request } = event
    const { app } = locals
    const form = await request.formData()
    const values = { form: 'password' }
    const current = passwordOf(form, 'current')
    const faults = [...(current ? [] : [{ path: 'current', key: 'fault.required' }]), ...passwordFaults(form)]
    if (faults.length > 0) return notSaved(values, faults)
    const password = passwordOf(form)
    try {
      const { person_id } = deskActor(locals)
      const asked = { person_id, current, password, session_id: await ownSession(event), visit: visitOf(event) }
      const { entry } = await changePassword(app, asked, (ctx, changed) =>
        queueMessages(ctx, [passwordChangedMail(app, changed)]),
      )
      return goOn(event, entry, `${PAGE}?done=password`)
    } catch (thrown) {
      return refused(thrown, values)
    }
  },

  end: async (event) => {
    const { locals, request } = event
    const session_id = textOf(await request.formData(), 'session_id')
    try {
      await recently(locals, (ctx, person_id) => endSession(ctx, parsed(EndSession, { person_id, session_id })))
    } catch (thrown) {
      return refused(thrown, { form: 'end' })
    }
    redirect(303, `${PAGE}?done=sessions`)
  },

  end_others: async (event) => {
    const { locals } = event
    const kept_id = await ownSession(event)
    try {
      await recently(locals, (ctx, person_id) => endOtherSessions(ctx, { person_id, kept_id }))
    } catch (thrown) {
      return refused(thrown, { form: 'end' })
    }
    redirect(303, `${PAGE}?done=sessions`)
  },
}

/** Whoever sits at somebody's open screen shall not be able to throw the owner out (OWASP ASVS 5.0, 7.5.2). Door sign_in. */
const recently = (locals: App.Locals, work: (ctx: Writing, person_id: string) => Promise<unknown>) => {
  const actor = deskActor(locals)
  return enter(locals.app, 'sign_in', (ctx) => {
    mustHaveSignedInRecently({ actor, now: ctx.now })
    return work(ctx, actor.person_id)
  })
}
