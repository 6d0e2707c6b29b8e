/**
 * A Bot API server for tests, as https://core.telegram.org/bots/api describes it (8.0 was read; what the documentation leaves open is
 * done as tdlib/telegram-bot-api does it: a queue for each chat, tries again after a while). Knows nothing of Pandu. Runs as if started with
 * `--local`, so that a webhook may be http and anywhere.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

type Json = Record<string, unknown>
export interface BotUpdate extends Json {
  update_id: number
}
/** What the bot sent, as the person sees it. */
export interface SentMessage {
  chat_id: number
  message_id: number
  text: string
  keyboard: { text: string; callback_data: string }[]
  document: { name: string; type: string; bytes: Buffer } | null
  raw: Json
}
export interface Answer {
  status?: number
  description: string
  parameters?: Json
}

export const BOT_ID = 700100200
export const TOKEN = `${BOT_ID}:AAE-kenari-token-yang-tidak-boleh-terlihat`

/** `hang`: never answered; `cut`: done, and the connection ends instead of an answer; `pass`: as ever. */
export type Next = Answer | 'hang' | 'cut' | 'pass'

interface Webhook {
  url: string
  secret_token: string | null
  error: string | null
  error_at: number | null
}

export interface TelegramServer {
  /** For PANDU_TELEGRAM_API. */
  api: string
  sent: SentMessage[]
  /** Each call in order: method and parameters. */
  calls: { method: string; parameters: Json }[]
  webhook(): Webhook | null
  /** Updates that nobody confirmed or took yet. */
  pending(): BotUpdate[]
  /** Somebody writes to the bot; answers the update. `more` goes into the message. */
  write(chat_id: number, text: string, more?: Json): BotUpdate
  /** Somebody sends something that is no text. */
  give(chat_id: number, message: Json): BotUpdate
  edit(chat_id: number, message_id: number, text: string): BotUpdate
  /** Somebody presses a button under what the bot sent. @throws where there is none of that name */
  press(chat_id: number, says: string, message_id?: number): BotUpdate
  /** Whatever update. */
  update(body: Json): BotUpdate
  /** A file that messages may name. */
  file(file_id: string, bytes: Buffer, told_size?: number): void
  block(chat_id: number): void
  /** How the next calls of a method are answered, one after the other. */
  next(method: string, ...answers: Next[]): void
  /** Updates vanish, as they do after 24 hours. */
  lose(count: number): void
  /** The numbers go on anywhere else, as they do after a week. */
  renumber(next_id: number): void
  stop(): Promise<void>
}

