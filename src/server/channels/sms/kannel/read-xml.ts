import { readRequest, type GatewayRequest } from '../gateway-request.ts'

/** Kannel itself writes it, tag by tag, in one way only (gw/smsbox.c); bytes of a text stand in it as in an address: `%C3%A9`, `+` for a blank. */
const tag = (xml: string, path: string): string | null =>
  path
    .split(' ')
    .reduce<string | null>(
      (inside, name) => inside && (new RegExp(`<${name}(?: [^>]*)?>([^]*?)</${name}>`).exec(inside)?.[1] ?? null),
      xml,
    )
    ?.trim() ?? null

/**
 * What Kannel brings by `post-xml`, as if it came by `post-url`; any other request as it is. What the address says besides (`?id=%I&from=%p`) counts first.
 * The sender stands in the XML only where Kannel has `send-sender = true`. An XML that is not Kannel's stays as it came, and is said to be unreadable.
 */
export function withoutXml(request: GatewayRequest): GatewayRequest {
  const { method, headers, body } = request
  if (method !== 'POST' || !isXml(headers)) return request
  const xml = body.toString('latin1')
  const submit = tag(xml, 'message submit')
  if (submit === null) return request
  const coding = tag(submit, 'dcs coding') ?? '0'
  // Letters that Kannel recoded are UTF-8, whatever stands in the first line; those that it did not are as the telephone wrote them.
  const recoded = /^<\?xml[^>]*encoding="utf-8"/i.test(xml)
  const told: [string, string | null][] = [
    ['content-type', `text/plain; charset="${coding === '2' && !recoded ? 'UTF-16BE' : 'UTF-8'}"`],
    ['x-kannel-from', tag(submit, 'oa number')],
    ['x-kannel-to', tag(submit, 'da number')],
    ['x-kannel-coding', coding],
    ['x-kannel-udh', tag(submit, 'udh')],
    ['x-kannel-time', tag(submit, 'at')],
  ]
  return {
    ...request,
    headers: new Map([...headers, ...told.filter((one): one is [string, string] => one[1] !== null)]),
    body: bytesOf(tag(submit, 'ud') ?? ''),
  }
}

export const isXml = (headers: GatewayRequest['headers']): boolean =>
  (headers.get('content-type') ?? '').includes('xml')

const bytesOf = (encoded: string): Buffer =>
  readRequest(Buffer.from(`GET /?ud=${encoded.replaceAll('&', '%26')} HTTP/1.1\r\n\r\n`, 'latin1')).fields.get('ud')!
