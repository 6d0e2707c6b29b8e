import type { App } from '../platform/app.ts'
import { system, write } from '../platform/context.ts'
import { codeOf, isDatabaseAway } from '../platform/database.ts'
import { recordAll } from '../platform/journal.ts'
import { startRounds, type Rounds } from '../platform/rounds.ts'
import {
  anyDied,
  claimItems,
  extendLease,
  isFull,
  openMailReader,
  releaseItems,
  settleItems,
  type ClaimedItem,
  type MailReader,
} from '../channels/index.ts'
import { readItems, type ReadMail, type UnreadItem } from './read-items.ts'
import { settleMails } from './settle-mails.ts'

const MAIL = ['email'] as const
const POLL_MS = 500
/** While this lasts, mails gather for the next batch, of which a hundred cost little more than one. */
const REST_MS = 100
const READING_THREADS = 2
const EXTEND_MS = 10_000
/** How long an item rests that could not be settled because of us. */
const REST_SECONDS = 3
/**
 * Once as one of a batch, four times alone, each in a process that died. Two deaths would be too few: a process that is killed again and
 * again for reasons of its own (no memory left, a machine that restarts) had put aside innocent mails: 3 of 24, 4 of 38 and 9 of 1049 in three short runs (tests/faults), none of which was repeated with five.
 */
const ATTEMPTS_MAX = 5

/**
 * Claims what waits in the ledger, reads it in worker threads and settles it, a batch in one transaction. Several processes may run
 * it. Stops after the batch in hand.
 */
export function startIntake(app: App): Rounds {
  const reader = openMailReader({ log: app.log, threads: READING_THREADS })
  const rounds = startRounds(app, {
    name: 'intake',
    poll_ms: POLL_MS,
    rest_ms: REST_MS,
    work: () => intakeOnce(app, reader),
  })
  return {
    poke: rounds.poke,
    alive: rounds.alive,
    async stop() {
      await rounds.stop()
      await reader.stop()
    },
  }
}

/** One item that died before, alone, and one batch. Answers true when there may be more. */
export async function intakeOnce(app: App, reader: MailReader): Promise<boolean> {
  const alone = (await anyDied(app, MAIL)) ? await claimOne(app, reader) : []
  await takeIn(app, reader, alone)
  const batch = await claimItems(app, MAIL, true)
  const later = await takeIn(app, reader, batch)
  return alone.length > 0 || later > 0 || isFull(batch)
}

/** Counted as an attempt only when a thread is there to read it: a process that is killed while it starts tells nothing about a mail. */
async function claimOne(app: App, reader: MailReader): Promise<ClaimedItem[]> {
  await reader.ready()
  return claimItems(app, MAIL, false)
}

/** Answers how many were given back for the next batch. */
async function takeIn(app: App, reader: MailReader, items: readonly ClaimedItem[]): Promise<number> {
  if (items.length === 0) return 0
  const [dead, living] = [items.filter(isDead), items.filter((item) => !isDead(item))]
  const extending = setInterval(() => {
    extendLease(
      app,
      living.map((item) => item.id),
    ).catch((error: unknown) => app.log.warn({ code: codeOf(error) }, 'the intake could not extend its lease'))
  }, EXTEND_MS)
  try {
    await quarantine(
      app,
      dead.map((item) => ({ item, reason: 'crashed' })),
    )
    const { read, unread } = await readItems(app, reader, living)
    await quarantine(app, unread)
    const now = await withoutLaterReplies(app, read)
    const again = await settleAll(app, now)
    return read.length - now.length + again
  } catch (error) {
    // Nothing is wrong with the items: the database or the disk went away.
    await releaseItems(
      app,
      items.map((item) => item.id),
      REST_SECONDS,
    ).catch(() => undefined)
    throw error
  } finally {
    clearInterval(extending)
  }
}

const isDead = (item: ClaimedItem) => item.attempts > ATTEMPTS_MAX

/**
 * A mail that refers to another one of this batch waits for the next: only then is it known to which ticket the other one belongs.
 * The oldest never waits, so this ends.
 */
async function withoutLaterReplies(app: App, mails: readonly ReadMail[]): Promise<ReadMail[]> {
  const earlier = new Set<string>()
  const now: ReadMail[] = []
  const later: string[] = []
  for (const read of mails) {
    const { message_id, in_reply_to, references } = read.mail
    if ([...in_reply_to, ...references].some((id) => id !== message_id && earlier.has(id))) later.push(read.item.id)
    else now.push(read)
    if (message_id) earlier.add(message_id)
  }
  await releaseItems(app, later)
  return now
}

/** Answers how many are to be read again. */
async function settleAll(app: App, mails: readonly ReadMail[]): Promise<number> {
  if (mails.length === 0) return 0
  try {
    return (await write(app, system, (ctx) => settleMails(ctx, mails))).again
  } catch (error) {
    if (isOurs(app, error)) throw error
    if (mails.length === 1) return settleOrQuarantine(app, mails[0]!, error)
    app.log.warn({ code: codeOf(error), mails: mails.length }, 'a batch of mails failed; each is tried alone')
    let again = 0
    for (const mail of mails) again += await settleAll(app, [mail])
    return again
  }
}

/** Alone it failed once; the second time it is quarantined, and seen. */
async function settleOrQuarantine(app: App, mail: ReadMail, first: unknown): Promise<number> {
  try {
    return (await write(app, system, (ctx) => settleMails(ctx, [mail]))).again
  } catch (error) {
    if (isOurs(app, error)) throw error
    app.log.error({ item_id: mail.item.id, code: codeOf(first), stack: stackOf(error) }, 'a mail could not be settled')
    await quarantine(app, [{ item: mail.item, reason: 'failed' }])
    return 0
  }
}

/** A statement that ran out of time, a file that is not there: this mail's own fault as well as ours. */
const PERHAPS_THE_MAILS = new Set(['57014', 'ENOENT'])

/** Database gone or full, disk full, too many files: it would have happened with any mail. */
const isOurs = (app: App, error: unknown): boolean =>
  !app.available() || (isDatabaseAway(error) && !PERHAPS_THE_MAILS.has(codeOf(error) ?? ''))

// The first line may hold somebody's words.
const stackOf = (error: unknown) =>
  error instanceof Error ? error.stack?.split('\n').slice(1, 8).join('\n') : undefined

async function quarantine(app: App, items: readonly UnreadItem[]): Promise<void> {
  if (items.length === 0) return
  await write(app, system, async (ctx) => {
    const settled = new Set(
      await settleItems(
        ctx,
        items.map(({ item, reason, header }) => ({
          id: item.id,
          outcome: 'quarantined' as const,
          reason,
          ...(header ? { message_id: header.message_id, sender: header.from, subject: header.subject } : {}),
        })),
      ),
    )
    await recordAll(
      ctx,
      items
        .filter(({ item }) => settled.has(item.id))
        .map(({ item, reason }) => ({ kind: 'intake.quarantined', about: { item_id: item.id, reason } })),
    )
  })
}
