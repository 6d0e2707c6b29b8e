import type { App } from '../../../platform/app.ts'
import type { DueText, Gateway, GatewayState, TextAttempt } from '../../texts/adapter.ts'
import type { OpenedLine } from '../../texts/read-gateways.ts'
import { reportMark } from '../../texts/report-mark.ts'
import { openConnections, type GatewayAnswer, type GatewayConnections } from '../ask-gateway.ts'
import { reportsOrigin } from '../reports-origin.ts'
import { REPORT_PATH } from './read.ts'

/** Delivered, failed, taken by the SMSC, refused by the SMSC. */
const DLR_MASK = 1 + 2 + 8 + 16
const ERROR_LENGTH_MAX = 200

/**
 * A way out through Kannel's `sendsms`. Kannel cuts long texts by itself (`concatenation`, `max-messages` of its user) and gives no id back:
 * its reports name ours.
 */
export function openKannel(app: App, line: OpenedLine, connections: GatewayConnections = openConnections()): Gateway {
  let state: GatewayState = { connected: null, since: null, last_error: null }
  const note = (connected: boolean, last_error: string | null) => {
    state = { connected, since: connected === state.connected ? state.since : new Date(), last_error }
  }
  return {
    name: line.name,
    kind: 'kannel',
    channel: 'sms',
    async send(text) {
      const attempt = attemptOf(await connections.ask(sendsmsUrl(app, line, text), { method: 'GET' }))
      if (attempt.state === 'accepted' || attempt.state === 'refused') note(true, null)
      else note(attempt.state === 'later' ? !attempt.away : true, attempt.error)
      return attempt
    },
    state: () => state,
    stop: () => Promise.resolve(connections.stop()),
  }
}

function sendsmsUrl(app: App, line: OpenedLine, text: DueText): URL {
  const url = new URL(line.url)
  // Apart from the address, which would be put together anew with each field.
  const fields = new URLSearchParams(url.search)
  const add = (name: string, value: string) => fields.set(name, value)
  add('username', decodeURIComponent(url.username))
  add('password', decodeURIComponent(url.password))
  url.username = url.password = ''
  if (line.from !== null) add('from', line.from)
  add('to', text.to)
  add('text', text.text)
  add('charset', 'UTF-8')
  // Without it every letter that GSM has not becomes a question mark.
  if (text.coding === 'ucs2') add('coding', '2')
  add('dlr-mask', String(DLR_MASK))
  add('dlr-url', dlrUrl(app, line, text.outbox_id))
  url.search = fields.toString()
  return url
}

// Short: where Kannel keeps its reports in a database it has 255 letters for this.
function dlrUrl({ settings, secrets }: App, line: OpenedLine, outbox_id: string): string {
  const { origin, key } = reportsOrigin(settings, line)
  return `${origin}${REPORT_PATH}/${line.name}?of=${reportMark(secrets, outbox_id)}&type=%d&at=%T&id=%F&answer=%A${key}`
}

/** Kannel's answers are sentences (gw/smsbox.c); the status alone does not tell a wrong password from a number without a way. */
function attemptOf(answer: GatewayAnswer): TextAttempt {
  if (answer.kind === 'not_reached') return { state: 'later', error: answer.error, away: true }
  if (answer.kind === 'no_answer') return { state: 'unknown', error: answer.error }
  const { status, text, retry_after_ms } = answer
  const error = oneLine(`${status} ${text.replace(/<[^>]*>/g, ' ')}`).slice(0, ERROR_LENGTH_MAX)
  // "0: Accepted for delivery"; "3: Queued for later delivery" where no SMSC is connected: Kannel keeps it on disk.
  if (status === 202 || (status === 200 && /^\s*[0-3]\s*:/.test(text))) return { state: 'accepted', ids: [null] }
  // Something between us and Kannel; whether Kannel was asked nobody knows.
  if (status === 200 || status === 500 || status === 502 || status === 504) return { state: 'unknown', error }
  if (/receiver|denied|black-?list|not routable|empty text/i.test(text) && (status === 400 || status === 403))
    return { state: 'refused', error }
  // A wrong password, a wrong path, no sender, the bearerbox away: whoever is written to, it must be put right there.
  return { state: 'later', error, away: true, ...(retry_after_ms === null ? {} : { after_ms: retry_after_ms }) }
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()
