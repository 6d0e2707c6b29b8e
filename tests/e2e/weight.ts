/** What a page costs on the wire: the bytes that really travel, compressed as a browser asks for them. */
import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'

/** HTML and CSS of a public page must fit the first round trip. */
export const PAGE_WEIGHT_MAX_BYTES = 14 * 1024
export const PAGE_REQUESTS_MAX = 3

export type Weight = {
  requests: number
  html_bytes: number
  css_bytes: number
  /** Bodies of everything that the page loads, HTML and CSS included. */
  total_bytes: number
  /** Each address that was fetched, with its status and compressed size, for the message of a failing test. */
  parts: { path: string; status: number; bytes: number }[]
}

/** Fetches a page and all that it makes a browser load (stylesheets and what they name, scripts, images, icons). */
export async function weigh(origin: string, path: string, headers: Record<string, string> = {}): Promise<Weight> {
  const page = await load(new URL(path, origin), headers)
  if (page.status !== 200) throw new Error(`${path} answers ${page.status}`)
  const weight: Weight = {
    requests: 1,
    html_bytes: page.bytes,
    css_bytes: 0,
    total_bytes: page.bytes,
    parts: [named(page)],
  }

  const seen = new Set([page.url.href])
  const queue = namedByPage(page)
  for (let next = queue.shift(); next; next = queue.shift()) {
    const url = new URL(next)
    if (seen.has(url.href) || !url.protocol.startsWith('http')) continue
    seen.add(url.href)
    if (url.origin !== page.url.origin) throw new Error(`${path} loads ${url.href} from a foreign origin`)
    const part = await load(url, headers)
    weight.requests += 1
    weight.total_bytes += part.bytes
    weight.parts.push(named(part))
    if (!part.type.startsWith('text/css')) continue
    weight.css_bytes += part.bytes
    queue.push(...namedByStyle(part.text, url))
  }
  return weight
}

type Loaded = { url: URL; status: number; type: string; bytes: number; text: string }

const named = ({ url, status, bytes }: Loaded) => ({ path: url.pathname, status, bytes })

// node:http hands over the bytes as they came; fetch would have decompressed them before anybody can count.
async function load(url: URL, headers: Record<string, string>): Promise<Loaded> {
  const accept = { 'Accept-Encoding': 'br, gzip', Accept: 'text/html,*/*' }
  const response = await new Promise<import('node:http').IncomingMessage>((answer, fail) => {
    request(url, { headers: { ...accept, ...headers } }, answer)
      .on('error', fail)
      .end()
  })
  const body = await buffer(response)
  const type = response.headers['content-type'] ?? ''
  const readable = /^text\/(html|css)/.test(type)
  const text = readable ? inflate(body, response.headers['content-encoding']).toString('utf8') : ''
  return { url, status: response.statusCode ?? 0, type, bytes: body.length, text }
}

function inflate(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'br') return brotliDecompressSync(body)
  return encoding === 'gzip' ? gunzipSync(body) : body
}

const LOADED_LINKS = /^(stylesheet|icon|apple-touch-icon|manifest|preload|modulepreload|mask-icon)$/

function namedByPage(page: Loaded): string[] {
  const html = page.text.replaceAll(/<!--[^]*?-->/g, '')
  const tags = [...html.matchAll(/<(link|script|img|source|video|audio|iframe|embed|input|image|use)\b([^>]*)>/gi)]
  const addresses: string[] = []
  let icon = false
  for (const [, tag = '', attributes = ''] of tags) {
    const rel = attribute(attributes, 'rel').toLowerCase().split(/\s+/)
    if (tag.toLowerCase() === 'link') {
      icon ||= rel.includes('icon')
      if (rel.some((word) => LOADED_LINKS.test(word))) addresses.push(attribute(attributes, 'href'))
      continue
    }
    const candidates = attribute(attributes, 'srcset')
      .split(',')
      .map((part) => part.trim().split(/\s+/)[0] ?? '')
    addresses.push(attribute(attributes, 'src'), attribute(attributes, 'poster'), ...candidates.slice(0, 1))
    if (/^(image|use)$/i.test(tag)) addresses.push(attribute(attributes, 'href'))
  }
  const styles = [...html.matchAll(/<style\b[^>]*>([^]*?)<\/style>/gi)].map(([, style = '']) => style)
  // A page that names no icon makes browsers ask for this one.
  if (!icon) addresses.push('/favicon.ico')
  return [...absolute(addresses, page.url), ...styles.flatMap((style) => namedByStyle(style, page.url))]
}

const namedByStyle = (css: string, base: URL) =>
  absolute(
    [...css.matchAll(/url\(\s*(["']?)(.*?)\1\s*\)|@import\s+["'](.*?)["']/g)].map(
      ([, , url, imported]) => url ?? imported ?? '',
    ),
    base,
  )

const absolute = (addresses: string[], base: URL) =>
  addresses
    .filter((address) => address !== '' && !address.startsWith('#') && !address.startsWith('data:'))
    .map((address) => {
      const url = new URL(address.replaceAll('&amp;', '&'), base)
      url.hash = ''
      return url.href
    })

function attribute(attributes: string, name: string): string {
  const found = new RegExp(`(?:^|\\s)${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(attributes)
  return found?.[1] ?? found?.[2] ?? found?.[3] ?? ''
}
