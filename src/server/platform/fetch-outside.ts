import { lookup as systemLookup } from 'node:dns/promises'
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { isPublicAddress } from './public-address.ts'

/** Why something outside was not fetched. Nothing of it is an error of ours. */
export type OutsideFault = 'address' | 'unreachable' | 'time' | 'size' | 'type' | 'redirects' | 'status'

export class NotFetched extends Error {
  readonly fault: OutsideFault
  constructor(fault: OutsideFault, cause?: unknown) {
    super(`not fetched: ${fault}`, { cause })
    this.name = 'NotFetched'
    this.fault = fault
  }
}

export interface OutsideRequest {
  /** Default GET. Only a GET follows redirects. */
  method?: 'GET' | 'POST'
  headers?: Readonly<Record<string, string>>
  body?: string | Uint8Array
  /** Lower-case media types without parameters that are taken; default: all. */
  types?: readonly string[]
  size_max: number
  /** From beginning to end, redirects included. */
  time_ms: number
  redirects_max?: number
  /** An answer that says no (4xx, 5xx) is answered too, for protocols that explain themselves in it; otherwise it is the fault `status`. */
  any_status?: boolean
  /** Ports that may be spoken to; default 80 and 443. */
  ports?: readonly number[]
  /** For tests: name system and verdict of their own. */
  lookup?: (host: string) => Promise<string[]>
  isAllowed?: (address: string) => boolean
}

export interface OutsideAnswer {
  status: number
  type: string
  bytes: Buffer
  /** Where it was in the end. */
  url: string
}

/**
 * Asks a server outside for something that a stranger named (SSRF): the name is looked up once, every address it has must be public, and
 * the connection goes to the address that was checked, not to the name again; the same after each redirect. No cookies, no credentials, no
 * compressed bodies. Throws {@link NotFetched}.
 */
export async function fetchOutside(address: string, asked: OutsideRequest): Promise<OutsideAnswer> {
  const signal = AbortSignal.timeout(asked.time_ms)
  let url = address
  for (let step = 0; step <= (asked.redirects_max ?? 3); step++) {
    const target = checkUrl(url, asked.ports ?? [80, 443])
    const response = await send(target, await checkedAddress(target, asked, signal), asked, signal)
    const next = (asked.method ?? 'GET') === 'GET' ? redirectOf(response, target) : null
    if (next === null) return take(response, target, asked, signal)
    response.destroy()
    url = next
  }
  throw new NotFetched('redirects')
}

function checkUrl(address: string, ports: readonly number[]): URL {
  if (!URL.canParse(address)) throw new NotFetched('address')
  // The parser makes 2130706433, 0x7f.1 and 017700000001 the dotted form that is checked below.
  const url = new URL(address)
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  if (!/^https?:$/.test(url.protocol) || url.username || url.password || !ports.includes(port))
    throw new NotFetched('address')
  return url
}

async function checkedAddress(url: URL, { lookup, isAllowed = isPublicAddress }: OutsideRequest, signal: AbortSignal) {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const addresses = isIP(host) ? [host] : await untilAborted((lookup ?? lookUpAll)(host), signal)
  // One private address among public ones is how a name leads inside on the second try.
  if (addresses.length === 0 || !addresses.every((one) => isAllowed(one))) throw new NotFetched('address')
  return addresses[0]!
}

const lookUpAll = async (host: string) => (await systemLookup(host, { all: true })).map(({ address }) => address)

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(new NotFetched('time'))),
  )
  return Promise.race([work, aborted]).catch((error: unknown) => {
    throw error instanceof NotFetched ? error : new NotFetched('unreachable', error)
  })
}

function send(url: URL, address: string, asked: OutsideRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const family = isIP(address) === 6 ? 6 : 4
  const options: RequestOptions = {
    method: asked.method ?? 'GET',
    agent: false,
    signal,
    headers: { 'accept-encoding': 'identity', 'user-agent': 'Pandu', ...asked.headers },
    // The checked address, whatever the name says a moment later (DNS rebinding).
    lookup: (_, { all }, done) => (all ? done(null, [{ address, family }]) : done(null, address, family)),
  }
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, resolve)
    request.on('error', (error) => reject(new NotFetched(signal.aborted ? 'time' : 'unreachable', error)))
    request.end(asked.body)
  })
}

function redirectOf({ statusCode = 0, headers }: IncomingMessage, from: URL): string | null {
  if (![301, 302, 303, 307, 308].includes(statusCode) || !headers.location) return null
  return URL.canParse(headers.location, from) ? new URL(headers.location, from).href : 'invalid:'
}

async function take(
  response: IncomingMessage,
  url: URL,
  { types, size_max, any_status = false }: OutsideRequest,
  signal: AbortSignal,
): Promise<OutsideAnswer> {
  const { statusCode: status = 0, headers } = response
  const type = (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()
  const refused = refusal(any_status || (status >= 200 && status < 300), type, headers['content-encoding'], types)
  const chunks: Buffer[] = []
  let size = 0
  try {
    if (refused) throw new NotFetched(refused)
    if (Number(headers['content-length'] ?? 0) > size_max) throw new NotFetched('size')
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.byteLength
      if (size > size_max) throw new NotFetched('size')
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof NotFetched) throw error
    throw new NotFetched(signal.aborted ? 'time' : 'unreachable', error)
  } finally {
    response.destroy()
  }
  return { status, type, bytes: Buffer.concat(chunks), url: url.href }
}

function refusal(
  good: boolean,
  type: string,
  encoding: string | undefined,
  types?: readonly string[],
): OutsideFault | null {
  if (!good) return 'status'
  if (types && !types.includes(type)) return 'type'
  return encoding && encoding !== 'identity' ? 'type' : null
}
