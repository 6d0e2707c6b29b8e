/** The frame in which items of the ledger are taken in, the same for mails and texts: claimed, held, given back, and one bad item told apart from the others. */
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { codeOf, isDatabaseAway } from '../platform/database.ts'
import { recordAll } from '../platform/journal.ts'
import {
  anyDied,
  claimItems,
  extendLease,
  isFull,
  releaseItems,
  settleItems,
  type ClaimedItem,
  type Mail,
  type TextChannel,
} from '../channels/index.ts'

const EXTEND_MS = 10_000
/** How long an item rests that could not be settled because of us. */
const REST_SECONDS = 3
/**
 * Once as one of a batch, four times alone, each in a process that died. Two deaths would be too few: a process that is killed again and
 * again for reasons of its own (no memory left, a machine that restarts) had put aside innocent mails: 3 of 24, 4 of 38 and 9 of 1049 in three short runs (tests/faults), none of which was repeated with five.
 */
const ATTEMPTS_MAX = 5

export interface Kind {
  channels: readonly ('email' | TextChannel)[]
  /** Awaited before an item that died is claimed: a process that is killed while it starts tells nothing about an item. */
  ready?: () => Promise<void>
  /** Reads and settles. Answers how many were given back for the next batch. A failure is ours: all of them rest and come again. */
  work: (items: readonly ClaimedItem[]) => Promise<number>
}

/** One item that died before, alone, and one batch. Answers true when there may be more. */
export async function takeInOnce(app: App, kind: Kind): Promise<boolean> {
  const alone = (await anyDied(app, kind.channels)) ? await claimOne(app, kind) : []
  await takeIn(app, kind, alone)
  const batch = await claimItems(app, kind.channels, true)
  const later = await takeIn(app, kind, batch)
  return alone.length > 0 || later > 0 || isFull(batch)
}

async function claimOne(app: App, { channels, ready }: Kind): Promise<ClaimedItem[]> {
  await ready?.()
  return claimItems(app, channels, false)
}

async function takeIn(app: App, { work }: Kind, items: readonly ClaimedItem[]): Promise<number> {
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
    return await work(living)
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
 * All in one transaction; where that fails for another reason than ours, each alone, twice, one after the other; what fails then is put aside, and seen.
 * Answers what the work answers, once it is committed.
 */
export async function eachOrAlone<T, R>(
  app: App,
  all: readonly T[],
  work: (ctx: Writing, some: readonly T[]) => Promise<readonly R[]>,
  idOf: (one: T) => string,
): Promise<readonly R[]> {
  if (all.length === 0) return []
  try {
    return await write(app, system, (ctx) => work(ctx, all))
  } catch (error) {
    if (isOurs(app, error)) throw error
    if (all.length === 1) return twice(app, all[0]!, error, work, idOf)
    app.log.warn({ code: codeOf(error), items: all.length }, 'a batch of the intake failed; each is tried alone')
    const answers: R[] = []
    for (const one of all) answers.push(...(await eachOrAlone(app, [one], work, idOf)))
    return answers
  }
}

/** Alone it failed once; the second time it is quarantined. */
async function twice<T, R>(
  app: App,
  one: T,
  first: unknown,
  work: (ctx: Writing, some: readonly T[]) => Promise<readonly R[]>,
  idOf: (one: T) => string,
): Promise<readonly R[]> {
  try {
    return await write(app, system, (ctx) => work(ctx, [one]))
  } catch (error) {
    if (isOurs(app, error)) throw error
    app.log.error({ item_id: idOf(one), code: codeOf(first), stack: stackOf(error) }, 'an item could not be settled')
    await quarantine(app, [{ item: { id: idOf(one) }, reason: 'failed' }])
    return []
  }
}

/** A statement that ran out of time, a file that is not there: this item's own fault as well as ours. */
const PERHAPS_THE_ITEMS = new Set(['57014', 'ENOENT'])

/** Database gone or full, disk full, too many files: it would have happened with any item. */
const isOurs = (app: App, error: unknown): boolean =>
  !app.available() || (isDatabaseAway(error) && !PERHAPS_THE_ITEMS.has(codeOf(error) ?? ''))

// The first line may hold somebody's words.
const stackOf = (error: unknown) =>
  error instanceof Error ? error.stack?.split('\n').slice(1, 8).join('\n') : undefined

/** Puts items aside, with a fact that says why. `header`: what can be said of whom it is from all the same. */
export async function quarantine(
  app: App,
  items: readonly { item: { id: string }; reason: string; header?: Mail | null }[],
): Promise<void> {
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
