/**
 * What Kannel 1.4 brings: a message by its `get-url`, `post-url` or `post-xml`, or a delivery report by the `dlr-url` that we gave it (docs/channels.md
 * names the parameters). Only the names of the fields are ours; how they are filled is Kannel's.
 */
import {
  UnreadableText,
  type DeliveryReceipt,
  type Heard,
  type HeardText,
  type NothingHeard,
  type Read,
} from '../../texts/adapter.ts'
import { readRequest, textOf, type GatewayRequest } from '../gateway-request.ts'
import { readPart } from '../read-part.ts'
import { isXml, withoutXml } from './read-xml.ts'

/** Kept of each request: what says how to read a posted text, and what `post-url` tells in headers. */
export const HEADERS = [
  'content-type',
  'x-kannel-from',
  'x-kannel-to',
  'x-kannel-time',
  'x-kannel-smsc',
  'x-kannel-coding',
  'x-kannel-service',
  'x-kannel-udh',
  'user-agent',
] as const
/** Written into a report's item when its mark was found to be ours. */
export const NOTED_OF = 'pandu-of'
export const REPORT_PATH = '/channels/sms/kannel/report'

const ERROR_LENGTH_MAX = 200

export const readKannel: Read = ({ raw, greeting }): Heard => {
  const request = withoutXml(readRequest(raw))
  const is_report = request.path === REPORT_PATH || request.path.startsWith(`${REPORT_PATH}/`)
  return is_report ? readReport(request, greeting.slice('kannel:'.length)) : readMessage(request)
}

/** As the gateway told it; '' where it did not. */
export const senderOf = (request: GatewayRequest) => told(request, 'from', 'x-kannel-from')
export const receiverOf = (request: GatewayRequest) => told(request, 'to', 'x-kannel-to')

// "+62…" in a URL that nobody encoded begins with a blank.
const told = ({ fields, headers }: GatewayRequest, field: string, header: string) =>
  textOf(fields.get(field) ?? Buffer.from(headers.get(header) ?? '', 'latin1'), 'utf-8').trim()

function readMessage(request: GatewayRequest): HeardText {
  const from = senderOf(request)
  if (isXml(request.headers)) throw new UnreadableText('kannel_xml')
  if (from === '') throw new UnreadableText('no_sender')
  const header = headerOf(request)
  return {
    kind: 'text',
    from,
    to: receiverOf(request),
    name: '',
    text: bodyOf(request),
    at: timeOf(request.fields.get('time')),
    part: header ? readPart(header) : null,
    remote_id: request.fields.get('id')?.toString('latin1') || null,
    answers_remote_id: null,
    button: null,
    media: [],
  }
}

function headerOf({ fields, headers }: GatewayRequest): Uint8Array | null {
  const field = fields.get('udh')
  if (field && field.length > 0) return field
  const posted = headers.get('x-kannel-udh')
  return posted ? readRequest(Buffer.from(`GET /?udh=${posted} HTTP/1.1\r\n\r\n`, 'latin1')).fields.get('udh')! : null
}

/** `bin` (%b) keeps the blanks that `text` (%a) loses at the ends, where a part of a longer text would lose a word's border. */
function bodyOf({ method, fields, headers, body }: GatewayRequest): string {
  const type = headers.get('content-type') ?? ''
  const coding = told({ fields, headers } as GatewayRequest, 'coding', 'x-kannel-coding')
  const in_fields = method !== 'POST' || type.startsWith('application/x-www-form-urlencoded')
  const bytes = in_fields || body.length === 0 ? (filled(fields.get('bin')) ?? fields.get('text')) : body
  if (!bytes) {
    // A get-url that forgot the text is a fault of the configuration; an empty message of a citizen is not.
    if (in_fields) throw new UnreadableText('no_text')
    return ''
  }
  const named = in_fields ? fields.get('charset')?.toString('latin1') : /charset="?([^";\s]+)/i.exec(type)?.[1]
  const binary = coding === '1' || named?.toUpperCase() === '8-BIT' || type.startsWith('application/octet-stream')
  const text = textOf(bytes, named && !binary ? named : coding === '2' ? 'utf-16be' : 'utf-8')
  // Some telephones send plain letters as 8-bit data, and business cards are letters; ring tones and settings are not.
  if (binary && (bytes.includes(0) || /[\p{Cc}\uFFFD]/u.test(text.replace(/[\t\r\n]/g, ''))))
    throw new UnreadableText('binary_text')
  return text
}

const filled = (bytes: Buffer | undefined) => (bytes && bytes.length > 0 ? bytes : undefined)

/** `%T`: seconds since 1970. `%t` has no zone, so it says nothing that our own clock does not say better. */
function timeOf(field: Buffer | undefined): Date | null {
  const text = field?.toString('latin1') ?? ''
  return /^\d{9,11}$/.test(text) ? new Date(Number(text) * 1000) : null
}

// The bits of dlr-mask. 4: it waits in the SMSC's own queue, 8: the SMSC took it.
const STATES: Readonly<Record<string, DeliveryReceipt['state']>> = {
  1: 'delivered',
  2: 'failed',
  4: 'sent',
  8: 'sent',
  16: 'failed',
}

function readReport({ fields, headers }: GatewayRequest, gateway: string): Heard {
  const outbox_id = headers.get(NOTED_OF)
  if (!outbox_id) throw new UnreadableText('report_of_nothing')
  return heardOf(fields, outbox_id, gateway)
}

/** What a report says of a text that is known to be ours. */
export function heardOf(
  fields: GatewayRequest['fields'],
  outbox_id: string,
  gateway: string,
): DeliveryReceipt | NothingHeard {
  const state = STATES[fields.get('type')?.toString('latin1').trim() ?? '']
  if (!state) return { kind: 'nothing', reason: 'report_unknown' }
  return {
    kind: 'receipt',
    gateway,
    of: { outbox_id, number: null },
    state,
    at: timeOf(fields.get('at')),
    error: state === 'failed' ? reasonOf(textOf(fields.get('answer') ?? Buffer.alloc(0), 'utf-8')) : null,
  }
}

/** Of "id:… stat:UNDELIV err:034 text:…" the two words that say why; the text behind them is a person's. */
function reasonOf(answer: string): string {
  const [, state] = /\bstat:(\w+)/.exec(answer) ?? []
  const [, error] = /\berr:(\w+)/.exec(answer) ?? []
  if (state) return error ? `${state} ${error}` : state
  return answer.replace(/\/+$/, '').slice(0, ERROR_LENGTH_MAX) || 'rejected'
}
