import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { fault } from '../platform/fault.ts'
import { recordAll } from '../platform/journal.ts'
import { fingerprint } from './email/fingerprint.ts'
import type { MailboxPlace } from './mailboxes.ts'
import { settleItems } from './settle-items.ts'
import { takeItems } from './take-items.ts'

export interface MailboxMail {
  uid: number
  /** As it lies there; of one that is too large only the header, of one that the server does not give nothing. */
  raw: Buffer
  recipients: readonly string[]
  envelope_from: string | null
  /** Why it cannot be taken as a whole: it is put aside where every triager sees it. */
  held?: 'too_large' | 'not_given'
}

/** Somebody else empties this mailbox, or it was numbered anew: nothing was taken. */
export class PlaceLost extends Error {
  override name = 'PlaceLost'
}

/**
 * One mail of a mailbox: ledger row, the place up to which the mailbox is taken, and that it has to be marked, in one transaction. So it
 * is taken once, whatever dies in between. Answers false for a mail that was taken before the mailbox was numbered anew.
 */
export async function takeFromMailbox(app: App, place: MailboxPlace, mail: MailboxMail): Promise<boolean> {
  const taken = await write(app, system, async (ctx) => {
    const { known_below } = await goOn(ctx, place, mail.uid)
    const sum = mail.held === 'not_given' ? nameOfNothing(place, mail.uid) : fingerprint(mail.raw)
    await sql`insert into mailbox_marks (mailbox_id, uid_validity, uid, too_large)
      values (${place.id}::uuid, ${place.uid_validity}::bigint, ${mail.uid}::bigint, ${mail.held === 'too_large'}::boolean)`.execute(
      ctx.tx,
    )
    if (mail.uid < known_below && (await isKnown(ctx, sum))) return false
    await take(ctx, mail, sum)
    return true
  })
  fault('imap.after_commit')
  return taken
}

/** The mail is gone from the mailbox: somebody else took it away before we read it. */
export const passOver = (app: App, place: MailboxPlace, uid: number): Promise<unknown> =>
  write(app, system, (ctx) => goOn(ctx, place, uid))

async function goOn(ctx: Writing, place: MailboxPlace, uid: number): Promise<{ known_below: number }> {
  const { rows } = await sql<{ known_below: number }>`update mailboxes set last_uid = ${uid}::bigint
    where id = ${place.id}::uuid and uid_validity = ${place.uid_validity}::bigint and last_uid < ${uid}::bigint
    returning known_below::float8 as known_below`.execute(ctx.tx)
  if (!rows[0]) throw new PlaceLost()
  return rows[0]
}

async function isKnown(ctx: Writing, sum: string): Promise<boolean> {
  const { rows } = await sql`select from intake_fingerprints where fingerprint = ${sum}`.execute(ctx.tx)
  return rows.length > 0
}

async function take(ctx: Writing, mail: MailboxMail, sum: string): Promise<void> {
  const [item] = await takeItems(ctx, [
    {
      channel: 'email',
      raw: mail.raw,
      fingerprint: sum,
      recipients: mail.recipients,
      ...(mail.envelope_from === null ? {} : { envelope_from: mail.envelope_from }),
    },
  ])
  if (!mail.held || !item || item.duplicate_of !== null) return
  await settleItems(ctx, [{ id: item.id, outcome: 'quarantined', reason: mail.held }])
  await recordAll(ctx, [{ kind: 'intake.quarantined', about: { item_id: item.id, reason: mail.held } }])
}

// Without bytes there is nothing to compare, so it is never the same as another.
const nameOfNothing = ({ id, uid_validity }: MailboxPlace, uid: number) =>
  createHash('sha256').update(`mailbox ${id} ${uid_validity} ${uid}`).digest('hex')
