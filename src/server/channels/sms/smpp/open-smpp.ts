import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../../../platform/app.ts'
import type { DueText, Gateway, TextAttempt } from '../../texts/adapter.ts'
import type { OpenedLine } from '../../texts/read-gateways.ts'
import { openKeeping } from './keep-delivered.ts'
import { LinkFault, Unanswered, type Link } from './link.ts'
import { readSmppAddress } from './smpp-address.ts'
import { stayBound } from './stay-bound.ts'
import { readSubmitted, submitFields, type SubmitFields, type Submitted } from './submit-fields.ts'

/** Of a text some of whose parts were taken, the others are tried so often: half a text helps nobody. */
const ROUNDS_MAX = 12

/** A line to an operator by SMPP 3.4: it binds by itself, brings what comes, and sends. */
export function openSmpp(app: App, line: OpenedLine): Gateway {
  const address = readSmppAddress(line.url)
  const bound = stayBound(app, address, openKeeping(app, line, address))
  const places = openWindow(address.window)
  const stopping = new AbortController()
  let rests_until = 0

  const submit = async (link: Link, fields: SubmitFields): Promise<Submitted | Lost> => {
    const leave = await places.enter()
    try {
      if (performance.now() < rests_until) return { state: 'throttled', error: 'ESME_RTHROTTLED' }
      const answer = await link.request('submit_sm', fields)
      const submitted = readSubmitted({ status: answer.status, message_id: answer.fields.message_id }, address.reports)
      if (submitted.state === 'throttled') rests_until = performance.now() + address.pause_ms
      return submitted
    } catch (error) {
      if (error instanceof Unanswered) return { state: 'unanswered', error: error.reason }
      if (error instanceof LinkFault) return { state: 'away', error: error.reason }
      throw error
    } finally {
      leave()
    }
  }

  /** Never tries a part again of which nobody knows whether it was taken. */
  async function send(text: DueText): Promise<TextAttempt> {
    const link = bound.sending()
    if (!link) return { state: 'later', error: bound.state().last_error ?? 'not_connected', away: true }
    const parts = submitFields(text, address, line.from)
    const results: (Submitted | Lost)[] = await Promise.all(parts.map((fields) => submit(link, fields)))
    for (let round = 1; round < ROUNDS_MAX && mayGoOn(results) && !stopping.signal.aborted; round++) {
      await sleep(Math.max(0, rests_until - performance.now()), undefined, { signal: stopping.signal }).catch(() => {})
      for (const [index, result] of results.entries())
        if (result.state === 'throttled') results[index] = await submit(link, parts[index]!)
    }
    return attemptOf(results, Math.max(0, Math.ceil(rests_until - performance.now())))
  }

  return {
    name: line.name,
    kind: 'smpp',
    channel: 'sms',
    send,
    state: bound.state,
    async stop() {
      stopping.abort()
      await bound.stop()
    },
  }
}

/** It was asked, and the connection went before the answer came. */
interface Lost {
  state: 'unanswered'
  error: string
}

const mayGoOn = (results: readonly (Submitted | Lost)[]) =>
  results.some(({ state }) => state === 'throttled') &&
  results.some(({ state }) => state === 'accepted') &&
  results.every(({ state }) => state === 'throttled' || state === 'accepted')

/** What the whole text comes to: the worst of what its parts came to. */
export function attemptOf(results: readonly (Submitted | Lost)[], rests_ms: number): TextAttempt {
  for (const result of results) if (result.state === 'unanswered') return { state: 'unknown', error: result.error }
  for (const result of results) if (result.state === 'refused') return { state: 'refused', error: result.error }
  for (const result of results)
    if (result.state === 'throttled') return { state: 'later', error: result.error, away: true, after_ms: rests_ms }
  for (const result of results) if (result.state === 'away') return { state: 'later', error: result.error, away: true }
  return { state: 'accepted', ids: results.map((result) => (result.state === 'accepted' ? result.id : null)) }
}

interface Window {
  /** Resolves when there is room; the function gives the place back. In the order of asking. */
  enter(): Promise<() => void>
}

function openWindow(size: number): Window {
  let free = size
  const queue: (() => void)[] = []
  const leave = () => {
    const next = queue.shift()
    if (next) next()
    else free += 1
  }
  return {
    enter: () =>
      new Promise((resolve) => {
        const take = () => resolve(leave)
        if (free === 0) return void queue.push(take)
        free -= 1
        take()
      }),
  }
}
