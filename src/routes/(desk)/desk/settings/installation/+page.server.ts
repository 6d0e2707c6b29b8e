import type { Actions, PageServerLoad } from './$types'
import { read, type Reading } from '#server/platform/context.ts'
import { seeInstallation } from '#server/platform/installation.ts'
import { isId } from '#server/platform/ids.ts'
import { refuse } from '#server/platform/refusal.ts'
import { shownSettings } from '#server/platform/shown-settings.ts'
import { say } from '#server/platform/words.ts'
import { maySend, queueMessages, seeMailbox, seeOutboxRow } from '#server/channels/index.ts'
import { findAccount, mustAdminister } from '#server/people/index.ts'
import { deskActor, settle } from '../../../../../edge/desk-form.ts'

export const load: PageServerLoad = ({ locals, url }) => {
  const actor = deskActor(locals)
  mustAdminister(actor)
  const { settings, sources } = locals.app
  const mail = url.searchParams.get('mail') ?? ''
  return read(locals.app, actor, async (ctx) => ({
    installation: await seeInstallation(ctx),
    settings: shownSettings(settings, sources),
    own_address: await ownAddress(ctx, actor.person_id),
    mailbox: settings.PANDU_IMAP_URL ? { row: await seeMailbox(ctx), after: settings.PANDU_IMAP_AFTER } : null,
    may_send: maySend(settings),
    tried: isId(mail) ? await seeOutboxRow(ctx, mail) : null,
  }))
}

const ownAddress = async (ctx: Reading, person_id: string): Promise<string | null> =>
  (await findAccount(ctx, person_id))?.email ?? null

export const actions: Actions = {
  /** A real mail by the real way: outbox, sender, relay. */
  mail: async ({ locals }) => {
    const actor = deskActor(locals)
    const next = (id: string | null) => `/desk/settings/installation?mail=${id ?? ''}#mail`
    return settle(locals, { form: 'mail' }, next, async (ctx) => {
      mustAdminister(ctx.actor)
      const recipient = (await ownAddress(ctx, actor.person_id)) ?? refuse('conflict', 'account')
      const site = new URL(locals.app.settings.PANDU_ORIGIN).host
      const [id] = await queueMessages(ctx, [
        {
          channel: 'email',
          kind: 'notice',
          recipient,
          recipient_name: actor.name,
          recipient_id: actor.person_id,
          subject: say(actor.language, 'settings.mail_test_subject', { site }),
          text: say(actor.language, 'settings.mail_test_text', { site, name: actor.name }),
          language: actor.language,
          automatic: true,
        },
      ])
      return id!
    })
  },
}
