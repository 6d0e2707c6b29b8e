/** WhatsApp's part of the page of the channels: what is shown of it, and what its forms do. */
import type { RequestEvent } from '@sveltejs/kit'
import { read } from '#server/platform/context.ts'
import { Refusal } from '#server/platform/refusal.ts'
import {
  removeTemplate,
  RemoveTemplate,
  saveTemplate,
  SaveTemplate,
  showVerifyToken,
  tryWhatsapp,
} from '#server/channels/index.ts'
import { refused } from '../../../../../edge/answer-form.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'

type Asked = Pick<RequestEvent, 'locals' | 'request'>
const NEXT = '/desk/settings/channels?done=saved#whatsapp-templates'

export const whatsappActions = {
  /** Answers the page itself: nothing is kept of it. */
  try_whatsapp: async ({ locals }: Asked) => {
    try {
      return { tried_whatsapp: await tryWhatsapp(locals.app, deskActor(locals)) }
    } catch (thrown) {
      return refused(thrown, { form: 'whatsapp' })
    }
  },
  /** Shown in this answer and nowhere else. */
  show_verify: async ({ locals }: Asked) => {
    try {
      return { verify: await read(locals.app, deskActor(locals), (ctx) => Promise.resolve(showVerifyToken(ctx))) }
    } catch (thrown) {
      if (thrown instanceof Refusal) locals.refused = thrown
      return refused(thrown, { form: 'whatsapp' })
    }
  },
  save_template: async ({ locals, request }: Asked) => {
    const form = await request.formData()
    const [notice, language] = textOf(form, 'kind').split('.', 2)
    const values = {
      form: 'template',
      kind: textOf(form, 'kind'),
      name: textOf(form, 'name'),
      code: textOf(form, 'code'),
      body: textOf(form, 'body'),
    }
    const { name, code, body } = values
    return settle(locals, values, NEXT, (ctx) =>
      saveTemplate(ctx, parsed(SaveTemplate, { notice, language, name, code, body })),
    )
  },
  remove_template: async ({ locals, request }: Asked) => {
    const kind = textOf(await request.formData(), 'kind')
    const [notice, language] = kind.split('.', 2)
    return settle(locals, { form: 'template', kind, name: '', code: '', body: '' }, NEXT, (ctx) =>
      removeTemplate(ctx, parsed(RemoveTemplate, { notice, language })),
    )
  },
}
