import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import type { Reading } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { mailboxName, readMailboxUrl, type MailboxFaultKind } from './email/open-mailbox.ts'

/** How far a mailbox is emptied. */
export interface MailboxPlace {
  id: string
  uid_validity: string
  last_uid: number
}

export interface MailboxState {
  name: string
  state: 'open' | 'failing'
  state_since: Date
  /** When we last knew that nothing new lay there; null if never. */
  checked_at: Date | null
  last_error: MailboxFaultKind | null
  /** Taken, and not marked or moved yet. */
  unmarked: number
}

/**
 * Where to go on in a mailbox whose server numbers its mails by `uid_validity`. With a new numbering everything is looked at from the
 * beginning; mails that lie there now (below `uid_next`) may have been taken under an old number and are known by their fingerprint.
 */
export async function placeInMailbox(
  app: App,
  given: { name: string; uid_validity: string; uid_next: number },
): Promise<MailboxPlace> {
  const { rows } = await sql<MailboxPlace>`insert into mailboxes as m (id, name, uid_validity)
    values (${newId()}::uuid, ${given.name}, ${given.uid_validity}::bigint)
    on conflict (name) do update set
      last_uid = case when m.uid_validity is distinct from excluded.uid_validity then 0 else m.last_uid end,
      known_below = case when m.uid_validity <> excluded.uid_validity then ${given.uid_next}::bigint else m.known_below end,
      uid_validity = excluded.uid_validity
    returning id, uid_validity::text as uid_validity, last_uid::float8 as last_uid`.execute(app.worker)
  const place = rows[0]!
  // Old numbers mean nothing now; the mails themselves come by again.
  await sql`delete from mailbox_marks where mailbox_id = ${place.id}::uuid and uid_validity <> ${place.uid_validity}::bigint`.execute(
    app.worker,
  )
  return place
}

export interface MailboxMark {
  uid: number
  too_large: boolean
}

/** Mails that stand in the ledger and are not marked or moved yet, oldest first. */
export async function unmarkedMails(
  app: App,
  { id, uid_validity }: MailboxPlace,
  limit: number,
): Promise<MailboxMark[]> {
  const { rows } = await sql<MailboxMark>`select uid::float8 as uid, too_large from mailbox_marks
    where mailbox_id = ${id}::uuid and uid_validity = ${uid_validity}::bigint order by uid limit ${limit}::int`.execute(
    app.worker,
  )
  return rows
}

export async function forgetMarks(
  app: App,
  { id, uid_validity }: MailboxPlace,
  uids: readonly number[],
): Promise<void> {
  await sql`delete from mailbox_marks where mailbox_id = ${id}::uuid and uid_validity = ${uid_validity}::bigint
    and uid = any (${[...uids]}::bigint[])`.execute(app.worker)
}

/** How it goes with a mailbox, for the desk, for measuring and for whoever looks why no mail comes. */
export async function noteMailbox(app: App, name: string, last_error: MailboxFaultKind | null): Promise<void> {
  const state = last_error === null ? 'open' : 'failing'
  await sql`insert into mailboxes as m (id, name, state, last_error, checked_at)
    values (${newId()}::uuid, ${name}, ${state}, ${last_error}, case when ${state} = 'open' then now() end)
    on conflict (name) do update set state = excluded.state, last_error = excluded.last_error,
      state_since = case when m.state = excluded.state then m.state_since else now() end,
      checked_at = coalesce(excluded.checked_at, m.checked_at)`.execute(app.worker)
}

/** The mailbox of `PANDU_IMAP_URL`: null when none is set, or when it was never looked into. */
export async function seeMailbox(ctx: Reading): Promise<MailboxState | null> {
  const { PANDU_IMAP_URL } = ctx.app.settings
  if (!PANDU_IMAP_URL) return null
  const { rows } = await sql<MailboxState>`select name, state, state_since, checked_at, last_error,
      (select count(*) from mailbox_marks k where k.mailbox_id = m.id)::int as unmarked
    from mailboxes m where name = ${mailboxName(readMailboxUrl(PANDU_IMAP_URL))}`.execute(ctx.db)
  return rows[0] ?? null
}
