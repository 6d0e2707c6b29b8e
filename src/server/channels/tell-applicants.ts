import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import type { FactJob } from '../platform/relay.ts'
import {
  affiliationMails,
  competenceMails,
  applicationMails,
  applicationNotices,
  whoToInvite,
} from '../membership/index.ts'
import { invitationMail, inviteStaff } from '../people/index.ts'
import { messageId } from './email/addresses.ts'
import { queueMessages, type NewMessage } from './queue-messages.ts'

/**
 * Tells whoever applied what became of it, and the secretariat that it came in; after an approval invites those who shall work at the desk
 * that was made. Safe to run twice: the Message-ID of each mail is made of the fact and whom it goes to.
 */
export async function tellApplicants(app: App, jobs: FactJob[]): Promise<void> {
  const ids = jobs.map(({ fact_id }) => fact_id)
  await write(app, system, async (ctx) => {
    await queueNew(
      ctx,
      (await applicationMails(ctx, ids)).map(({ fact_id, ...mail }) => ({
        ...mail,
        mail_id: idOf(ctx, `${fact_id}.applicant`),
      })),
    )
    await queueNew(
      ctx,
      (await applicationNotices(ctx, ids)).map(({ fact_id, ...mail }) => ({
        ...mail,
        mail_id: idOf(ctx, `${fact_id}.${mail.recipient_id}`),
      })),
    )
    const uninvited = (await whoToInvite(ctx, ids)).map((one) => ({
      ...one,
      mail_id: idOf(ctx, `${one.fact_id}.${one.email}`),
    }))
    const known = await knownAmong(ctx, uninvited)
    // A handful for each approval, and each invitation is its own link.
    for (const { name, email, language, mail_id } of uninvited.filter((one) => !known.has(one.mail_id))) {
      const invitation = await inviteStaff(ctx, { name, email, language })
      await queueMessages(ctx, [{ ...invitationMail(app, invitation), mail_id }])
    }
  })
}

/** Tells an institution that its term comes to its end, or what was decided about it. Safe to run twice, as above. */
export async function tellAffiliated(app: App, jobs: FactJob[]): Promise<void> {
  const ids = jobs.map(({ fact_id }) => fact_id)
  await write(app, system, async (ctx) => {
    await queueNew(
      ctx,
      [...(await affiliationMails(ctx, ids)), ...(await competenceMails(ctx, ids))].map(({ fact_id, ...mail }) => ({
        ...mail,
        mail_id: idOf(ctx, `${fact_id}.${mail.recipient_id}`),
      })),
    )
  })
}

/** The same for the same fact and reader; a Message-ID of ours holds a UUID. */
function idOf({ app }: Writing, what: string): string {
  const hash = createHash('sha256').update(what).digest('hex')
  const id = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-')
  return messageId(app.secrets, app.settings.PANDU_MAIL_DOMAIN, { ticket_number: null, id })
}

async function queueNew(ctx: Writing, mails: readonly (NewMessage & { mail_id: string })[]): Promise<void> {
  const known = await knownAmong(ctx, mails)
  await queueMessages(
    ctx,
    mails.filter(({ mail_id }) => !known.has(mail_id)),
  )
}

async function knownAmong(ctx: Writing, mails: readonly { mail_id: string }[]): Promise<Set<string>> {
  if (mails.length === 0) return new Set()
  const { rows } = await sql<{ mail_id: string }>`select mail_id from outbox
    where mail_id = any (${mails.map(({ mail_id }) => mail_id)}::text[]) order by mail_id limit 1000`.execute(ctx.db)
  return new Set(rows.map(({ mail_id }) => mail_id))
}
