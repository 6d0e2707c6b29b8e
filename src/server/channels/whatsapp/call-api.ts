import { fetchOutside, NotFetched, type OutsideAnswer } from '../../platform/fetch-outside.ts'
import { isOwnNetworkAddress, isPublicAddress } from '../../platform/public-address.ts'
import { recordIn, type Json } from './json.ts'
import { errorIn } from './read.ts'
import type { WhatsappSettings } from './settings.ts'

/** What the API answered: a good answer, or why not, by Meta's code. */
export type ApiAnswer =
  { good: true; body: Record<string, Json> } | { good: false; status: number; code: number | null; said: string }

/** Nothing was answered. */
export class NoAnswer extends Error {
  /** Whether it is certain that nothing arrived there: no connection was made. */
  readonly arrived: 'no' | 'perhaps'
  readonly said: string
  constructor(arrived: 'no' | 'perhaps', said: string) {
    super(said)
    this.arrived = arrived
    this.said = said
  }
}

const ANSWER_BYTES_MAX = 256 * 1024
const ANSWER_MS = 15_000
const UPLOAD_MS = 60_000

/** What goes wrong before a byte of ours is sent (getaddrinfo, connect, TLS). */
const NOT_CONNECTED =
  /^(ENOTFOUND|EAI_\w+|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|CERT_\w+|DEPTH_\w+|SELF_\w+|UNABLE_\w+|ERR_TLS_\w+)$/

/**
 * Asks the API of the settings; nobody else ever gets the access token. Redirects are not followed.
 * @param path below the API's version, such as `/106540352242922/messages`
 * @throws NoAnswer where none came
 */
export async function callApi(
  settings: WhatsappSettings,
  path: string,
  sent?: { body: string | Uint8Array; type: string },
): Promise<ApiAnswer> {
  const answer = await ask(settings, new URL(settings.api + path), ANSWER_BYTES_MAX, {
    time_ms: sent && typeof sent.body !== 'string' ? UPLOAD_MS : ANSWER_MS,
    ...(sent ? { sent } : {}),
  })
  const body = bodyOf(answer)
  if (answer.status >= 200 && answer.status < 300 && body) return { good: true, body }
  const error = recordIn(body?.['error'])
  const code = typeof error['code'] === 'number' ? error['code'] : null
  const said = code === null ? `HTTP ${answer.status}` : errorIn(error)
  return { good: false, status: answer.status, code, said: said.replaceAll(settings.token, '…') }
}

/**
 * The bytes behind an address that the API gave. Only at the API's own hosts, because the access token goes with it: the API's, or for
 * Meta's own API those from which Meta hands out media.
 * @throws NotFetched
 */
export async function fetchBytes(
  settings: WhatsappSettings,
  address: string,
  limits: { size_max: number; time_ms: number },
): Promise<OutsideAnswer> {
  if (!URL.canParse(address) || !isOfApi(new URL(settings.api), new URL(address))) throw new NotFetched('address')
  return askOrThrow(settings, new URL(address), limits.size_max, { time_ms: limits.time_ms })
}

/** Where Meta hands out media (page "Media", v25.0): lookaside.fbsbx.com. */
const META = /(^|\.)facebook\.com$/
const META_FILES = /(^|\.)(facebook\.com|fbsbx\.com|fbcdn\.net|whatsapp\.net)$/

function isOfApi(api: URL, url: URL): boolean {
  if (url.protocol === api.protocol && url.host === api.host) return true
  return url.protocol === 'https:' && url.port === '' && META.test(api.hostname) && META_FILES.test(url.hostname)
}

interface Asked {
  time_ms: number
  sent?: { body: string | Uint8Array; type: string }
}

async function ask(settings: WhatsappSettings, url: URL, size_max: number, asked: Asked): Promise<OutsideAnswer> {
  try {
    return await askOrThrow(settings, url, size_max, asked, true)
  } catch (error) {
    if (!(error instanceof NotFetched)) throw error
    const code = (error.cause as NodeJS.ErrnoException | undefined)?.code ?? ''
    throw new NoAnswer(error.fault === 'address' || NOT_CONNECTED.test(code) ? 'no' : 'perhaps', code || error.fault)
  }
}

function askOrThrow(
  settings: WhatsappSettings,
  url: URL,
  size_max: number,
  { time_ms, sent }: Asked,
  any_status = false,
): Promise<OutsideAnswer> {
  const own = url.host === new URL(settings.api).host
  return fetchOutside(url.href, {
    method: sent ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${settings.token}`, ...(sent ? { 'content-type': sent.type } : {}) },
    ...(sent ? { body: sent.body } : {}),
    size_max,
    time_ms,
    any_status,
    redirects_max: 0,
    ports: [80, 443, Number(url.port || 443)],
    // An administrator may name a server of their own network; what Meta names may be nowhere else than outside.
    isAllowed: (address) => isPublicAddress(address) || (own && isOwnNetworkAddress(address)),
  })
}

function bodyOf(answer: OutsideAnswer): Record<string, Json> | null {
  try {
    return recordIn(JSON.parse(answer.bytes.toString('utf8')) as Json)
  } catch {
    return null // a page of something in between
  }
}
