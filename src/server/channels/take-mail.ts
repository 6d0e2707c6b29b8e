import type pg from 'pg'
import type { App } from '../platform/app.ts'
import { codeOf } from '../platform/database.ts'
import { fault } from '../platform/fault.ts'
import { fingerprint } from './email/fingerprint.ts'
import { OutcomeUnknown, type ReceivedMail } from './email/index.ts'
import { addRecipients, insertItems, prepareItem, type PreparedItem, type TakenItem } from './take-items.ts'

/** How often a commit whose outcome is unknown is looked up before we hang up. */
const LOOK_UP_TRIES = 5
const LOOK_UP_PAUSE_MS = 200

/**
 * One mail into the ledger, committed when this resolves: what the `250` rests on. One statement, which is its own transaction.
 * Throws {@link OutcomeUnknown} where nobody can know whether it was committed (trust R3): then no answer may be given at all.
 * Any other error means that nothing was written.
 */
export async function takeMail(app: App, mail: ReceivedMail): Promise<TakenItem> {
  const prepared = await prepareItem(app, {
    channel: 'email',
    raw: mail.raw,
    fingerprint: fingerprint(mail.raw),
    recipients: mail.recipients,
    remote: mail.remote,
    ...(mail.greeting === null ? {} : { greeting: mail.greeting.slice(0, 255) }),
    ...(mail.envelope_from === null ? {} : { envelope_from: mail.envelope_from }),
  })
  fault('intake.before_commit')
  const taken = await insertOne(app, prepared)
  // A second statement, but before the 250: if it fails, the mail comes again and this is done then.
  await addRecipients(app.worker, [taken])
  fault('intake.after_commit')
  return taken
}

async function insertOne(app: App, prepared: PreparedItem): Promise<TakenItem> {
  const statement = insertItems([prepared]).compile(app.worker)
  // Failing here, nothing has been sent yet.
  const connection = await app.worker_pool.connect()
  let broken = false
  try {
    const { rows } = await connection.query<TakenItem>(statement.sql, [...statement.parameters])
    return rows[0]!
  } catch (error) {
    if (isRefusedByDatabase(error)) throw error
    broken = true
    return await lookUp(app, prepared.id)
  } finally {
    connection.release(broken)
  }
}

/** The server answered, and rolled back. A lost connection or a server that was shut down says nothing about the commit. */
function isRefusedByDatabase(error: unknown): boolean {
  const code = codeOf(error) ?? ''
  return /^[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code) && (error as pg.DatabaseError).severity === 'ERROR'
}

async function lookUp(app: App, id: string): Promise<TakenItem> {
  for (let attempt = 0; attempt < LOOK_UP_TRIES; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_UP_PAUSE_MS))
    const { rows } = await app.worker_pool
      .query<TakenItem>('select id, duplicate_of from intake_items where id = $1::uuid', [id])
      .catch(() => ({ rows: [] }))
    if (rows[0]) return rows[0]
  }
  // Not found is no proof: a server process that lost us may still be about to commit.
  throw new OutcomeUnknown('the connection was lost during the commit')
}
