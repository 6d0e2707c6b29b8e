import type { ServerResponse } from 'node:http'
import {
  isSigned,
  isVerifyToken,
  looksSigned,
  noteBadSignature,
  takeBatch,
  whatsappSettings,
} from '../../server/channels/index.ts'
import type { App } from '../../server/platform/app.ts'
import { clientAddress, netOf } from '../../server/platform/client-address.ts'
import { send, type ChannelDoor, type ChannelRequest } from './index.ts'

/** Meta writes up to 3 MB. */
const BODY_BYTES_MAX = 4 * 1024 * 1024
/** Of all bodies that are being read: strangers could begin many large ones. */
const IN_HAND_BYTES_MAX = 64 * 1024 * 1024
/** Of one address: whoever forges signatures slowly fills their own room, and Meta still has the rest. */
const IN_HAND_BYTES_MAX_EACH = 8 * 1024 * 1024
/** Meta writes at once, and comes again where a line was too slow. */
const BODY_MS = 8_000
/** Meta sends a few digits; what stands here goes back to whoever asked. */
const CHALLENGE = /^[\w.-]{1,200}$/

/**
 * WhatsApp Cloud API (docs/channels.md): GET is Meta's question whether this address is ours, POST brings messages and states. 401 without
 * Meta's signature, before the body is read where there is none at all; 200 once everything is committed; 503 while it cannot be, and Meta brings it again for up to seven days.
 */
export const openWhatsappDoor: ChannelDoor = async (app, asked) => {
  const settings = whatsappSettings(app.settings)
  const { request, response, url } = asked
  if (!settings) return send(response, 404)
  if (request.method === 'GET') return answerHandshake(response, url, settings.verify)
  if (request.method !== 'POST') return send(response, 405, { allow: 'GET, POST' })
  const signature = String(request.headers['x-hub-signature-256'] ?? '')
  if (!looksSigned(signature)) {
    noteBadSignature(app)
    return send(response, 401, { connection: 'close' })
  }
  const body = await readBody(app, asked)
  if (body === 'late') return
  if (body === 'busy') return send(response, 503, { connection: 'close' })
  if (body === 'too_large') return send(response, 413, { connection: 'close' })
  if (!isSigned(settings.secret, signature, body)) {
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

interface InHand {
  all: number
  each: Map<string, number>
}
// By app, so that tests with several of them do not fill each other's room.
const inHand = new WeakMap<App, InHand>()
function inHandOf(app: App): InHand {
  let held = inHand.get(app)
  if (!held) inHand.set(app, (held = { all: 0, each: new Map() }))
  return held
}

async function readBody(app: App, { request }: ChannelRequest): Promise<Buffer | 'busy' | 'too_large' | 'late'> {
  const chunks: Buffer[] = []
  let size = 0
  const client = netOf(
    clientAddress(
      request.socket.remoteAddress ?? '',
      String(request.headers['x-forwarded-for'] ?? '') || null,
      app.settings.PANDU_TRUSTED_PROXIES,
    ),
  )
  const held = inHandOf(app)
  const hold = (bytes: number) => {
    held.all += bytes
    const own = (held.each.get(client) ?? 0) + bytes
    if (own > 0) held.each.set(client, own)
    else held.each.delete(client)
    return own
  }
  let is_late = false
  const late = setTimeout(() => {
    is_late = true
    request.destroy()
  }, BODY_MS)
  try {
    if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) return 'too_large'
    // Whoever sends too much still gets an answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length
      const own = hold(chunk.length)
      if (size > BODY_BYTES_MAX) return 'too_large'
      if (own > IN_HAND_BYTES_MAX_EACH || held.all > IN_HAND_BYTES_MAX) return 'busy'
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    // We hung up: nobody is left to be answered.
    if (is_late) return 'late'
    throw error
  } finally {
    clearTimeout(late)
    hold(-size)
  }
}
