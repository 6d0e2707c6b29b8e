import { UnreadableText, type DeliveryReceipt, type Heard, type HeardText, type Read } from '../../texts/adapter.ts'
import { readRequest, textOf, type GatewayRequest } from '../gateway-request.ts'
import { jsonOf, wordAt } from './place.ts'
import type { Incoming, Reports } from './template.ts'

export const HEADERS = ['content-type', 'user-agent'] as const
/** In each item: how its gateway's file said, when it came, that it is to be read. */
export const NOTED = 'pandu-read'
export type Noted = ({ incoming: Incoming } | { reports: Reports }) & { of?: string }

const ERROR_LENGTH_MAX = 200

/** What a gateway that a file describes brought. */
export const readHttp: Read = ({ raw, greeting }): Heard => {
  const request = readRequest(raw)
  const noted = jsonOf(request.headers.get(NOTED) ?? '') as Noted | undefined
  if (!noted) throw new UnreadableText('unknown_gateway')
  const content = contentOf(request)
  return 'incoming' in noted
    ? readMessage(noted.incoming, content)
    : readReport(noted, content, greeting.slice('http:'.length))
}

/** The fields of a request, whatever they came in: JSON in its own depth, query and form flat. */
export function contentOf({ fields, headers, body }: GatewayRequest): unknown {
  const flat = Object.fromEntries([...fields].map(([name, bytes]) => [name, textOf(bytes, 'utf-8')]))
  const is_form = headers.get('content-type')?.startsWith('application/x-www-form-urlencoded')
  const json = is_form || body.length === 0 ? undefined : jsonOf(textOf(body, 'utf-8'))
  return json !== null && typeof json === 'object' ? (Array.isArray(json) ? json : { ...flat, ...json }) : flat
}

function readMessage({ fields }: Incoming, content: unknown): HeardText {
  const from = wordAt(content, fields.from)?.trim() ?? ''
  if (from === '') throw new UnreadableText('no_sender')
  const text = wordAt(content, fields.text)
  if (text === null) throw new UnreadableText('no_text')
  return {
    kind: 'text',
    from,
    to: wordAt(content, fields.to)?.trim() ?? '',
    name: '',
    text: text.replaceAll('\0', ''),
    at: timeOf(wordAt(content, fields.at)),
    part: null,
    remote_id: wordAt(content, fields.id) || null,
    answers_remote_id: null,
    button: null,
    media: [],
  }
}

function readReport(noted: Extract<Noted, { reports: Reports }>, content: unknown, gateway: string): Heard {
  const { fields, states } = noted.reports
  const remote_id = wordAt(content, fields.id)
  if (noted.of === undefined && !remote_id) throw new UnreadableText('report_of_nothing')
  const told = (wordAt(content, fields.state) ?? '').trim().toLowerCase()
  const state = (['delivered', 'failed', 'sent'] as const).find((one) => states[one].includes(told))
  if (!state) return { kind: 'nothing', reason: 'report_unknown' }
  const error = wordAt(content, fields.error)?.replace(/\s+/g, ' ').trim().slice(0, ERROR_LENGTH_MAX)
  const receipt: DeliveryReceipt = {
    kind: 'receipt',
    gateway,
    of: noted.of === undefined ? { remote_id: remote_id! } : { outbox_id: noted.of, number: null },
    state,
    at: timeOf(wordAt(content, fields.at)),
    error: state === 'failed' ? error || told : null,
  }
  return receipt
}

/** Seconds or milliseconds since 1970, or RFC 3339 with a zone; a time without one says less than our own clock. */
function timeOf(told: string | null): Date | null {
  if (told === null) return null
  if (/^\d{10}(\d{3})?$/.test(told)) return new Date(Number(told) * (told.length === 10 ? 1000 : 1))
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(told)) return null
  const at = new Date(told.replace(' ', 'T'))
  return Number.isNaN(at.getTime()) ? null : at
}
