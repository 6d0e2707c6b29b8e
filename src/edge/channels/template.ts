import type { App } from '../../server/platform/app.ts'
import { hasTemplateKey, httpItems, readTemplates, takeItem } from '../../server/channels/index.ts'
import { isGateway } from './is-gateway.ts'
import { BodyTooLarge, send, type ChannelDoor } from './index.ts'
import { receiveRequest } from './receive-request.ts'

/**
 * Gateways that a file describes hand over messages (`/channels/sms/http/NAME`) and say what became of ours (`…/NAME/report`). Who asks is a
 * gateway as everywhere, or knows the key of that file. 200 and nothing else once all of it is committed, 503 where it is not.
 * @throws SettingFault for a file that is wrong: then nothing starts
 */
export function openTemplateDoor(app: Pick<App, 'settings'>): ChannelDoor {
  const templates = readTemplates(app.settings)
  return async (app, { request, response, url, rest }) => {
    const [name = '', report, ...more] = rest.split('/')
    const template = templates.get(name)
    if (!template || more.length > 0 || (report ?? 'report') !== 'report') return send(response, 404)
    if (request.method !== 'GET' && request.method !== 'POST') return send(response, 405, { allow: 'GET, POST' })
    const { headers, url: target = '/' } = request
    if (!hasTemplateKey(template, { headers, target }) && !isGateway(app, request, url)) return send(response, 403)
    const asked = await receiveRequest({ request }).catch((error: unknown) => {
      if (error instanceof BodyTooLarge) return null
      throw error
    })
    if (!asked) return send(response, 413, { connection: 'close' })
    const items = httpItems(app.secrets, asked, { name, template, is_report: report !== undefined })
    if (!items) return send(response, 404)
    const taken = await Promise.all(items.map((item) => takeItem(app, item)))
    send(response, 200)
    if (taken.some(({ duplicate_of }) => duplicate_of === null)) app.poke('sms')
  }
}
