import type { App } from '../platform/app.ts'
import { system, write } from '../platform/context.ts'
import type { FactJob } from '../platform/relay.ts'
import { say } from '../platform/words.ts'
import { askContacts, colleaguesToInvite } from '../desks/index.ts'
import { proveApplicants } from '../membership/index.ts'
import { invitationMail, inviteStaff } from '../people/index.ts'
import { queueMessages, type NewMessage } from './queue-messages.ts'

const idsOf = (jobs: readonly FactJob[], name: string) =>
  jobs.flatMap(({ about }) => (typeof about[name] === 'string' ? [about[name]] : []))

/** So that the whole is one segment. */
const NAME_LENGTH_MAX = 40

/**
 * Asks those who were named as duty contacts whether the address is theirs and they agree, by a mail with a link, or by a text with a code that they send back. Whoever applied by a link that was
 * mailed to that address needs none. Safe to run twice: each is asked once, and once more when somebody wants it.
 */
export async function askDutyContacts(app: App, jobs: FactJob[]): Promise<void> {
  const desk_ids = idsOf(jobs, 'desk_id')
  const again = jobs.filter(({ kind }) => kind === 'duty.link_wanted')
  await write(app, system, async (ctx) => {
    await proveApplicants(ctx, desk_ids)
    const asked = await askContacts(ctx, { desk_ids, again_ids: idsOf(again, 'duty_contact_id') })
    await queueMessages(
      ctx,
      asked.map((one): NewMessage => {
        const { person_id, name, address, language, organisation, channel } = one
        const site = new URL(app.settings.PANDU_ORIGIN).host
        if (channel !== 'email')
          return {
            channel,
            kind: 'notice',
            recipient: address,
            recipient_name: name,
            recipient_id: person_id,
            text: say(language, 'sms.duty', {
              site,
              organisation: organisation.slice(0, NAME_LENGTH_MAX),
              code: one.code,
            }),
            language,
            automatic: true,
          }
        const values = { site, organisation, address, link: one.link }
        return {
          channel: 'email' as const,
          kind: 'notice' as const,
          recipient: address,
          recipient_name: name,
          recipient_id: person_id,
          subject: say(language, 'mail.duty_subject', values),
          text: say(language, 'mail.duty_text', values),
          language,
          automatic: true as const,
        }
      }),
    )
  })
}

/** Invites colleagues who have no account yet. Run twice, the second mail's link is the one that opens. */
export async function inviteColleagues(app: App, jobs: FactJob[]): Promise<void> {
  await write(app, system, async (ctx) => {
    const colleagues = await colleaguesToInvite(
      ctx,
      jobs.map(({ fact_id }) => fact_id),
    )
    // A handful, and each invitation is its own link.
    for (const { name, email, language } of colleagues)
      await queueMessages(ctx, [invitationMail(app, await inviteStaff(ctx, { name, email, language }))])
  })
}
