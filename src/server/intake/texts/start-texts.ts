import type { App } from '../../platform/app.ts'
import { system, write, type Writing } from '../../platform/context.ts'
import { codeOf, isDatabaseAway } from '../../platform/database.ts'
import { fault } from '../../platform/fault.ts'
import { recordAll } from '../../platform/journal.ts'
import { startRounds, type Rounds } from '../../platform/rounds.ts'
import {
  anyDied,
  claimItems,
  extendLease,
  isFull,
  noteReceipts,
  releaseItems,
  settleItems,
  type ClaimedItem,
  type TextChannel,
} from '../../channels/index.ts'
import { placeParts } from './place-parts.ts'
import { fetchFiles, readTexts, withMissing, type ReadItems, type ReadText } from './read-texts.ts'
import type { ReadyText } from './ready-text.ts'
import { settleTexts } from './settle-texts.ts'
import { wakeWaiting } from './wake-waiting.ts'

const POLL_MS = 1_000
/** While this lasts, texts gather for the next batch, of which a hundred cost little more than one. */
const REST_MS = 50
const EXTEND_MS = 10_000
/** How long an item rests that could not be settled because of us, or whose files could not be had. */
const REST_SECONDS = 3
const FILES_REST_SECONDS = 30
const WAKE_MS = 5_000
/** As for mails (start-intake.ts): once in a batch, then alone, each in a process that died. */
const ATTEMPTS_MAX = 5

/**
 * Claims what waits in the ledger of SMS, WhatsApp and Telegram, reads it and settles it. Each channel has rounds of its own, so that one whose files hang
 * holds up no other. Several processes may run it. Stops after the batch in hand.
 */
export function startTexts(app: App): Rounds & { of: Record<TextChannel, Rounds> } {
  const start = (channel: TextChannel) =>
    startRounds(app, {
      name: `texts.${channel}`,
      poll_ms: POLL_MS,
      rest_ms: REST_MS,
      work: () => textsOnce(app, channel),
    })
  const of = { sms: start('sms'), whatsapp: start('whatsapp'), telegram: start('telegram') }
  const rounds = Object.values(of)
  let woke_at = performance.now()
  const waking = startRounds(app, {
    name: 'texts.waiting',
    poll_ms: WAKE_MS,
    work: async () => {
      // Pokes are for what came; nothing that waits becomes due by them.
      if (performance.now() - woke_at < WAKE_MS) return false
      woke_at = performance.now()
      if (await wakeWaiting(app)) for (const one of rounds) one.poke()
      return false
    },
  })
  return {
    of,
    poke: () => rounds.forEach((one) => one.poke()),
    alive: () => [...rounds, waking].every((one) => one.alive()),
    stop: async () => void (await Promise.all([...rounds, waking].map((one) => one.stop()))),
  }
}

/** One item that died before, alone, and one batch. Answers true when there may be more. */
export async function textsOnce(app: App, channel: TextChannel): Promise<boolean> {
  const alone = (await anyDied(app, [channel])) ? await claimItems(app, [channel], false) : []
  await takeIn(app, alone)
  const batch = await claimItems(app, [channel], true)
  await takeIn(app, batch)
  return alone.length > 0 || isFull(batch)
}