export async function startTelegram(
  given: { retry_ms?: number; first_id?: number; port?: number } = {},
): Promise<TelegramServer> {
  const state = {
    next_id: given.first_id ?? 5_000,
    next_message: 1,
    queue: [] as BotUpdate[],
    webhook: null as Webhook | null,
    bringing: 0,
    waiting: null as { wake(): void; conflict: boolean } | null,
    files: new Map<string, { bytes: Buffer; size: number }>(),
    blocked: new Set<number>(),
    nexts: new Map<string, Next[]>(),
    messages: new Map<string, Json>(),
    stopped: false,
  }
  const sent: SentMessage[] = []
  const calls: { method: string; parameters: Json }[] = []
  const retry_ms = given.retry_ms ?? 50

  const add = (body: Json): BotUpdate => {
    const update = { update_id: state.next_id++, ...body }
    state.queue.push(update)
    state.waiting?.wake()
    void bring()
    return update
  }
  const personOf = (id: number) => ({ id, is_bot: false, first_name: 'Sari', last_name: 'Contoh', language_code: 'id' })
  const chatOf = (id: number) =>
    id > 0 ? { id, type: 'private', first_name: 'Sari' } : { id, type: 'supergroup', title: 'Grup contoh' }
  const messageOf = (chat_id: number, body: Json): Json => {
    const message = {
      message_id: state.next_message++,
      from: personOf(Math.abs(chat_id)),
      chat: chatOf(chat_id),
      date: Math.floor(Date.now() / 1000),
      ...body,
    }
    state.messages.set(`${chat_id}:${message.message_id}`, message)
    return message
  }

  /** One at a time for each chat, several chats side by side; what is refused is brought again. */
  async function bring(): Promise<void> {
    if (!state.webhook || state.bringing > 0) return
    state.bringing += 1
    try {
      while (state.webhook && state.queue.length > 0 && !state.stopped) {
        const chats = new Map<number, BotUpdate>()
        for (const update of state.queue) if (!chats.has(chatIn(update))) chats.set(chatIn(update), update)
        const done = await Promise.all([...chats.values()].map((update) => bringOne(state.webhook!, update)))
        if (!done.every(Boolean)) await sleep(retry_ms)
      }
    } finally {
      state.bringing -= 1
    }
  }
  async function bringOne(webhook: Webhook, update: BotUpdate): Promise<boolean> {
    const fail = (error: string) => {
      webhook.error = error
      webhook.error_at = Math.floor(Date.now() / 1000)
      return false
    }
    try {
      const response = await fetch(webhook.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(webhook.secret_token ? { 'x-telegram-bot-api-secret-token': webhook.secret_token } : {}),
        },
        body: JSON.stringify(update),
        signal: AbortSignal.timeout(10_000),
      })
      await response.arrayBuffer()
      if (!response.ok) return fail(`Wrong response from the webhook: ${response.status} ${response.statusText}`)
      state.queue = state.queue.filter((one) => one !== update)
      return true
    } catch {
      return fail('Connection refused')
    }
  }

  const methods: Record<string, (p: Json, files: Map<string, File>) => unknown> = {
    getMe: () => ({
      id: BOT_ID,
      is_bot: true,
      first_name: 'Bantuan contoh',
      username: 'bantuan_contoh_bot',
      can_join_groups: true,
    }),
    setMyCommands: () => true,
    async getUpdates({ offset = 0, limit = 100, timeout = 0 }) {
      if (state.webhook)
        refuse(
          409,
          "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        )
      if (state.waiting) {
        state.waiting.conflict = true
        state.waiting.wake()
      }
      if (Number(offset) > 0) state.queue = state.queue.filter(({ update_id }) => update_id >= Number(offset))
      if (state.queue.length === 0 && Number(timeout) > 0) {
        const waiting = { wake: () => undefined as void, conflict: false }
        const woken = new Promise<void>((resolve) => (waiting.wake = () => resolve()))
        state.waiting = waiting
        await Promise.race([woken, sleep(Number(timeout) * 1000, undefined, { ref: false })])
        if (state.waiting === waiting) state.waiting = null
        if (waiting.conflict)
          refuse(
            409,
            'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
          )
      }
      return state.webhook ? [] : state.queue.slice(0, Number(limit))
    },
    setWebhook({ url = '', secret_token = null, drop_pending_updates }) {
      if (drop_pending_updates === true) state.queue = []
      if (url === '') state.webhook = null
      else if (!URL.canParse(url as string)) refuse(400, 'Bad Request: bad webhook: invalid webhook URL specified')
      else
        state.webhook = { url: url as string, secret_token: secret_token as string | null, error: null, error_at: null }
      state.waiting?.wake()
      void bring()
      return true
    },
    deleteWebhook({ drop_pending_updates }) {
      if (drop_pending_updates === true) state.queue = []
      state.webhook = null
      return true
    },
    getWebhookInfo: () => ({
      url: state.webhook?.url ?? '',
      has_custom_certificate: false,
      pending_update_count: state.queue.length,
      ...(state.webhook?.error_at
        ? { last_error_date: state.webhook.error_at, last_error_message: state.webhook.error }
        : {}),
    }),
    sendMessage({ chat_id, text, reply_markup }) {
      mustReach(Number(chat_id))
      if (typeof text !== 'string' || text.trim() === '') refuse(400, 'Bad Request: message text is empty')
      if ([...(text as string)].length > 4096) refuse(400, 'Bad Request: message is too long')
      return keep(Number(chat_id), { text, ...(reply_markup ? { reply_markup } : {}) }, null)
    },
    async sendDocument({ chat_id }, files) {
      mustReach(Number(chat_id))
      const file = files.get('document')
      if (!file) refuse(400, 'Bad Request: there is no document in the request')
      const bytes = Buffer.from(await file!.arrayBuffer())
      return keep(Number(chat_id), {}, { name: file!.name, type: file!.type, bytes })
    },
    answerCallbackQuery: () => true,
    editMessageReplyMarkup({ chat_id, message_id, reply_markup }) {
      const message = state.messages.get(`${chat_id as number}:${message_id as number}`)
      if (!message) refuse(400, 'Bad Request: message to edit not found')
      if (reply_markup) message!['reply_markup'] = reply_markup
      else delete message!['reply_markup']
      return message
    },
    getFile({ file_id }) {
      const file = state.files.get(file_id as string)
      if (!file) refuse(400, 'Bad Request: invalid file_id')
      if (file!.size > 20 * 1024 * 1024) refuse(400, 'Bad Request: file is too big')
      return { file_id, file_unique_id: 'x', file_size: file!.size, file_path: `photos/${file_id as string}` }
    },
  }
  const mustReach = (chat_id: number) => {
    if (state.blocked.has(chat_id)) refuse(403, 'Forbidden: bot was blocked by the user')
    if (!Number.isInteger(chat_id) || chat_id === 0) refuse(400, 'Bad Request: chat not found')
  }
  const keep = (chat_id: number, body: Json, document: SentMessage['document']): Json => {
    const message = messageOf(chat_id, { from: { id: BOT_ID, is_bot: true, first_name: 'Bantuan contoh' }, ...body })
    const markup = body['reply_markup'] as { inline_keyboard?: { text: string; callback_data: string }[][] } | undefined
    sent.push({
      chat_id,
      message_id: message['message_id'] as number,
      text: (body['text'] as string | undefined) ?? '',
      keyboard: markup?.inline_keyboard?.flat() ?? [],
      document,
      raw: body,
    })
    return message
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent((request.url ?? '').split('?', 1)[0]!)
    if (path.startsWith(`/file/bot${TOKEN}/photos/`)) {
      const file = state.files.get(path.slice(`/file/bot${TOKEN}/photos/`.length))
      response.writeHead(file ? 200 : 404, { 'content-type': 'application/octet-stream' }).end(file?.bytes)
      return
    }
    const [, token, method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(path) ?? []
    const tell = (status: number, body: Json) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const { parameters, files } = await parametersOf(request)
    if (token !== TOKEN)
      return void tell(401, { ok: false, error_code: 401, description: `Unauthorized: ${token ?? ''}` })
    const next = state.nexts.get(method)?.shift()
    if (next === 'hang') return
    calls.push({ method, parameters })
    if (typeof next === 'object') {
      const { status = 400, description, parameters: told } = next
      return void tell(status, { ok: false, error_code: status, description, ...(told ? { parameters: told } : {}) })
    }
    const work = methods[method]
    if (!work) return void tell(404, { ok: false, error_code: 404, description: 'Not Found' })
    try {
      const result = await work(parameters, files)
      if (next === 'cut') response.destroy()
      else tell(200, { ok: true, result })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      tell(error.status, { ok: false, error_code: error.status, description: error.message })
    }
  }
  await new Promise<void>((resolve) => server.listen(given.port ?? 0, '127.0.0.1', resolve))

  return {
    api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    calls,
    webhook: () => state.webhook,
    pending: () => [...state.queue],
    write: (chat_id, text, more = {}) => add({ message: messageOf(chat_id, { text, ...more }) }),
    give: (chat_id, message) => add({ message: messageOf(chat_id, message) }),
    edit: (chat_id, message_id, text) =>
      add({
        edited_message: {
          ...state.messages.get(`${chat_id}:${message_id}`),
          text,
          edit_date: Math.floor(Date.now() / 1000),
        },
      }),
    press(chat_id, says, message_id) {
      const under = sent.findLast(
        (one) =>
          one.chat_id === chat_id &&
          (message_id === undefined || one.message_id === message_id) &&
          one.keyboard.some(({ text }) => text === says),
      )
      if (!under) throw new Error(`no button ${says}`)
      return add({
        callback_query: {
          id: `press-${state.next_id}`,
          from: personOf(chat_id),
          chat_instance: '1',
          data: under.keyboard.find(({ text }) => text === says)!.callback_data,
          message: state.messages.get(`${chat_id}:${under.message_id}`),
        },
      })
    },
    update: add,
    file: (file_id, bytes, told_size) => void state.files.set(file_id, { bytes, size: told_size ?? bytes.length }),
    block: (chat_id) => void state.blocked.add(chat_id),
    next: (method, ...answers) => void state.nexts.set(method, [...(state.nexts.get(method) ?? []), ...answers]),
    lose: (count) => void state.queue.splice(0, count),
    renumber: (next_id) => void (state.next_id = next_id),
    async stop() {
      state.stopped = true
      state.webhook = null
      state.waiting?.wake()
      await close(server)
    },
  }
}

class Refused extends Error {
  readonly status: number
  constructor(status: number, description: string) {
    super(description)
    this.status = status
  }
}
function refuse(status: number, description: string): never {
  throw new Refused(status, description)
}

function chatIn(update: BotUpdate): number {
  for (const name of ['message', 'edited_message', 'callback_query']) {
    const part = update[name] as { chat?: { id: number }; from?: { id: number } } | undefined
    if (part) return part.chat?.id ?? part.from?.id ?? 0
  }
  return 0
}

/** JSON, a form, or a form with files; or behind a question mark. */
async function parametersOf(request: IncomingMessage): Promise<{ parameters: Json; files: Map<string, File> }> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  const type = request.headers['content-type'] ?? ''
  const files = new Map<string, File>()
  const query = Object.fromEntries(new URL(request.url ?? '/', 'http://x').searchParams)
  if (type.startsWith('application/json'))
    return { parameters: { ...query, ...(JSON.parse(body.toString()) as Json) }, files }
  if (body.length === 0) return { parameters: query, files }
  const form = await new Response(body, { headers: { 'content-type': type } }).formData()
  const parameters: Json = query
  for (const [name, value] of form) {
    if (typeof value === 'string') parameters[name] = value
    else files.set(name, value)
  }
  return { parameters, files }
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
