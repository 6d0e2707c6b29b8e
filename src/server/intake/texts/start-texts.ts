import type { App } from '../../platform/app.ts'
import { system, write, type Writing } from '../../platform/context.ts'
import { fault } from '../../platform/fault.ts'
import { startRounds, type Rounds } from '../../platform/rounds.ts'
import { noteReceipts, releaseItems, settleItems, type ClaimedItem, type TextChannel } from '../../channels/index.ts'
import { eachOrAlone, quarantine, takeInOnce } from '../take-in.ts'
import { placeParts } from './place-parts.ts'
import { fetchFiles, readTexts, withMissing, type ReadItems, type ReadText } from './read-texts.ts'
import type { ReadyText } from './ready-text.ts'
import { settleTexts } from './settle-texts.ts'
import { wakeWaiting } from './wake-waiting.ts'

const POLL_MS = 1_000
/** While this lasts, texts gather for the next batch, of which a hundred cost little more than one. */
const REST_MS = 50
/** How long a text rests whose files could not be had. */
const FILES_REST_SECONDS = 30
const WAKE_MS = 5_000

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
export const textsOnce = (app: App, channel: TextChannel): Promise<boolean> =>
  takeInOnce(app, { channels: [channel], work: (items) => takeHeard(app, items) })

async function takeHeard(app: App, items: readonly ClaimedItem[]): Promise<number> {
  const read = await readTexts(app, items)
  await quarantine(app, read.unread)
  await eachOrAlone(app, read.receipts, settleReceipts, (one) => one.item_id)
  if (read.nothing.length > 0) await write(app, system, (ctx) => settleNothing(ctx, read.nothing))
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
  return 0
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
