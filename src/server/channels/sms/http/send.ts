import type { App } from '../../../platform/app.ts'
import type { DueText, Gateway, GatewayState, TextAttempt } from '../../texts/adapter.ts'
import type { OpenedLine } from '../../texts/read-gateways.ts'
import { reportMark } from '../../texts/report-mark.ts'
import { openConnections, type GatewayAnswer } from '../ask-gateway.ts'
import { reportsOrigin } from '../reports-origin.ts'
import { jsonOf, valueAt, wordAt } from './place.ts'
import { readTemplate, type Fields, type Found, type Look, type Placeholder, type Send } from './template.ts'

const ERROR_LENGTH_MAX = 200

/** A way out through a gateway that a file describes. @throws SettingFault for a file that is wrong */
export function openHttp(app: App, line: OpenedLine): Gateway {
  const { send } = readTemplate(line)
  const connections = openConnections(send && send.timeout_seconds * 1000)
  let state: GatewayState = { connected: null, since: null, last_error: null }
  const note = (connected: boolean, last_error: string | null) => {
    state = { connected, since: connected === state.connected ? state.since : new Date(), last_error }
  }
  return {
    name: line.name,
    kind: 'http',
    channel: 'sms',
    ...(send?.once_by_id ? { recognises: true } : {}),
    async send(text) {
      // A file that only says how texts come in.
      if (!send) return { state: 'later', error: 'receives_only', away: true }
      const { url, ...given } = requestOf(send, valuesOf(app, line, send, text), text.coding === 'ucs2')
      const attempt = withoutSecrets(attemptOf(send, await connections.ask(url, given)), send, text)
      if (attempt.state === 'accepted' || attempt.state === 'refused') note(true, null)
      else note(attempt.state === 'later' ? !attempt.away : true, attempt.error)
      return attempt
    },
    state: () => state,
    stop: () => Promise.resolve(connections.stop()),
  }
}

type Values = Record<Placeholder, string>

function valuesOf({ settings, secrets }: App, line: OpenedLine, send: Send, text: DueText): Values {
  const { origin, key } = reportsOrigin(settings, { ...line, url: send.url })
  return {
    to: numberAs(send.numbers, text.to),
    text: text.text,
    id: reportMark(secrets, text.outbox_id),
    from: line.from ?? '',
    reports: `${origin}/channels/sms/http/${line.name}/report${key.replace('&', '?')}`,
  }
}

/** @param number +62…; one of another country keeps its country's number whatever the gateway wants at home */
function numberAs(form: Send['numbers'], number: string): string {
  if (form === '+62') return number
  return form === '0' && number.startsWith('+62') ? `0${number.slice(3)}` : number.replace(/^\+/, '')
}

function requestOf(send: Send, values: Values, unicode: boolean) {
  // A value that holds braces is not looked at again.
  const filled = (value: Fields[string], put: (text: string) => string = (text) => text): Fields[string] => {
    if (typeof value === 'string') return value.replace(/\{([a-z_]+)\}/g, (_, name: Placeholder) => put(values[name]))
    if (Array.isArray(value)) return value.map((one) => filled(one))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filled(one)]))
  }
  const url = new URL(filled(send.url, encodeURIComponent) as string)
  const fields = filled({ ...send.fields, ...(unicode ? send.unicode_fields : {}) }) as Fields
  const pairs = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)])
  if (send.format === 'query') {
    for (const [name, value] of pairs) url.searchParams.set(name, value)
    return { url, method: send.method, headers: send.headers }
  }
  const json = send.format === 'json'
  const body = json ? JSON.stringify(fields) : new URLSearchParams(pairs).toString()
  const type = json ? 'application/json' : 'application/x-www-form-urlencoded'
  const length = String(Buffer.byteLength(body))
  return {
    url,
    method: send.method,
    headers: { 'content-type': type, 'content-length': length, ...send.headers },
    body,
  }
}

function attemptOf(send: Send, answer: GatewayAnswer): TextAttempt {
  if (answer.kind === 'not_reached') return { state: 'later', error: answer.error, away: true }
  if (answer.kind === 'no_answer') return { state: 'unknown', error: answer.error }
  const json = jsonOf(answer.text)
  const looks = (look: Look | undefined) => look !== undefined && looksLike(look, answer, json)
  const { status } = answer
  const said = find(send.error, answer.text, json) ?? answer.text.replace(/<[^>]*>/g, ' ')
  const error = `${status} ${said}`.replace(/\s+/g, ' ').trim()
  const after_ms = answer.retry_after_ms ?? send.wait_seconds * 1000
  if (looks(send.throttled) || (!send.throttled && status === 429))
    return { state: 'later', error, away: true, after_ms }
  if (looks(send.refused)) return { state: 'refused', error: `refused_number ${error}` }
  if (looks(send.away)) return { state: 'later', error, away: true }
  if (looks(send.accepted)) return { state: 'accepted', ids: [find(send.id, answer.text, json)] }
  // What the file does not name: a no that says by its status that nothing was taken is tried again; of the rest nobody knows.
  if (status === 503 || (status >= 300 && status < 500 && status !== 408)) return { state: 'later', error, away: true }
  return { state: 'unknown', error }
}

function looksLike(
  { status, field, is, pattern }: Look,
  answer: { status: number; text: string },
  json: unknown,
): boolean {
  if (status && !status.includes(answer.status)) return false
  if (pattern && !pattern.test(answer.text)) return false
  // Gateways write numbers now as numbers and now as words.
  return field === undefined || is!.some((one) => String(one) === String(valueAt(json, field) ?? null))
}

function find(found: Found | undefined, text: string, json: unknown): string | null {
  if (!found) return null
  const word = found.pattern ? found.pattern.exec(text) : wordAt(json, found.field)
  return (Array.isArray(word) ? (word[1] ?? word[0]) : word) || null
}

/** Some gateways repeat in their answer what they were asked; errors are read by people and kept. */
function withoutSecrets(attempt: TextAttempt, send: Send, { text, to }: DueText): TextAttempt {
  if (attempt.state === 'accepted') return attempt
  const own = [...Object.values(send.headers), ...Object.values(send.fields), ...new URL(send.url.replace(/[{}]/g, '')).searchParams.values()] // prettier-ignore
  const secrets = own.filter((value): value is string => typeof value === 'string' && value.length >= 6 && !value.includes('{')) // prettier-ignore
  const hidden = [text, to, to.slice(1), ...secrets, ...secrets.flatMap((value) => value.split(' '))]
  const error = hidden
    .filter((value) => value.length >= 6)
    .reduce((told, value) => told.replaceAll(value, '***'), attempt.error)
  return { ...attempt, error: error.slice(0, ERROR_LENGTH_MAX) }
}
