import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { sessionPerson } from '#server/people/index.ts'
import { Refusal } from '#server/platform/refusal.ts'
import { notSaved, refused } from '../../../../edge/answer-form.ts'
import { beginSession } from '../../../../edge/begin-session.ts'
import { textOf } from '../../../../edge/form-fields.ts'
import { localPath } from '../../../../edge/local-path.ts'
import { passwordOf } from '../../../../edge/typed-password.ts'
import { waysIn } from '../../../../edge/ways-in.ts'

export const load: PageServerLoad = async ({ locals, url, request, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  if (locals.staff) redirect(303, localPath(url.searchParams.get('next')))
  return {
    ...(await waysIn({ locals, url }, localPath(url.searchParams.get('next')))),
    // Signed in, but without a role or desk: there is nowhere to lead them yet.
    waiting: (await sessionPerson(locals.app, request.headers))?.name ?? null,
    done: url.searchParams.has('reset')
      ? ('reset_done' as const)
      : url.searchParams.has('out')
        ? ('signed_out' as const)
        : null,
  }
}

export const actions: Actions = {
  default: async (event) => {
    const form = await event.request.formData()
    const values = { email: textOf(form, 'email') }
    const password = passwordOf(form)
    const faults = [
      ...(values.email ? [] : [{ path: 'email', key: 'fault.required' }]),
      ...(password ? [] : [{ path: 'password', key: 'fault.required' }]),
    ]
    if (faults.length > 0) return notSaved(values, faults)
    return beginSession(event, { email: values.email, password }, localPath(event.url.searchParams.get('next'))).catch(
      (thrown: unknown) =>
        thrown instanceof Refusal && thrown.kind === 'too_many'
          ? refused(new Refusal('too_many', 'sign_in.too_many'), values)
          : refused(thrown, values),
    )
  },
}
