import { sql } from 'kysely'
import type { Reading, Writing } from '../platform/context.ts'

export interface KnownMailId {
  /** Message-ID without angle brackets. */
  mail_id: string
  ticket_id: string
  /** What we sent, what we received, or what somebody's mail referred to before we saw it. */
  origin: 'sent' | 'received' | 'referenced'
}

/** RFC 5322 2.1.1: an id cannot be longer than a line. */
const MAIL_ID_LENGTH_MAX = 998

/** Remembers which ticket a mail belongs to. What is known already stays as it was first known. */
export async function rememberMailIds(ctx: Writing, rows: readonly KnownMailId[]): Promise<void> {
  const fitting = rows.filter(({ mail_id }) => mail_id !== '' && mail_id.length <= MAIL_ID_LENGTH_MAX)
  if (fitting.length === 0) return
  await sql`insert into mail_ids (mail_id, ticket_id, origin, at)
    select mail_id, ticket_id, origin, ${ctx.now}::timestamptz
    from unnest(${fitting.map((row) => row.mail_id)}::text[], ${fitting.map((row) => row.ticket_id)}::uuid[],
      ${fitting.map((row) => row.origin)}::text[]) as m (mail_id, ticket_id, origin)
    on conflict do nothing`.execute(ctx.tx)
}

const TICKETS_OF_ONE_ID_MAX = 20

/**
 * The tickets that mail ids lead to: first the one of our own mail with the id, then those that received a mail with it, then those where it was only mentioned. One id can lead to several: anybody may mention any id in a mail of their own, so the caller
 * asks who takes part before anything is entered.
 */
export async function ticketsOfMailIds(ctx: Reading, mail_ids: readonly string[]): Promise<KnownMailId[]> {
  if (mail_ids.length === 0) return []
  const { rows } = await sql<KnownMailId>`select m.mail_id, m.ticket_id, m.origin
    from unnest(${[...new Set(mail_ids)]}::text[]) as asked (mail_id)
    cross join lateral (select mail_id, ticket_id, origin from mail_ids where mail_ids.mail_id = asked.mail_id
      order by origin <> 'sent', origin = 'referenced', at desc, ticket_id desc limit ${TICKETS_OF_ONE_ID_MAX}) m`.execute(
    ctx.db,
  )
  return rows
}
