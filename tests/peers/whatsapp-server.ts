/**
 * For tests: speaks the Cloud API of WhatsApp as Meta documents it (v25.0), on this machine. It takes messages, uploads and hands out media,
 * answers with the documented errors, and brings signed webhooks to Pandu. Kept apart from the product, which knows nothing of it.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface WhatsappServer {
  /** For PANDU_WHATSAPP_*; with the token and the secret that this server believes. */
  settings: Record<`PANDU_WHATSAPP_${'NUMBER_ID' | 'NUMBER' | 'TOKEN' | 'SECRET' | 'VERIFY' | 'API'}`, string>
  /** What was accepted for sending, oldest first. */
  sent: SentMessage[]
  /** Ids of incoming messages that were marked as read. */
  read: string[]
  /** What was uploaded, by media id. */
  uploaded: Map<string, { type: string; name: string; bytes: Buffer }>
  /** Requests that came with any other token than ours. */
  strangers: number
  /** The next request is answered so, once for each call: Meta's code and status, raw text, or never. */
  next(answer: Answer): void
  /** Puts a file where an incoming message may name it. Answers its media id. */
  addMedia(bytes: Buffer, type: string, told?: { id?: string; url?: string; size?: number }): string
  /** Brings a webhook, signed with the App secret unless told otherwise. Answers the HTTP status. */
  bring(
    url: string,
    request: unknown,
    given?: { signature?: string | null; secret?: string; bytes?: Buffer },
  ): Promise<number>
  close(): Promise<void>
}

export interface SentMessage {
  id: string
  to: string
  type: string
  body: Record<string, unknown>
  /** Whatever stood in biz_opaque_callback_data. */
  own: string
}
export type Answer =
  { code: number; status?: number; title?: string } | { raw: string; status: number } | 'hang' | 'cut'

export const wamid = () => `wamid.${randomBytes(24).toString('base64')}`

