import { Agent as PlainAgent, request as requestHttp, type IncomingMessage } from 'node:http'
import { Agent as SecureAgent, request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'

/** What became of a question over HTTP, told apart by whether the gateway may have acted on it. */
export type GatewayAnswer =
  | { kind: 'answer'; status: number; text: string; retry_after_ms: number | null }
  /** No connection, so nothing was asked. */
  | { kind: 'not_reached'; error: string }
  /** It was asked, and nobody knows what it did. */
  | { kind: 'no_answer'; error: string }

export interface GatewayConnections {
  /** Never rejects. Errors are codes: an address may hold a password. */
  ask(url: URL, given: { method: string; headers?: Record<string, string>; body?: string }): Promise<GatewayAnswer>
  stop(): void
}

const ANSWER_MS = 30_000
/** More at once only wait in the gateway. */
const CONNECTIONS_MAX = 64
/** Shorter than any gateway's own patience: one that closes an idle connection while we write leaves us without an answer. */
const IDLE_MS = 4_000
const ANSWER_BYTES_MAX = 64 * 1024

/**
 * Connections to one gateway, kept open between texts. Its address is the administrator's own setting, so it may be a private one; redirects
 * are not followed.
 */
export function openConnections(answer_ms = ANSWER_MS): GatewayConnections {
  const settings = { keepAlive: true, maxSockets: CONNECTIONS_MAX, timeout: answer_ms + IDLE_MS }
  const agents = { plain: new PlainAgent(settings), secure: new SecureAgent(settings) }
  for (const agent of [agents.plain, agents.secure])
    agent.on('free', (socket: Socket) => {
      socket.setTimeout(IDLE_MS)
    })
  return {
    ask: (url, given) => ask(agents, url, given, answer_ms),
    stop() {
      agents.plain.destroy()
      agents.secure.destroy()
    },
  }
}

function ask(
  agents: { plain: PlainAgent; secure: SecureAgent },
  url: URL,
  { method, headers, body }: Parameters<GatewayConnections['ask']>[1],
  answer_ms: number,
): Promise<GatewayAnswer> {
  const secure = url.protocol === 'https:'
  return new Promise((resolve) => {
    let connected = false
    const request = (secure ? requestHttps : requestHttp)(url, {
      method,
      agent: secure ? agents.secure : agents.plain,
      headers: { 'user-agent': 'Pandu', ...headers },
      signal: AbortSignal.timeout(answer_ms),
    })
    const failed = (error: NodeJS.ErrnoException) =>
      resolve({ kind: connected ? 'no_answer' : 'not_reached', error: codeOf(error) })
    request.on('error', failed)
    request.on('socket', (socket) => {
      if (!socket.connecting) connected = true
      else socket.once(secure ? 'secureConnect' : 'connect', () => (connected = true))
    })
    request.on('response', (response) => {
      read(response).then(resolve, failed)
    })
    request.end(body)
  })
}

async function read(response: IncomingMessage): Promise<GatewayAnswer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (size < ANSWER_BYTES_MAX) chunks.push(chunk)
    size += chunk.length
  }
  const after = Number(response.headers['retry-after'] ?? Number.NaN)
  return {
    kind: 'answer',
    status: response.statusCode ?? 0,
    text: Buffer.concat(chunks).toString(),
    retry_after_ms: Number.isFinite(after) && after > 0 ? after * 1000 : null,
  }
}

const codeOf = ({ name, code }: NodeJS.ErrnoException) =>
  name === 'AbortError' || name === 'TimeoutError' ? 'ETIMEDOUT' : (code ?? name)
