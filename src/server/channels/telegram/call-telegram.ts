import type { App } from '../../platform/app.ts'
import { codeOf } from '../../platform/database.ts'

/** What Telegram answered: its result, or why not (https://core.telegram.org/bots/api, "Making requests"). */
export type TelegramAnswer =
  | { ok: true; result: unknown }
  | {
      ok: false
      code: number
      /** In Telegram's words; meant for people, and subject to change. */
      description: string
      /** Seconds to wait before it is asked again; null where it did not say. */
      retry_after: number | null
    }

/**
 * Nobody answered, or not in the protocol's words. Carries no cause: the address holds the token, and an error may be logged by whoever
 * catches it.
 */
export class TelegramAway extends Error {
  override name = 'TelegramAway'
  /** A code of the system (ECONNREFUSED, ENOTFOUND), `time`, `aborted`, or `not_telegram`. */
  readonly code: string
  /** Nothing of the request can have arrived. */
  readonly untouched: boolean
  constructor(code: string, untouched: boolean) {
    super(`Telegram did not answer: ${code}`)
    this.code = code
    this.untouched = untouched
  }
}

/** Documented for the public server; answers of our methods are much smaller. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024
const TIME_MS = 15_000

export interface Asking {
  signal?: AbortSignal
  time_ms?: number
}

/**
 * Calls a method of the Bot API with the token of `PANDU_TELEGRAM_TOKEN`. The token stands in the address, so no address is ever put into
 * an error, and what Telegram says is freed of it.
 * @param parameters as JSON, or as a form where a file goes along
 * @throws TelegramAway
 */
export async function callTelegram(
  app: Pick<App, 'settings'>,
  method: string,
  parameters: Record<string, unknown> | FormData = {},
  asking: Asking = {},
): Promise<TelegramAnswer> {
  const { PANDU_TELEGRAM_API: api, PANDU_TELEGRAM_TOKEN: token = '' } = app.settings
  const form = parameters instanceof FormData
  const response = await ask(
    `${api}/bot${token}/${method}`,
    {
      method: 'POST',
      ...(form
        ? { body: parameters }
        : { body: JSON.stringify(parameters), headers: { 'content-type': 'application/json' } }),
    },
    asking,
  )
  const bytes = await bodyOf(response, ANSWER_BYTES_MAX)
  const answer = readAnswer(bytes, response.status)
  if (!answer) throw new TelegramAway('not_telegram', false)
  return answer.ok ? answer : { ...answer, description: answer.description.replaceAll(token, '…').slice(0, 300) }
}

/**
 * The bytes of a file that getFile named; they come from the API's own host and from nowhere else.
 * @param path as getFile gave it
 * @throws TelegramAway; its code is `size` beyond `bytes_max`, `status_404` where the server says no
 */
export async function downloadFromTelegram(
  app: Pick<App, 'settings'>,
  path: string,
  { bytes_max, ...asking }: Asking & { bytes_max: number },
): Promise<Buffer> {
  const { PANDU_TELEGRAM_API: api, PANDU_TELEGRAM_TOKEN: token = '' } = app.settings
  const way = path.split('/').map(encodeURIComponent).join('/')
  const response = await ask(`${api}/file/bot${token}/${way}`, { method: 'GET' }, asking)
  if (!response.ok) {
    await response.body?.cancel().catch(() => undefined)
    throw new TelegramAway(`status_${response.status}`, false)
  }
  return bodyOf(response, bytes_max)
}

async function ask(address: string, init: RequestInit, { signal, time_ms = TIME_MS }: Asking): Promise<Response> {
  const time = AbortSignal.timeout(time_ms)
  try {
    // Whoever could redirect us would get the token, or make us ask inside our own network.
    return await fetch(address, { ...init, redirect: 'error', signal: signal ? AbortSignal.any([signal, time]) : time })
  } catch (error) {
    throw awayOf(error, signal)
  }
}

async function bodyOf(response: Response, bytes_max: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength
      if (size > bytes_max) throw new TelegramAway('size', false)
      chunks.push(chunk)
    }
  } catch (error) {
    throw error instanceof TelegramAway ? error : awayOf(error)
  }
  return Buffer.concat(chunks)
}

/** Before a connection stood, or the name was known: nothing can have arrived. */
const UNTOUCHED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

function awayOf(error: unknown, signal?: AbortSignal): TelegramAway {
  if (signal?.aborted) return new TelegramAway('aborted', false)
  if (error instanceof Error && error.name === 'TimeoutError') return new TelegramAway('time', false)
  const cause = (error as { cause?: unknown }).cause
  const code = codeOf(cause) ?? codeOf(error) ?? 'failed'
  // A certificate that is refused: the handshake never ended.
  return new TelegramAway(code, UNTOUCHED.has(code) || /CERT|SELF_SIGNED|UNABLE_TO_/.test(code))
}

function readAnswer(bytes: Buffer, status: number): TelegramAnswer | null {
  let told: unknown
  try {
    told = JSON.parse(bytes.toString())
  } catch {
    return null // a proxy's page in between, or half an answer
  }
  if (typeof told !== 'object' || told === null) return null
  const { ok, result, error_code, description, parameters } = told as Record<string, unknown>
  if (ok === true) return { ok, result }
  if (ok !== false) return null
  const wait = (parameters as { retry_after?: unknown } | null | undefined)?.retry_after
  return {
    ok,
    code: Number.isInteger(error_code) ? (error_code as number) : status,
    description: typeof description === 'string' ? description : '',
    retry_after: typeof wait === 'number' && wait >= 0 ? wait : null,
  }
}
