import { createHash } from 'node:crypto'
import { rawOf, type ReceivedRequest } from '../sms/gateway-request.ts'
import type { NewItem } from '../take-items.ts'
import { numberOf } from './number-of.ts'
import { NOTED_DESK, type CallNews } from './read-call.ts'

/** The bytes for the ledger: line, the headers that say how to read them, body. */
export const callBytes = (asked: ReceivedRequest, noted: Record<string, string> = {}) =>
  rawOf(asked, ['content-type', 'user-agent'], noted)

/**
 * What an exchange told, for the ledger. An exchange that tries again sends the same bytes: that is the same item.
 * @param from.source which exchange
 * @param from.desk_id whose token it came by
 */
export function callItem(
  asked: ReceivedRequest,
  news: CallNews,
  { source, desk_id }: { source: string; desk_id: string | null },
): NewItem {
  const sender = numberOf(news.from ?? '')
  return {
    channel: 'phone',
    raw: callBytes(asked, desk_id ? { [NOTED_DESK]: desk_id } : {}),
    fingerprint: createHash('sha256')
      .update(JSON.stringify(['phone', source, news.call, news.event, Buffer.from(asked.body).toString('latin1')]))
      .digest('hex'),
    recipients: news.to ? [news.to] : [],
    greeting: `phone:${source}`,
    ...(news.from === undefined ? {} : { envelope_from: sender.number ?? sender.told }),
    ...(asked.remote === undefined ? {} : { remote: asked.remote }),
  }
}
