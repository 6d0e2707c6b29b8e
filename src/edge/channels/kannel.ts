import type { App } from '../../server/platform/app.ts'
import { kannelItem, kannelReport, takeItem, takeReport } from '../../server/channels/index.ts'
import type { ReceivedRequest } from '../../server/channels/index.ts'
import { isGateway } from './is-gateway.ts'
import { BodyTooLarge, send, type ChannelRequest } from './index.ts'
import { receiveRequest } from './receive-request.ts'

/** Where neither the settings nor the address name one. */
const NAME = 'kannel'

/**
 * Kannel hands over messages (`/channels/sms/kannel`, a gateway's name may stand behind it) and tells what became of ours (`…/kannel/report`, the
 * same). 200 and nothing else, once it is committed: whatever stood in the answer would be sent to the citizen. 503 where it could not be kept;
 * then Kannel tries again. 403, and nothing is kept, for whoever is no gateway, and for a report that does not name a text by our mark.
 */
export async function openKannelDoor(app: App, { request, response, url, rest }: ChannelRequest): Promise<void> {
  const place = placeOf(rest)
  if (!place) return send(response, 404)
  if (request.method !== 'GET' && request.method !== 'POST') return send(response, 405, { allow: 'GET, POST' })
  if (!isGateway(app, request, url)) return send(response, 403)
  const asked = await receiveRequest({ request }).catch((error: unknown) => {
    if (error instanceof BodyTooLarge) return null
    throw error
  })
  if (!asked) return send(response, 413, { connection: 'close' })
  const waits = place.is_report ? await takeOurs(app, asked, place.name) : await takeMessage(app, asked, place.name)
  send(response, waits === null ? 403 : 200)
  if (waits) app.poke('sms')
}

/** Whether it waits to be read; null where it is none of our reports. */
async function takeOurs(app: App, asked: ReceivedRequest, name: string): Promise<boolean | null> {
  const report = kannelReport(app.secrets, asked, name)
  return report && (await takeReport(app, report)).waits
}

const takeMessage = async (app: App, asked: ReceivedRequest, name: string): Promise<boolean> =>
  (await takeItem(app, kannelItem(asked, name))).duplicate_of === null

const NAMES = /^[a-z0-9][a-z0-9-]{0,29}$/

function placeOf(rest: string): { is_report: boolean; name: string } | null {
  const parts = rest.split('/').filter((part) => part !== '')
  const is_report = parts[0] === 'report'
  if (is_report) parts.shift()
  const [name = NAME, ...more] = parts
  return more.length === 0 && NAMES.test(name) ? { is_report, name } : null
}
