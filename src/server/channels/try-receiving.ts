import { sql } from 'kysely'
import { mustAdminister } from '../people/index.ts'
import type { Reading, Writing } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { say } from '../platform/words.ts'
import type { DeliveryState } from './list-outbox.ts'
import { queueMessages } from './queue-messages.ts'

/**
 * Sends a mail to our own address by the real way out; it must come back by the real way in. The intake knows its own mail and opens no
 * ticket for it (outcome `report`). Answers the outbox row by which {@link seeReceiving} follows it. Administrators only.
 */
export async function tryReceiving(ctx: Writing): Promise<string> {
  mustAdminister(ctx.actor)
  const language = ctx.actor.kind === 'staff' ? ctx.actor.language : 'id'
  const [id] = await queueMessages(ctx, [
    {
      channel: 'email',
      kind: 'notice',
      recipient: `helpdesk@${ctx.app.settings.PANDU_MAIL_DOMAIN}`,
      subject: say(language, 'settings.receive_test_subject'),
      text: say(language, 'settings.receive_test_text'),
      language,
      automatic: true,
    },
  ])
  return id!
}

export interface ReceivingTried {
  recipient: string
  state: DeliveryState
  last_error: string | null
  created_at: Date
  sent_at: Date | null
  /** What came back; null while nothing has. */
  item: { id: string; received_at: Date; outcome: string | null; reason: string | null } | null
  seconds: number | null
}

/** How far such a mail has come; null for none. Administrators only. */
export async function seeReceiving(ctx: Reading, outbox_id: string): Promise<ReceivingTried | null> {
  mustAdminister(ctx.actor)
  if (!isId(outbox_id)) return null
  // Month partitions: only what came since is looked through for the mail's own id.
  const { rows } = await sql<ReceivingTried>`select o.recipient, o.state, o.last_error, o.created_at, o.sent_at,
      case when i.id is not null then json_build_object('id', i.id, 'received_at', i.received_at, 'outcome', i.outcome, 'reason', i.reason) end as item,
      round(extract(epoch from i.received_at - o.created_at))::int as seconds
    from outbox o left join lateral (select id, received_at, outcome, reason from intake_items
      where id >= uuid_floor(o.created_at - interval '1 minute') and id < uuid_floor(o.created_at + interval '1 day')
        and message_id = o.mail_id order by id limit 1) i on true
    where o.id = ${outbox_id}::uuid`.execute(ctx.db)
  const row = rows[0]
  return row ? { ...row, item: row.item && { ...row.item, received_at: new Date(row.item.received_at) } } : null
}
