import { sql } from 'kysely'
import type { App } from '../../platform/app.ts'
import { enter, type Writing } from '../../platform/context.ts'
import { addToCounts } from '../../platform/counts.ts'
import { codeOf } from '../../platform/database.ts'
import { fault } from '../../platform/fault.ts'
import { takeItem } from '../take-item.ts'
import { prepareItem, type NewItem, type PreparedItem, type TakenItem } from '../take-items.ts'
import type { DeliveryReceipt, NothingHeard } from './adapter.ts'
import { applyReceipts, storable } from './note-receipts.ts'

/** What a gateway says of a text that it names by the id of our outbox. */
export interface TakenReport {
  item: NewItem
  outbox_id: string
  heard: DeliveryReceipt | NothingHeard
}

/** A gateway waits so long for its answer, that those which come meanwhile are written down together: of a flood some ten to twenty. */
const GATHER_MS = 12
const TOGETHER_MAX = 64
/** A report is some hundred bytes; what is larger goes the way of all items. */
const BYTES_MAX = 64 * 1024
/** Somebody holds one of the texts: then the reports wait in the ledger, and their gateway is not kept waiting. */
const LOCK_SECONDS = 2

/**
 * One report into the ledger, settled, with what it changes in the outbox: committed together when this resolves. Those that come at the
 * same moment share one transaction. Where that fails, or its outcome is unknown, each goes into the ledger alone and waits there as any
 * item does; one that had been committed after all is found there by its fingerprint, and changes nothing a second time.
 * @returns whether the item waits to be read
 * @throws as takeItem does: nobody may be told that it was taken
 */
export function takeReport(app: App, report: TakenReport): Promise<{ waits: boolean }> {
  if (report.item.raw.byteLength > BYTES_MAX)
    return takeItem(app, report.item).then(({ duplicate_of }) => ({ waits: duplicate_of === null }))
  let taker = takers.get(app)
  if (!taker) takers.set(app, (taker = openTaker(app)))
  return taker(report)
}

// By app, as in take-item.ts.
const takers = new WeakMap<App, (report: TakenReport) => Promise<{ waits: boolean }>>()

interface Waiting {
  report: TakenReport
  resolve(taken: { waits: boolean }): void
  reject(error: unknown): void
}

function openTaker(app: App) {
  const waiting: Waiting[] = []
  let gathering = false

  const give = async () => {
    const together = waiting.splice(0, TOGETHER_MAX)
    try {
      await writeTogether(
        app,
        together.map(({ report }) => report),
      )
      fault('texts.after_receipts')
      for (const one of together) one.resolve({ waits: false })
    } catch (error) {
      app.log.warn({ code: codeOf(error) }, 'reports of gateways could not be applied at once and wait in the ledger')
      await Promise.all(
        together.map(({ report, resolve, reject }) =>
          takeItem(app, report.item).then(({ duplicate_of }) => resolve({ waits: duplicate_of === null }), reject),
        ),
      )
    }
    if (waiting.length > 0) gather()
    else gathering = false
  }
  const gather = () => {
    gathering = true
    setTimeout(() => void give(), waiting.length >= TOGETHER_MAX ? 0 : GATHER_MS)
  }
  return (report: TakenReport) =>
    new Promise<{ waits: boolean }>((resolve, reject) => {
      waiting.push({ report, resolve, reject })
      if (!gathering) gather()
    })
}

async function writeTogether(app: App, reports: readonly TakenReport[]): Promise<void> {
  const prepared = await Promise.all(
    reports.map(async (report) => ({ report, prepared: await prepareItem(app, report.item) })),
  )
  await enter(app, 'intake', async (ctx) => {
    const [, taken] = await Promise.all([
      sql`select set_config('lock_timeout', ${`${LOCK_SECONDS}s`}, true)`.execute(ctx.tx),
      insertSettled(ctx, prepared),
    ])
    const fresh = new Set(taken.filter(({ duplicate_of }) => duplicate_of === null).map(({ id }) => id))
    await applyReceipts(
      ctx,
      prepared.flatMap(({ report: { heard, outbox_id }, prepared: { id } }) =>
        heard.kind === 'receipt' && fresh.has(id)
          ? [
              {
                ...heard,
                outbox_id,
                number: null,
                at: heard.at ?? ctx.now,
                error: heard.error && storable(heard.error),
              },
            ]
          : [],
      ),
      [],
    )
  })
}

/** As insertItems and settleItems would, one after the other: each row is written once. Its text does not depend on how many they are. */
async function insertSettled(
  ctx: Writing,
  reports: readonly { report: TakenReport; prepared: PreparedItem }[],
): Promise<TakenItem[]> {
  const given = reports.map(({ report: { item, outbox_id, heard }, prepared: { id, sha256 } }) => ({
    id,
    channel: item.channel,
    raw: Buffer.from(item.raw).toString('base64'),
    size: item.raw.byteLength,
    sha256,
    fingerprint: item.fingerprint,
    remote: item.remote ?? null,
    greeting: item.greeting ?? null,
    reason: heard.kind === 'receipt' ? 'delivery_report' : heard.reason,
    outbox_id,
  }))
  const { rows } = await sql<TakenItem>`with given as (
      select * from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as g (id uuid, channel text, raw text, size bigint, sha256 text,
        fingerprint text, remote text, greeting text, reason text, outbox_id uuid)),
    known as (
      insert into intake_fingerprints (fingerprint, item_id)
      select distinct on (fingerprint) fingerprint, id from given order by fingerprint, id
      on conflict (fingerprint) do update set fingerprint = excluded.fingerprint
      returning fingerprint, item_id),
    written as (
      insert into intake_items (id, channel, raw, size, sha256, fingerprint, remote, greeting, outcome, reason, settled_at, duplicate_of,
        ticket_id, ticket_number)
      select g.id, g.channel, decode(g.raw, 'base64'), g.size, g.sha256, g.fingerprint, g.remote, g.greeting,
        case when k.item_id <> g.id then 'duplicate' else 'report' end, case when k.item_id = g.id then g.reason end, now(),
        nullif(k.item_id, g.id),
        case when k.item_id = g.id and o.about_number is not null then o.about_id end,
        case when k.item_id = g.id and o.about_id is not null then o.about_number end
      from given g join known k using (fingerprint) left join outbox o on o.id = g.outbox_id
      returning id, channel, outcome, duplicate_of),
    counted as (${addToCounts(sql`select 'intake.' || channel || '.' || name, count(*)
      from (select channel, 'received' as name from written union all select channel, outcome from written) c group by channel, name`)})
    select id, duplicate_of from written`.execute(ctx.tx)
  return rows
}
