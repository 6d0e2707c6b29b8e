import type { Actions, PageServerLoad } from './$types'
import { sendLinkAgain } from '#server/intake/index.ts'
import { normaliseAddress } from '#server/people/index.ts'
import { notSaved, refused } from '../../../edge/answer-form.ts'
import { textOf } from '../../../edge/form-fields.ts'

export const load: PageServerLoad = () => ({})

export const actions: Actions = {
  /** The same answer whether the address and number are known or not (trust: enumeration). */
  default: async ({ request, locals }) => {
    const form = await request.formData()
    const values = { address: textOf(form, 'address'), number: textOf(form, 'number') }
    if ((['email', 'phone'] as const).every((channel) => normaliseAddress(channel, values.address) === null))
      return notSaved(values, [{ path: 'address', key: 'follow.fault_address' }])
    const number = values.number.replace(/\D/g, '')
    const failed = await sendLinkAgain(locals.app, {
      ...(number ? { number } : {}),
      address: values.address,
      client: locals.client,
    }).then(
      () => null,
      (thrown: unknown) => refused(thrown, values),
    )
    return failed ?? { sent: true }
  },
}
