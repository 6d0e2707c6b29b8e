import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { App } from '../../../platform/app.ts'
import { codeOf } from '../../../platform/database.ts'
import { fault } from '../../../platform/fault.ts'
import { newId } from '../../../platform/ids.ts'
import { dropLease, takeLease } from '../../../platform/leases.ts'
import { takeItem } from '../../take-item.ts'
import type { DueText, Gateway, GatewayState, TextAttempt } from '../../texts/adapter.ts'
import type { OpenedLine } from '../../texts/read-gateways.ts'
import { openFilesQueue } from './files-queue.ts'
import { openGammuPostgres } from './postgres.ts'
import { GammuAway, type GammuQueue, type Waiting } from './queue.ts'
import { openSqlQueue } from './sql-queue.ts'
import { openSqlite } from './sqlite.ts'

/** Gammu itself asks its telephone about once a second. */
const LOOK_MS = 1_000
const LOOK_SENT_EACH = 3
const AT_ONCE = 100
const LEASE_SECONDS = 30
const EXTEND_MS = 8_000
const AWAY_MS = [1_000, 2_000, 5_000, 15_000, 30_000]
const STOP_MS = 3_000
/** Reports that were taken lately, so that the ledger is not asked about each again. */
const KNOWN_MAX = 10_000

/** Gammu SMSD, which speaks to a modem or telephone: texts go through its tables or folders, and what came is fetched there. */
export function openGammu(app: App, line: OpenedLine): Gateway {
  const queue = openQueue(line.url)
  const state: GatewayState = { connected: null, since: null, last_error: null }
  const set = (connected: boolean, error: string | null) => {
    if (state.connected !== connected) Object.assign(state, { connected, since: new Date() })
    state.last_error = error
  }
  const stopping = new AbortController()
  const running = watch(app, line.name, queue, stopping.signal, set)
  return {
    name: line.name,
    kind: 'gammu',
    channel: 'sms',
    recognises: true,
    send: (text) => handOver(queue, text),
    state: () => ({ ...state }),
    async stop() {
      stopping.abort()
      await Promise.race([running, sleep(STOP_MS, undefined, { ref: false })])
      await queue.close()
    },
  }
}

function openQueue(url: string): GammuQueue {
  if (url.startsWith('files:')) return openFilesQueue(url.slice('files:'.length))
  return openSqlQueue(url.startsWith('sqlite:') ? openSqlite(url.slice('sqlite:'.length)) : openGammuPostgres(url))
}

export const gammuLease = (queue: Pick<GammuQueue, 'name'>) => `gammu ${queue.name}`

/** For the doctor: why Gammu's tables or folders cannot be used from here, as a code; null when they can. Changes nothing. */
export async function lookAtGammu({ url }: Pick<OpenedLine, 'url'>): Promise<{ lease: string; error: string | null }> {
  const queue = openQueue(url)
  const lease = gammuLease(queue)
  try {
    await queue.waiting(1)
    return { lease, error: null }
  } catch (error) {
    if (error instanceof GammuAway) return { lease, error: error.reason }
    throw error
  } finally {
    await queue.close()
  }
}

/** Whatever happened before, it is there once: whoever asks again after a crash finds it. */
async function handOver(queue: GammuQueue, text: DueText): Promise<TextAttempt> {
  try {
    if ((await queue.find(text.outbox_id)) !== 'there') await queue.put(text)
    // Its reports will name our id.
    return { state: 'accepted', ids: text.parts.map(() => null) }
  } catch (error) {
    if (error instanceof GammuAway) return { state: 'later', error: error.reason, away: true }
    throw error
  }
}

type Set = (connected: boolean, error: string | null) => void

