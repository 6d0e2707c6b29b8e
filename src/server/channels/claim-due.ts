import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import type { KeptFile } from './queue-messages.ts'

/** One row of the outbox that is being sent. */
export interface DueMessage {
  id: string
  kind: string
  recipient: string
  recipient_name: string
  subject: string
  text: string
  language: 'id' | 'en'
  automatic: boolean
  mail_id: string
  in_reply_to: string | null
  mail_references: string[]
  reply_to: string | null
  attachments: KeptFile[]
  about_id: string | null
  created_at: Date
  not_before: Date
  /** This attempt included. */
  attempts: number
}

/** A sender that died is replaced within this time; one that is alive goes on extending it. */
const LEASE_SECONDS = 45
const BATCH_MAX = 20

/** Takes mails that are due, and those whose sender died: they are sent again, with the same Message-ID. */
export async function claimDue(app: App): Promise<DueMessage[]> {
  const { rows } = await sql<DueMessage>`update outbox set state = 'sending', attempts = attempts + 1,
      lease_until = now() + make_interval(secs => ${LEASE_SECONDS}::int)
    where id in (
      select id from outbox where state in ('waiting', 'sending') and channel = 'email' and next_attempt_at <= now()
        and case state when 'waiting' then not_before <= now()
          else lease_until < now() or lease_until > now() + interval '1 hour' end
      order by next_attempt_at, id limit ${BATCH_MAX}::int for update skip locked)
    returning id, kind, recipient, recipient_name, subject, text, language, automatic, mail_id, in_reply_to, mail_references, reply_to,
      attachments, about_id, created_at, not_before, attempts`.execute(app.worker)
  return rows
}

export async function extendSending(app: App, ids: readonly string[]): Promise<void> {
  await sql`update outbox set lease_until = now() + make_interval(secs => ${LEASE_SECONDS}::int)
    where id = any (${[...ids]}::uuid[]) and state = 'sending'`.execute(app.worker)
}
