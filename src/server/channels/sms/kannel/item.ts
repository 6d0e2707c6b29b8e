import { createHash, randomUUID } from 'node:crypto'
import type { Secrets } from '../../../platform/secrets.ts'
import type { NewItem } from '../../take-items.ts'
import { readReportMark } from '../../texts/report-mark.ts'
import type { TakenReport } from '../../texts/take-report.ts'
import { fieldsOfTarget, rawOf, readRequest, type GatewayRequest, type ReceivedRequest } from '../gateway-request.ts'
import { withoutXml } from './read-xml.ts'
import { HEADERS, heardOf, NOTED_OF, senderOf, receiverOf } from './read.ts'

/**
 * What Kannel brought, for the ledger. Whatever it says is kept, also what nobody will be able to read.
 * @param name of the gateway, as in the settings
 */
export function kannelItem(asked: ReceivedRequest, name: string): NewItem {
  const raw = rawOf(asked, HEADERS)
  const request = withoutXml(readRequest(raw))
  const to = receiverOf(request)
  return {
    channel: 'sms',
    raw,
    fingerprint: fingerprint(request, name),
    recipients: to === '' ? [] : [to],
    envelope_from: senderOf(request),
    greeting: `kannel:${name}`,
    ...(asked.remote === undefined ? {} : { remote: asked.remote }),
  }
}

/** What Kannel says became of a text of ours; null where it does not name one by the mark that we gave it. */
export function kannelReport(secrets: Secrets, asked: ReceivedRequest, name: string): TakenReport | null {
  const fields = fieldsOfTarget(asked.target)
  const outbox_id = readReportMark(secrets, fields.get('of')?.toString('latin1') ?? '')
  if (outbox_id === null) return null
  const told = ['type', 'answer', 'at', 'id'].map((field) => fields.get(field)?.toString('hex') ?? '')
  const item: NewItem = {
    channel: 'sms',
    raw: rawOf(asked, HEADERS, { [NOTED_OF]: outbox_id }),
    fingerprint: hashOf(['kannel', name, 'report', outbox_id, ...told]),
    recipients: [],
    greeting: `kannel:${name}`,
    ...(asked.remote === undefined ? {} : { remote: asked.remote }),
  }
  return { item, outbox_id, heard: heardOf(fields, outbox_id, name) }
}

/**
 * Kannel tries again with the same message id and the same content. The content counts too, so that a configuration that gives every message
 * the same id loses none. Without an id the time of the message tells it from the next one; without either, each request is a message of its
 * own: one too many is better than somebody's second "ya" lost.
 */
function fingerprint(request: GatewayRequest, name: string): string {
  const { fields, headers, body } = request
  const id = fields.get('id')?.toString('latin1') ?? ''
  const time = fields.get('time')?.toString('latin1') || headers.get('x-kannel-time') || ''
  const content = ['text', 'bin', 'udh', 'coding'].map((field) => fields.get(field)?.toString('hex') ?? '')
  return hashOf([
    'kannel',
    name,
    id,
    time,
    id === '' && time === '' ? randomUUID() : '',
    senderOf(request),
    receiverOf(request),
    ...content,
    body.toString('hex'),
    headers.get('x-kannel-udh') ?? '',
  ])
}

const hashOf = (parts: readonly string[]) => createHash('sha256').update(JSON.stringify(parts)).digest('hex')
