import type { ServerResponse } from 'node:http'
import { isSigned, isVerifyToken, noteBadSignature, takeBatch, whatsappSettings } from '../../server/channels/index.ts'
import type { App } from '../../server/platform/app.ts'
import { send, type ChannelDoor, type ChannelRequest } from './index.ts'

/** Meta writes up to 3 MB. */
const BODY_BYTES_MAX = 4 * 1024 * 1024
/** Of all bodies that are being read: strangers could begin many large ones. */
const IN_HAND_BYTES_MAX = 64 * 1024 * 1024
const BODY_MS = 30_000
/** Meta sends a few digits; what stands here goes back to whoever asked. */
const CHALLENGE = /^[\w.-]{1,200}$/

/**
 * WhatsApp Cloud API (docs/channels.md): GET is Meta's question whether this address is ours, POST brings messages and states. 401 without
 * Meta's signature; 200 once everything is committed; 503 while it cannot be, and Meta brings it again for up to seven days.
 */
export const openWhatsappDoor: ChannelDoor = async (app, asked) => {
  const settings = whatsappSettings(app.settings)
  const { request, response, url } = asked
  if (!settings) return send(response, 404)
  if (request.method === 'GET') return answerHandshake(response, url, settings.verify)
  if (request.method !== 'POST') return send(response, 405, { allow: 'GET, POST' })
  const body = await readBody(app, asked)
  if (body === 'busy') return send(response, 503, { connection: 'close' })
  if (body === 'too_large') return send(response, 413, { connection: 'close' })
  const signature = request.headers['x-hub-signature-256']
  if (!isSigned(settings.secret, typeof signature === 'string' ? signature : undefined, body)) {
    noteBadSignature(app)
    return send(response, 401)
  }
  await takeBatch(app, body, request.socket.remoteAddress ?? '')
  send(response, 200)
}

function answerHandshake(response: ServerResponse, { searchParams }: URL, verify: string): void {
  const challenge = searchParams.get('hub.challenge') ?? ''
  const known = isVerifyToken(verify, searchParams.get('hub.verify_token') ?? '')
  if (!known || searchParams.get('hub.mode') !== 'subscribe' || !CHALLENGE.test(challenge)) return send(response, 403)
  // Never as a page: whatever stands in it stays text.
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }).end(challenge)
}

// By app, so that tests with several of them do not fill each other's room.
const inHand = new WeakMap<App, number>()

async function readBody(app: App, { request }: ChannelRequest): Promise<Buffer | 'busy' | 'too_large'> {
  const chunks: Buffer[] = []
  let size = 0
  const hold = (bytes: number) => inHand.set(app, (inHand.get(app) ?? 0) + bytes)
  const late = setTimeout(() => request.destroy(), BODY_MS)
  try {
    if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) return 'too_large'
    // Whoever sends too much still gets an answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length
      hold(chunk.length)
      if (size > BODY_BYTES_MAX) return 'too_large'
      if (inHand.get(app)! > IN_HAND_BYTES_MAX) return 'busy'
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } finally {
    clearTimeout(late)
    hold(-size)
  }
}
