import type { Actions, PageServerLoad } from './$types'
import { DATA_CODE_MINUTES, DATA_LINK_HOURS, sendDataLink } from '#server/privacy/index.ts'
import { refused } from '../../../edge/answer-form.ts'
import { textOf } from '../../../edge/form-fields.ts'

export const load: PageServerLoad = () => ({ hours: DATA_LINK_HOURS, minutes: DATA_CODE_MINUTES })

export const actions: Actions = {
  /** The same answer whether the address is known or not (trust: enumeration). */
  default: async ({ request, locals }) => {
    const values = { address: textOf(await request.formData(), 'address') }
    const failed = await sendDataLink(locals.app, {
      ...values,
      client: locals.client,
      language: locals.language,
    }).then(
      () => null,
      (thrown: unknown) => refused(thrown, values),
    )
    return failed ?? { sent: true }
  },
}
