import type { App } from '../../server/platform/app.ts'
import { codeOf } from '../../server/platform/database.ts'
import { sameBytes } from '../../server/platform/secrets.ts'
import { answerPresses, botId, takeUpdates } from '../../server/channels/index.ts'
import { BodyTooLarge, bodyBytes, send, type ChannelRequest } from './index.ts'

/** An update holds words and names of files, never a file. */
const UPDATE_BYTES_MAX = 1024 * 1024

/**
 * `POST /channels/telegram`: one update, as Telegram brings it where a webhook is set. 401 without the secret that we gave it then; 200 once
 * it is committed; whoever throws makes it 503, and Telegram brings it again.
 */
export async function takeTelegram(app: App, { request, response }: ChannelRequest): Promise<void> {
  const bot_id = botId(app.settings)
  const { PANDU_TELEGRAM_SECRET: secret } = app.settings
  if (bot_id === null || !secret) return send(response, 404)
  if (request.method !== 'POST') return send(response, 405, { allow: 'POST' })
  const told = request.headers['x-telegram-bot-api-secret-token']
  if (typeof told !== 'string' || !sameBytes(told, secret)) return send(response, 401)
  let body: Buffer
  try {
    body = await bodyBytes(request, UPDATE_BYTES_MAX)
  } catch (error) {
    if (!(error instanceof BodyTooLarge)) throw error
    return send(response, 413, { connection: 'close' })
  }
  // The header with the secret is not kept: the ledger is read by more people than the settings.
  const head = `POST /channels/telegram HTTP/1.1\r\ncontent-type: application/json\r\n\r\n`
  const { remoteAddress } = request.socket
  const taken = await takeUpdates(app, {
    bot_id,
    way: 'webhook',
    updates: [{ raw: Buffer.concat([Buffer.from(head), body]), ...(remoteAddress ? { remote: remoteAddress } : {}) }],
  })
  send(response, 200)
  answerPresses(app, taken).catch((error: unknown) =>
    app.log.error({ code: codeOf(error) }, 'a pressed button could not be answered'),
  )
}
