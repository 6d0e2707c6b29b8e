import type { App } from '../platform/app.ts'
import { startRounds, type Rounds } from '../platform/rounds.ts'
import { openMailReader, releaseItems, type ClaimedItem, type MailReader } from '../channels/index.ts'
import { readItems, type ReadMail } from './read-items.ts'
import { settleMails } from './settle-mails.ts'
import { eachOrAlone, quarantine, takeInOnce } from './take-in.ts'

const MAIL = ['email'] as const
const POLL_MS = 500
/** While this lasts, mails gather for the next batch, of which a hundred cost little more than one. */
const REST_MS = 100
/** After as many, more gather: nobody who waits among so many notices, and each costs a fifth less. */
const MANY_MAILS = 40
const REST_AFTER_MANY_MS = 400
const READING_THREADS = 2

/**
 * Claims what waits in the ledger, reads it in worker threads and settles it, a batch in one transaction. Several processes may run
 * it. Stops after the batch in hand.
 */
export function startIntake(app: App): Rounds {
  const reader = openMailReader({ log: app.log, threads: READING_THREADS })
  let mails = 0
  const rounds = startRounds(app, {
    name: 'intake',
    poll_ms: POLL_MS,
    rest_ms: () => {
      const rest_ms = mails < MANY_MAILS ? REST_MS : REST_AFTER_MANY_MS
      mails = 0
      return rest_ms
    },
    work: () => intakeOnce(app, reader, (many) => (mails = Math.max(mails, many))),
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

/** One item that died before, alone, and one batch. Answers true when there may be more. `taken` hears how many are in hand. */
export const intakeOnce = (
  app: App,
  reader: MailReader,
  taken: (many: number) => void = () => undefined,
): Promise<boolean> =>
  takeInOnce(app, {
    channels: MAIL,
    ready: () => reader.ready(),
    work: (items) => {
      taken(items.length)
      return takeMails(app, reader, items)
    },
  })

async function takeMails(app: App, reader: MailReader, items: readonly ClaimedItem[]): Promise<number> {
  const { read, unread } = await readItems(app, reader, items)
  await quarantine(app, unread)
  const now = await withoutLaterReplies(app, read)
  const again = await eachOrAlone(
    app,
    now,
    async (ctx, mails) => [(await settleMails(ctx, mails)).again],
    ({ item }) => item.id,
  )
  return read.length - now.length + again.reduce((sum, mails) => sum + mails, 0)
}

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