export async function startWhatsappServer(): Promise<WhatsappServer> {
  const number_id = '106540352242922'
  const token = `EAA${randomBytes(20).toString('hex')}KENARI`
  const secret = randomBytes(16).toString('hex')
  const media = new Map<string, { bytes: Buffer; type: string; url?: string; size?: number }>()
  const answers: Answer[] = []
  const open = new Set<ServerResponse>()
  let ids = 1_000_000

  const server = createServer((request, response) => {
    open.add(response)
    response.once('close', () => open.delete(response))
    void answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`

  const it: WhatsappServer = {
    settings: {
      PANDU_WHATSAPP_NUMBER_ID: number_id,
      PANDU_WHATSAPP_NUMBER: '+6281112345678',
      PANDU_WHATSAPP_TOKEN: token,
      PANDU_WHATSAPP_SECRET: secret,
      PANDU_WHATSAPP_VERIFY: 'kata-sandi-contoh-webhook',
      PANDU_WHATSAPP_API: `${origin}/v25.0`,
    },
    sent: [],
    read: [],
    uploaded: new Map(),
    strangers: 0,
    next: (given) => void answers.push(given),
    addMedia(bytes, type, told = {}) {
      const id = told.id ?? String((ids += 1))
      media.set(id, { bytes, type, ...told })
      return id
    },
    async bring(url, request, given = {}) {
      const bytes = given.bytes ?? Buffer.from(escaped(JSON.stringify(request)))
      const signed = `sha256=${createHmac('sha256', given.secret ?? secret)
        .update(bytes)
        .digest('hex')}`
      const signature = given.signature === undefined ? signed : given.signature
      const response = await fetch(url, {
        method: 'POST',
        body: new Uint8Array(bytes),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'facebookexternalua',
          ...(signature === null ? {} : { 'x-hub-signature-256': signature }),
        },
      })
      await response.arrayBuffer()
      return response.status
    },
    async close() {
      for (const response of open) response.destroy()
      server.close()
      await once(server, 'close')
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request)
    if (request.headers.authorization !== `Bearer ${token}`) {
      it.strangers += 1
      return refuseWith(response, { code: 190, status: 401, title: 'Access token has expired' })
    }
    const [, , first = '', second = ''] = (request.url ?? '').split('?', 1)[0]!.split('/')
    const forced = answers.shift()
    if (forced === 'hang') return
    if (forced === 'cut') return void response.destroy()
    if (forced) return refuseWith(response, forced)
    if (request.method === 'POST' && second === 'messages') return takeMessage(response, body)
    if (request.method === 'POST' && second === 'media') return takeMedia(request, response, body)
    if (request.method === 'GET' && first === number_id)
      return json(response, 200, {
        id: number_id,
        verified_name: 'Meja Bantuan Contoh',
        display_phone_number: '+62 811-1234-5678',
        quality_rating: 'GREEN',
      })
    const known = media.get(first) ?? media.get(second)
    if (request.method !== 'GET' || !known) return refuseWith(response, { code: 100, status: 400 })
    // Two steps: the id gives an address for five minutes, the address gives the bytes.
    if (second) return void response.writeHead(200, { 'content-type': known.type }).end(known.bytes)
    json(response, 200, {
      messaging_product: 'whatsapp',
      url: known.url ?? `${origin}/berkas/media/${first}`,
      mime_type: known.type,
      sha256: createHash('sha256').update(known.bytes).digest('hex'),
      file_size: known.size ?? known.bytes.length,
      id: first,
    })
  }

  function takeMessage(response: ServerResponse, body: Buffer): void {
    const message = JSON.parse(body.toString()) as Record<string, string>
    if (message['status'] === 'read') {
      it.read.push(message['message_id']!)
      return json(response, 200, { success: true })
    }
    const to = message['to'] ?? message['recipient'] ?? ''
    const type = message['type'] ?? ''
    const text = (message['text'] as unknown as { body?: string } | undefined)?.body
    if (message['messaging_product'] !== 'whatsapp' || !to || !(type in message))
      return refuseWith(response, { code: 100, status: 400 })
    if (type === 'text' && (!text || text.length > 4096)) return refuseWith(response, { code: 100, status: 400 })
    const id = wamid()
    it.sent.push({
      id,
      to,
      type,
      body: message[type] as unknown as Record<string, unknown>,
      own: message['biz_opaque_callback_data'] ?? '',
    })
    json(response, 200, {
      messaging_product: 'whatsapp',
      contacts: [{ input: to, wa_id: to }],
      messages: [{ id, message_status: 'accepted' }],
    })
  }

  async function takeMedia(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': request.headers['content-type'] ?? '' },
    }).formData()
    const file = form.get('file')
    if (form.get('messaging_product') !== 'whatsapp' || !(file instanceof File))
      return refuseWith(response, { code: 100, status: 400 })
    const id = String((ids += 1))
    it.uploaded.set(id, { type: file.type, name: file.name, bytes: Buffer.from(await file.arrayBuffer()) })
    json(response, 200, { id })
  }
  return it
}

function refuseWith(response: ServerResponse, answer: Exclude<Answer, string>): void {
  if ('raw' in answer) return void response.writeHead(answer.status, { 'content-type': 'text/html' }).end(answer.raw)
  const { code, status = 400, title = 'Contoh' } = answer
  json(response, status, {
    error: {
      message: `(#${code}) ${title}`,
      type: 'OAuthException',
      code,
      error_data: { messaging_product: 'whatsapp', details: title },
      fbtrace_id: 'AContoh',
    },
  })
}

const json = (response: ServerResponse, status: number, body: unknown) =>
  void response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body))

/** Meta writes letters outside of ASCII, and slashes, in another way than JSON.stringify: whoever signs their own form of it is wrong. */
const escaped = (text: string) =>
  text
    .replaceAll('/', '\\/')
    .replace(/[\u0080-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** A request of Meta's that holds these messages and states. */
export function webhook(
  {
    messages,
    statuses,
    contacts,
    ...rest
  }: { messages?: unknown; statuses?: unknown; contacts?: unknown } & Record<string, unknown>,
  number_id = '106540352242922',
) {
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '6281112345678', phone_number_id: number_id },
    ...(contacts ? { contacts } : {}),
    ...(messages ? { messages } : {}),
    ...(statuses ? { statuses } : {}),
    ...rest,
  }
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: '102290129340398', changes: [{ value, field: 'messages' }] }],
  }
}

/** One incoming message; a text unless told otherwise. */
export const aMessage = (given: Record<string, unknown> = {}) => ({
  from: '6281234567890',
  id: wamid(),
  timestamp: String(Math.floor(Date.now() / 1000) - 2),
  type: 'text',
  text: { body: 'Pencetak mati' },
  ...given,
})
export const aStatus = (id: string, status: string, given: Record<string, unknown> = {}) => ({
  id,
  status,
  timestamp: String(Math.floor(Date.now() / 1000) - 1),
  recipient_id: '6281234567890',
  ...given,
})
export const aContact = (name: string, wa_id = '6281234567890') => ({ profile: { name }, wa_id })