/** One process of all, by lease: two would each put everything into the ledger. Never rejects. */
async function watch(app: App, name: string, queue: GammuQueue, signal: AbortSignal, set: Set): Promise<void> {
  const lease = { name: gammuLease(queue), holder: newId() }
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined)
  const known = openKnown(app)
  let failures = 0
  let held_until = 0
  for (let round = 0; !signal.aborted; round++) {
    let more = false
    try {
      if (app.available()) {
        if (performance.now() > held_until - (LEASE_SECONDS * 1000 - EXTEND_MS)) held_until = await hold(app, lease)
        if (held_until > performance.now())
          more = await fetchOnce(app, name, queue, known, round % LOOK_SENT_EACH === 0)
        // Another process fetches; sending needs no more than that Gammu is there.
        else await queue.waiting(1)
        set(true, null)
        failures = 0
      }
    } catch (error) {
      if (error instanceof GammuAway) {
        set(false, error.reason)
        if (failures++ === 0) app.log.warn({ gateway: name, code: error.reason }, 'Gammu is away')
        await pause(AWAY_MS[Math.min(failures, AWAY_MS.length) - 1]!)
        continue
      }
      app.log.warn({ gateway: name, code: codeOf(error) }, 'what Gammu brought waits for the database')
    }
    if (!more) await pause(LOOK_MS)
  }
  await dropLease(app, lease.name, lease.holder).catch(() => undefined)
}

/** Until when it is ours; 0 when it is another's. */
async function hold(app: App, lease: { name: string; holder: string }): Promise<number> {
  const asked_at = performance.now()
  return (await takeLease(app, lease.name, lease.holder, LEASE_SECONDS)) ? asked_at + LEASE_SECONDS * 1000 : 0
}

/** True when there may be more at once. */
async function fetchOnce(
  app: App,
  name: string,
  queue: GammuQueue,
  known: Known,
  with_reports: boolean,
): Promise<boolean> {
  const waiting = await queue.waiting(AT_ONCE)
  const reports = with_reports ? await queue.sent(AT_ONCE) : []
  const fresh = [...waiting, ...(await known.without(name, reports))]
  // Each on its own: one that cannot be kept is asked for again, and holds up no other.
  const results = await Promise.allSettled(fresh.map((one) => takeItem(app, itemOf(name, one))))
  const taken = fresh.filter((_, index) => results[index]!.status === 'fulfilled')
  if (taken.length > 0) {
    fault('texts.gammu_after_commit')
    app.poke('sms')
    known.add(name, taken)
  }
  // Those that a process which died had taken and not marked, too.
  const told = reports.filter((one) => !fresh.includes(one))
  if (taken.length + told.length > 0) await queue.done([...taken, ...told])
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
  return waiting.length === AT_ONCE || reports.length === AT_ONCE
}

function itemOf(name: string, waiting: Waiting) {
  return {
    channel: 'sms' as const,
    raw: Buffer.from(JSON.stringify(waiting.brought)),
    fingerprint: fingerprintOf(name, waiting),
    recipients: [],
    ...(waiting.from === '' ? {} : { envelope_from: waiting.from }),
    greeting: `gammu:${name}`,
  }
}

const fingerprintOf = (name: string, { key }: Waiting) =>
  createHash('sha256')
    .update(JSON.stringify(['gammu', name, key]))
    .digest('hex')

/** Which reports stand in the ledger: Gammu's table tells them again and again. */
interface Known {
  without(name: string, reports: readonly Waiting[]): Promise<Waiting[]>
  add(name: string, taken: readonly Waiting[]): void
}

function openKnown(app: App): Known {
  const known = new Set<string>()
  const remember = (fingerprint: string) => {
    known.add(fingerprint)
    if (known.size > KNOWN_MAX) known.delete(known.values().next().value!)
  }
  return {
    async without(name, reports) {
      const asked = reports.map((one) => fingerprintOf(name, one)).filter((fingerprint) => !known.has(fingerprint))
      if (asked.length > 0) {
        const { rows } = await sql<{ fingerprint: string }>`select fingerprint from intake_fingerprints
          where fingerprint = any (${asked}::text[])`.execute(app.worker)
        for (const { fingerprint } of rows) remember(fingerprint)
      }
      return reports.filter((one) => !known.has(fingerprintOf(name, one)))
    },
    add(name, taken) {
      for (const one of taken) if (one.brought.what === 'sent') remember(fingerprintOf(name, one))
    },
  }
}
