import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import {
  checkDomain,
  findUncheckedMail,
  maySend,
  seeMailbox,
  seeOutboxRow,
  seeReceiving,
  seeSmsGateways,
  seeWhatsapp,
  tryMailbox,
  tryReceiving,
  TryTexting,
  tryTexting,
} from '#server/channels/index.ts'
import { mustAdminister } from '#server/people/index.ts'
import { refused } from '../../../../../edge/answer-form.ts'
import { isId } from '#server/platform/ids.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'
import { seeTelegramPart, telegramActions } from './telegram.ts'
import { whatsappActions } from './whatsapp-part.ts'

export const load: PageServerLoad = async ({ locals, url }) => {
  const actor = deskActor(locals)
  mustAdminister(actor)
  const { app } = locals
  const { settings } = app
  const selector = url.searchParams.get('selector') ?? ''
  const mail = url.searchParams.get('mail') ?? ''
  const text = url.searchParams.get('text') ?? ''
  const seen = await read(app, actor, async (ctx) => ({
    tried: await seeReceiving(ctx, mail),
    mailbox: settings.PANDU_IMAP_URL ? await seeMailbox(ctx) : null,
    unchecked: await findUncheckedMail(ctx),
    gateways: await seeSmsGateways(ctx),
    tried_text: isId(text) ? await seeOutboxRow(ctx, text) : null,
    whatsapp: await seeWhatsapp(ctx),
    telegram: await seeTelegramPart(ctx),
  }))
  return {
    ...seen,
    mail,
    text,
    template: url.searchParams.get('template') ?? '',
    waited_seconds: seen.tried ? Math.round((Date.now() - seen.tried.created_at.getTime()) / 1000) : 0,
    // Asked outside, so only when somebody wants to know.
    findings: url.searchParams.has('dns') ? await checkDomain({ app, actor }, { selector }) : null,
    selector,
    domain: settings.PANDU_MAIL_DOMAIN,
    address: `helpdesk@${settings.PANDU_MAIL_DOMAIN}`,
    smtp: settings.PANDU_SMTP_PORT === 0 ? null : `${settings.PANDU_SMTP_HOST}:${settings.PANDU_SMTP_PORT}`,
    has_mailbox: settings.PANDU_IMAP_URL !== undefined,
    relay: settings.PANDU_MAIL_RELAY !== undefined,
    may_send: maySend(settings),
  }
}

export const actions: Actions = {
  ...whatsappActions,
  ...telegramActions,
  /** Answers the page itself: nothing is kept of it. */
  mailbox: async ({ locals }) => {
    try {
      return { tried_mailbox: await tryMailbox(locals.app, deskActor(locals)) }
    } catch (thrown) {
      return refused(thrown, { form: 'mailbox' })
    }
  },
  /** A real SMS; what became of it stands in the answer's page. */
  text: async ({ locals, request }) => {
    const values = { form: 'text', number: textOf(await request.formData(), 'number') }
    const next = (id: string | null) => `/desk/settings/channels?text=${id ?? ''}#sms`
    return settle(locals, values, next, (ctx) => tryTexting(ctx, parsed(TryTexting, { number: values.number })))
  },
  receive: ({ locals }) =>
    settle(
      locals,
      { form: 'receive' },
      (id: string | null) => `/desk/settings/channels?mail=${id ?? ''}#receive`,
      tryReceiving,
    ),
}
