import type { App } from '../../platform/app.ts'
import { system, write } from '../../platform/context.ts'
import { codeOf, isDatabaseAway } from '../../platform/database.ts'
import { record } from '../../platform/journal.ts'
import { announceIn } from '../../platform/live.ts'
import { startRounds, type Rounds } from '../../platform/rounds.ts'
import {
  anyDied,
  bytesOf,
  claimItems,
  isFull,
  readCallItem,
  releaseItems,
  settleItems,
  type ClaimedItem,
} from '../../channels/index.ts'
import { settleCalls, type SpokenCall } from './settle-calls.ts'

const PHONE = ['phone'] as const
const POLL_MS = 500
/** A telephone rings for seconds: what it says is shown at once, and a flood of it together. */
const REST_MS = 20
const REST_SECONDS = 3
const ATTEMPTS_MAX = 5

/** Claims what exchanges told, and puts it together, a batch in one transaction; open desks hear of it right after. Several processes may run it. */
export const startCallIntake = (app: App): Rounds =>
  startRounds(app, { name: 'calls', poll_ms: POLL_MS, rest_ms: REST_MS, work: () => takeInCalls(app) })

/** One that died before, alone, and one batch. Answers true when there may be more. */
export async function takeInCalls(app: App): Promise<boolean> {
  const alone = (await anyDied(app, PHONE)) ? await claimItems(app, PHONE, false) : []
  await takeIn(app, alone)
  const batch = await claimItems(app, PHONE, true)
  await takeIn(app, batch)
  return alone.length > 0 || isFull(batch)
}

async function takeIn(app: App, items: readonly ClaimedItem[]): Promise<void> {
  if (items.length === 0) return
  try {
    const spoken: SpokenCall[] = []
    for (const item of items) {
      const heard = item.attempts > ATTEMPTS_MAX ? null : readCallItem(await bytesOf(app, item), item.greeting ?? '')
      if (heard) spoken.push({ item, ...heard, received_at: item.received_at })
      else await quarantine(app, item, item.attempts > ATTEMPTS_MAX ? 'crashed' : 'unreadable')
    }
    await settleAll(app, spoken)
  } catch (error) {
    // Nothing is wrong with the items: the database went away.
    await releaseItems(
      app,
      items.map(({ id }) => id),
      REST_SECONDS,
    ).catch(() => undefined)
    throw error
  }
}

async function settleAll(app: App, spoken: readonly SpokenCall[]): Promise<void> {
  if (spoken.length === 0) return
  try {
    const calls = await write(app, system, (ctx) => settleCalls(ctx, spoken))
    await announceIn(app.worker, {
      what: 'calls',
      tickets: calls.map(({ id, desk_id }) => ({ id, desk_ids: [desk_id] })),
    })
  } catch (error) {
    if (!app.available() || isDatabaseAway(error)) throw error
    if (spoken.length === 1) {
      app.log.error(
        { item_id: spoken[0]!.item.id, code: codeOf(error) },
        'what was told of a call could not be settled',
      )
      return quarantine(app, spoken[0]!.item, 'failed')
    }
    app.log.warn({ code: codeOf(error), calls: spoken.length }, 'a batch of calls failed; each is tried alone')
    for (const one of spoken) await settleAll(app, [one])
  }
}

async function quarantine(app: App, item: ClaimedItem, reason: string): Promise<void> {
  await write(app, system, async (ctx) => {
    const settled = await settleItems(ctx, [{ id: item.id, outcome: 'quarantined', reason }])
    if (settled.length > 0) await record(ctx, 'intake.quarantined', { about: { item_id: item.id, reason } })
  })
}
