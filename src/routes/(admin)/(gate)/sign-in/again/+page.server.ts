import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { enter } from '#server/platform/context.ts'
import { factorsOf, sessionPerson } from '#server/people/index.ts'
import { notSaved, refused } from '../../../../../edge/answer-form.ts'
import { goOn, setCookie, visitOf } from '../../../../../edge/begin-session.ts'
import { signInAgain } from '../../../../../edge/sign-in-again.ts'
import { keptFields, keptText } from '../../../../../edge/kept-fields.ts'
import { textOf } from '../../../../../edge/form-fields.ts'
import { formTokenOf } from '../../../../../edge/form-token.ts'
import { localPath } from '../../../../../edge/local-path.ts'
import { passwordOf } from '../../../../../edge/typed-password.ts'
import { waysIn } from '../../../../../edge/ways-in.ts'

export const load: PageServerLoad = async ({ locals, url, request, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const next = localPath(url.searchParams.get('next'))
  // As of the beginning of the request: after our own post the session of its cookie has just been replaced.
  const person = locals.staff ?? (await sessionPerson(locals.app, request.headers))
  if (!person) redirect(303, `/sign-in?next=${encodeURIComponent(next)}`)
  const factors = await enter(locals.app, 'sign_in', (ctx) => factorsOf(ctx, person.person_id))
  return {
    ...(await waysIn({ locals, url }, next)),
    name: person.name,
    next,
    has_app: factors.totp_since !== null,
    // For the form that goes on to where somebody came from; its token is for that path.
    next_token: formTokenOf(locals.app, locals.form_nonce, new URL(next, url).pathname),
  }
}

export const actions: Actions = {
  /**
   * Two posts come here. The first is the refused form itself, sent on by the browser (src/hooks.server.ts): nothing is done with it but to
   * show it again inside ours. The second is ours, with the password.
   */
  default: async (event) => {
    const { locals, request, url } = event
    const form = await request.formData()
    if (!form.has('again')) return { kept: keptText(form) }
    const kept = textOf(form, 'kept')
    const values = { kept }
    const password = passwordOf(form)
    if (!password) return notSaved(values, [{ path: 'password', key: 'fault.required' }])
    const person = await sessionPerson(locals.app, request.headers)
    const next = localPath(url.searchParams.get('next'))
    if (!person) redirect(303, `/sign-in?next=${encodeURIComponent(next)}`)
    const typed = { person, password, code: textOf(form, 'code') }
    const entry = await signInAgain(locals.app, typed, visitOf(event)).catch((thrown: unknown) =>
      refused(thrown, values),
    )
    if (!('step' in entry)) return entry
    if (entry.step !== 'signed_in' || kept === '') return goOn(event, entry, next)
    for (const cookie of [entry.cookie, ...entry.beside]) setCookie(event.cookies, cookie)
    return { fields: keptFields(kept) }
  },
}