async function takeIn(app: App, items: readonly ClaimedItem[]): Promise<void> {
  if (items.length === 0) return
  const isDead = (item: ClaimedItem) => item.attempts > ATTEMPTS_MAX
  const living = items.filter((item) => !isDead(item))
  const extending = setInterval(() => {
    extendLease(
      app,
      living.map((item) => item.id),
    ).catch((error: unknown) => app.log.warn({ code: codeOf(error) }, 'the intake of texts could not extend its lease'))
  }, EXTEND_MS)
  try {
    await quarantine(
      app,
      items.filter(isDead).map((item) => ({ item, reason: 'crashed' })),
    )
    const read = await readTexts(app, living)
    await quarantine(app, read.unread)
    await eachOrAlone(app, read.receipts, settleReceipts, (one) => one.item_id)
    await write(app, system, (ctx) => settleNothing(ctx, read.nothing))
    fault('texts.after_receipts')
    // Whoever sent a file waits for it, and what they wrote behind it with them; nobody else does.
    const slow = new Set(read.texts.filter(({ heard }) => heard.media.length > 0).map(senderOf))
    await takeTexts(
      app,
      read.texts.filter((text) => !slow.has(senderOf(text))),
    )
    await takeWithFiles(
      app,
      read.texts.filter((text) => slow.has(senderOf(text))),
    )
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

const senderOf = ({ heard, speaker }: ReadText): string => speaker?.address ?? heard.from

async function takeWithFiles(app: App, texts: readonly ReadText[]): Promise<void> {
  if (texts.length === 0) return
  const { fetched, later } = await fetchFiles(app, texts)
  const waiting = new Set(later.map(senderOf))
  const behind = fetched.filter((text) => waiting.has(senderOf(text)))
  await releaseItems(
    app,
    [...later, ...behind].map(({ item }) => item.id),
    FILES_REST_SECONDS,
  )
  await settleAll(
    app,
    fetched
      .filter((text) => !waiting.has(senderOf(text)))
      .map(({ missing, ...text }) => ({ ...text, text: withMissing(text.heard.text, missing), has_gaps: false })),
  )
}

/** Texts without files: parts are put together first. */
async function takeTexts(app: App, texts: readonly ReadText[]): Promise<void> {
  const joined = await eachOrAlone(
    app,
    texts.filter(({ heard }) => heard.part !== null),
    placeParts,
    ({ item }) => item.id,
  )
  fault('texts.after_parts')
  const whole = texts
    .filter(({ heard }) => heard.part === null)
    .map((one) => ({ ...one, text: one.heard.text, has_gaps: false }))
  await settleAll(
    app,
    [...whole, ...joined].map((one) => ({ ...one, attachments: [] })).sort((a, b) => (a.item.id < b.item.id ? -1 : 1)),
  )
}

/** Wave by wave, each of them one transaction with the oldest texts of all numbers. */
async function settleAll(app: App, texts: readonly ReadyText[]): Promise<void> {
  for (let left = texts; left.length > 0;) {
    left = await eachOrAlone(
      app,
      left,
      async (ctx, some) => {
        const settled = await settleTexts(ctx, some)
        fault('texts.before_commit')
        return settled.left
      },
      ({ item }) => item.id,
    )
    fault('texts.after_commit')
  }
}

/**
 * All in one transaction; where that fails for another reason than ours, each alone, twice; what fails then is put aside, and seen. Those of one number stay
 * in their order. Answers what the work answers, once it is committed.
 */
async function eachOrAlone<T, R>(
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
    app.log.warn({ code: codeOf(error), texts: all.length }, 'a batch of texts failed; each is tried alone')
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
    app.log.error({ item_id: idOf(one), code: codeOf(first), stack: stackOf(error) }, 'a text could not be settled')
    await quarantine(app, [{ item: { id: idOf(one) }, reason: 'failed' }])
    return []
  }
}

/** A statement that ran out of time: this text's own fault as well as ours. */
const PERHAPS_THE_TEXTS = new Set(['57014', 'ENOENT'])

/** Database gone or full, disk full, too many files: it would have happened with any text. */
const isOurs = (app: App, error: unknown): boolean =>
  !app.available() || (isDatabaseAway(error) && !PERHAPS_THE_TEXTS.has(codeOf(error) ?? ''))

// The first line may hold somebody's words.
const stackOf = (error: unknown) =>
  error instanceof Error ? error.stack?.split('\n').slice(1, 8).join('\n') : undefined

/** What gateways reported about texts of ours: states of the outbox, never tickets. */
async function settleReceipts(ctx: Writing, receipts: Readonly<ReadItems['receipts']>): Promise<[]> {
  const reported = await noteReceipts(ctx, receipts)
  await settleItems(
    ctx,
    receipts.map(({ item_id }, index) => ({
      id: item_id,
      outcome: 'report',
      reason: 'delivery_report',
      ticket: reported[index]?.ticket ?? null,
    })),
  )
  return []
}

/** Understood, and nobody's business: a reaction, somebody who joins a group. */
async function settleNothing(ctx: Writing, nothing: ReadItems['nothing']): Promise<void> {
  await settleItems(
    ctx,
    nothing.map(({ item, reason }) => ({ id: item.id, outcome: 'report', reason })),
  )
}

async function quarantine(app: App, items: readonly { item: { id: string }; reason: string }[]): Promise<void> {
  if (items.length === 0) return
  await write(app, system, async (ctx) => {
    const settled = new Set(
      await settleItems(
        ctx,
        items.map(({ item, reason }) => ({ id: item.id, outcome: 'quarantined' as const, reason })),
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
