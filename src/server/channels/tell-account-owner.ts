import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write } from '../platform/context.ts'
import type { FactJob } from '../platform/relay.ts'
import { noticeMail, type AccountNotice } from '../people/index.ts'
import { messageId } from './email/addresses.ts'
import { queueMessages } from './queue-messages.ts'

/**
 * Tells somebody by mail what was done to the way they sign in, so that it does not go unnoticed when it was not they. The mail goes to
 * the address that they sign in with. Safe to run twice: its Message-ID is made of the fact.
 */
export async function tellAccountOwner(app: App, jobs: FactJob[]): Promise<void> {
  const ids = jobs.map(({ fact_id }) => fact_id)
  await write(app, system, async (ctx) => {
    const { rows } = await sql<AccountNotice & { fact_id: string }>`
      select f.id as fact_id, f.kind, f.at, p.id as person_id, p.name, u.email, p.language,
        coalesce(f.about->>'method', '') as method, (f.about->>'codes_left')::int as codes_left, d.details->>'client' as client,
        d.details->>'user_agent' as user_agent
      from facts f
      join accounts a on a.person_id = (f.about->>'person_id')::uuid and a.disabled_at is null
      join people p on p.id = a.person_id
      join auth.users u on u.id = a.auth_user_id
      left join journal_details d on d.fact_id = f.id
      where f.id = any (${ids}::uuid[]) order by f.id limit 500`.execute(ctx.db)
    const mails = rows.map((row) => ({
      ...noticeMail(app, row),
      mail_id: messageId(app.secrets, app.settings.PANDU_MAIL_DOMAIN, { ticket_number: null, id: row.fact_id }),
    }))
    const { rows: told } = await sql<{ mail_id: string }>`select mail_id from outbox
      where mail_id = any (${mails.map(({ mail_id }) => mail_id)}::text[]) order by mail_id limit 500`.execute(ctx.db)
    const known = new Set(told.map(({ mail_id }) => mail_id))
    await queueMessages(
      ctx,
      mails.filter(({ mail_id }) => !known.has(mail_id)),
    )
  })
}
