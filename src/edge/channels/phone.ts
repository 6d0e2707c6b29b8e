import type { IncomingMessage, ServerResponse } from 'node:http'
import { EdgeRefusal, limitTokens } from '../../server/api/index.ts'
import {
  callBytes,
  callItem,
  readCallNews,
  readRequest,
  takeItem,
  tellCaller,
  type CallFault,
  type ReceivedRequest,
} from '../../server/channels/index.ts'
import { tokenActor, type TokenHolder } from '../../server/desks/index.ts'
import type { App } from '../../server/platform/app.ts'
import { fault } from '../../server/platform/fault.ts'
import { say, type Key } from '../../server/platform/words.ts'
import { isGateway } from './is-gateway.ts'
import { bodyBytes, BodyTooLarge, type ChannelRequest } from './index.ts'

/** What an exchange says of a call is a few hundred bytes. */
const BODY_BYTES_MAX = 16 * 1024
const NAMES = /^[a-z0-9][a-z0-9-]{0,39}$/
const TYPES = /^application\/(json|x-www-form-urlencoded)\s*(;|$)/i

/**
 * An exchange tells of a call: `POST /channels/phone` (docs/channels.md, Phone). The answer says what the caller may be told, once what was told is
 * committed; 503 where it could not be kept, then the exchange may try again. 401 and 403 for whoever may not, 405, 413, 415, 422 with what is
 * wrong, 429 for a token that asks too often; of these nothing is kept.
 */
export async function openPhoneDoor(app: App, asked: ChannelRequest): Promise<void> {
  const { request, response } = asked
  try {
    const { told, poke } = await take(app, asked)
    const plain = (request.headers.accept ?? '').startsWith('text/plain')
    answer(
      response,
      200,
      plain ? 'text/plain; charset=utf-8' : 'application/json',
      plain ? told.say : JSON.stringify(told),
    )
    fault('intake.after_250')
    if (poke) app.poke('phone')
  } catch (thrown) {
    if (!(thrown instanceof EdgeRefusal)) throw thrown
    const language = /^\s*en\b/i.test(request.headers['accept-language'] ?? '') ? 'en' : 'id'
    const { status, key, values, headers } = thrown
    const faults = thrown instanceof Nonsense ? thrown.faults : []
    const problem = {
      type: `urn:pandu:problem:${key}`,
      title: say(language, key, values),
      status,
      errors: faults.map((one) => ({ path: one.path, message: say(language, one.key as Key) })),
    }
    answer(response, status, 'application/problem+json', JSON.stringify(problem), headers)
  }
}

class Nonsense extends EdgeRefusal {
  readonly faults: readonly CallFault[]
  constructor(faults: readonly CallFault[]) {
    super(422, 'api.invalid')
    this.faults = faults
  }
}

async function take(app: App, { request, url }: ChannelRequest) {
  if (request.method !== 'POST')
    throw new EdgeRefusal(405, 'api.method', { method: request.method ?? '', allowed: 'POST' }, { allow: 'POST' })
  const exchange = await whichExchange(app, request, url)
  if (!TYPES.test(request.headers['content-type'] ?? '')) throw new EdgeRefusal(415, 'phone.fault_type')
  const received = await receive(request)
  // Read as it will be read again from the ledger.
  const read = readCallNews(readRequest(callBytes(received)))
  if ('faults' in read) throw new Nonsense(read.faults)
  const taken = await takeItem(app, callItem(received, read.news, exchange))
  fault('intake.after_commit')
  return { told: await tellCaller(app, { ...read, desk_id: exchange.desk_id }), poke: taken.duplicate_of === null }
}

interface Exchange {
  source: string
  desk_id: string | null
}

/** One that the settings know by its address or key, or a program with a token. */
async function whichExchange(app: App, request: IncomingMessage, url: URL): Promise<Exchange> {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return exchangeOf(app, await tokenActor(app, bearer))
  if (!isGateway(app, request, url)) throw unknown()
  const name = url.searchParams.get('exchange') ?? 'exchange'
  if (!NAMES.test(name)) throw new Nonsense([{ path: 'exchange', key: 'phone.fault_exchange' }])
  return { source: name, desk_id: null }
}

const unknown = () => new EdgeRefusal(401, 'phone.fault_unknown', {}, { 'www-authenticate': 'Bearer realm="Pandu"' })

function exchangeOf(app: App, holder: TokenHolder | null): Exchange {
  if (!holder) throw unknown()
  counterOf(app)(holder)
  if (!holder.scopes.includes('phone:write')) throw new EdgeRefusal(403, 'api.scope', { scope: 'phone:write' })
  if (!holder.actor) throw new EdgeRefusal(403, 'refusal.api.no_desk')
  // Whoever sees everything speaks for the number that was called; a token of one desk is that desk's exchange.
  const [desk] = holder.actor.desks
  return { source: `token:${holder.token_id}`, desk_id: holder.actor.sees_all ? null : (desk?.id ?? null) }
}

// By app, so that tests with several of them do not count each other's requests.
const counters = new WeakMap<App, ReturnType<typeof limitTokens>>()
function counterOf(app: App) {
  let counter = counters.get(app)
  if (!counter) counters.set(app, (counter = limitTokens(app)))
  return counter
}

async function receive(request: IncomingMessage): Promise<ReceivedRequest> {
  const body = await bodyBytes(request, BODY_BYTES_MAX).catch((error: unknown) => {
    throw error instanceof BodyTooLarge ? new EdgeRefusal(413, 'phone.fault_large', {}, { connection: 'close' }) : error
  })
  const { url: target = '/', headers, socket } = request
  return { method: 'POST', target, headers, body, remote: socket.remoteAddress }
}

function answer(response: ServerResponse, status: number, type: string, body: string, headers = {}): void {
  const bytes = Buffer.from(body)
  response
    .writeHead(status, {
      'content-type': type,
      'content-length': bytes.length,
      'cache-control': 'no-store',
      ...headers,
    })
    .end(bytes)
}
