import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../../../platform/app.ts'
import { codeOf } from '../../../platform/database.ts'
import { newId } from '../../../platform/ids.ts'
import { dropLease, takeLease } from '../../../platform/leases.ts'
import type { GatewayState } from '../../texts/adapter.ts'
import { LinkFault, openLink, type Link, type LinkWork } from './link.ts'
import { smppLease, type SmppAddress } from './smpp-address.ts'

/** So long nobody binds after a process was killed. */
const LEASE_SECONDS = 30
const EXTEND_MS = 8_000
/** We let go so long after the last extension: before another may bind. */
const HOLD_MS = 22_000
const LEASE_WAIT_MS = 5_000
const DATABASE_WAIT_MS = 1_000
const BACK_OFF_MS = [1_000, 2_000, 5_000, 15_000, 30_000, 60_000, 120_000]
/** A bind that held so long was a good one: the next failure is a first one again. */
const STEADY_MS = 30_000
const STOP_MS = 5_000
const ELSEWHERE = 'bound_by_another_process'

export interface Bound {
  /** By which we send; null while there is none. */
  sending(): Link | null
  state(): GatewayState
  stop(): Promise<void>
}

/**
 * Keeps a line bound: one process of all, by lease, because operators allow a system one bind, or few. A bind that fails or falls is made
 * anew after a growing pause of uneven length, so that an operator which comes back is not met by everybody at once. Never rejects.
 */
export function stayBound(app: App, address: SmppAddress, work: LinkWork): Bound {
  const stopping = new AbortController()
  // Until the first bind was tried, texts wait rather than being put off.
  const state: GatewayState = { connected: false, since: null, last_error: null, elsewhere: true }
  const bound: { link: Link | null } = { link: null }
  const set = (link: Link | null, error: string | null) => {
    bound.link = link
    state.elsewhere = error === ELSEWHERE
    if (state.connected !== (link !== null)) Object.assign(state, { connected: link !== null, since: new Date() })
    if (error !== null || link !== null) state.last_error = error
  }
  const running = run(app, address, work, stopping.signal, set)
  return {
    sending: () => bound.link,
    state: () => ({ ...state }),
    async stop() {
      stopping.abort()
      await Promise.race([running, sleep(STOP_MS, undefined, { ref: false })])
    },
  }
}

type Set = (link: Link | null, error: string | null) => void

async function run(app: App, address: SmppAddress, work: LinkWork, signal: AbortSignal, set: Set): Promise<void> {
  const lease = { name: smppLease(address), holder: newId() }
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined)
  let failures = 0
  while (!signal.aborted) {
    try {
      if (!app.available()) await pause(DATABASE_WAIT_MS)
      else if (await takeLease(app, lease.name, lease.holder, LEASE_SECONDS)) {
        const bound_ms = await bind(app, address, work, lease, signal, set)
        failures = bound_ms >= STEADY_MS ? 0 : failures + 1
        await pause(backOff(failures))
      } else {
        set(null, ELSEWHERE)
        await pause(LEASE_WAIT_MS)
      }
    } catch (error) {
      if (!(error instanceof LinkFault)) {
        app.log.warn({ code: codeOf(error) }, 'an SMPP line waits for the database')
        await pause(DATABASE_WAIT_MS)
        continue
      }
      set(null, error.reason)
      if (signal.aborted) break
      app.log.warn({ line: lease.name, code: error.reason }, 'an SMPP line could not be bound and is tried again')
      failures += 1
      await pause(backOff(failures))
    }
  }
  await dropLease(app, lease.name, lease.holder).catch(() => undefined)
}

/** Half of the pause is certain, the other half is chance. */
function backOff(failures: number): number {
  const most = BACK_OFF_MS[Math.min(Math.max(failures, 1), BACK_OFF_MS.length) - 1]!
  return most / 2 + (Math.random() * most) / 2
}

/** Answers how long the bind held, in milliseconds. */
async function bind(
  app: App,
  address: SmppAddress,
  work: LinkWork,
  lease: { name: string; holder: string },
  signal: AbortSignal,
  set: Set,
): Promise<number> {
  const letGo = Promise.withResolvers<string>()
  const onAbort = () => letGo.resolve('ending')
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  const holdFrom = (from: number) =>
    setTimeout(() => letGo.resolve('lease_lost'), Math.max(0, from + HOLD_MS - performance.now())).unref()
  let holding = holdFrom(performance.now())
  const extending = setInterval(() => {
    const asked_at = performance.now()
    takeLease(app, lease.name, lease.holder, LEASE_SECONDS).then(
      (held) => {
        if (!held) return letGo.resolve('lease_lost')
        clearTimeout(holding)
        holding = holdFrom(asked_at)
      },
      () => undefined,
    )
  }, EXTEND_MS)
  let links: Link[] = []
  try {
    links = await openLinks(address, work)
    const bound_at = performance.now()
    set(links[0]!, null)
    app.log.info({ line: lease.name }, 'an SMPP line is bound')
    const reason = await Promise.race([letGo.promise, ...links.map((link) => link.ended)])
    set(null, reason)
    if (!signal.aborted) app.log.warn({ line: lease.name, code: reason }, 'an SMPP line was lost and is bound anew')
    return performance.now() - bound_at
  } finally {
    set(null, null)
    signal.removeEventListener('abort', onAbort)
    clearInterval(extending)
    clearTimeout(holding)
    await Promise.all(links.map((link) => link.close()))
  }
}

/** The one by which we send first. */
async function openLinks(address: SmppAddress, work: LinkWork): Promise<Link[]> {
  if (address.bind === 'transceiver') return [await openLink(address, 'bind_transceiver', work)]
  const sending = await openLink(address, 'bind_transmitter', work)
  try {
    return [sending, await openLink(address, 'bind_receiver', work)]
  } catch (error) {
    await sending.close()
    throw error
  }
}
