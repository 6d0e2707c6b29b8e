/** Asks our own server as programs do that browsers are not: any header, any method, any bytes. */
import { Agent, request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'

export interface Asking {
  method?: string
  headers?: OutgoingHttpHeaders
  body?: string | Buffer
}
export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  /** `Set-Cookie` lines. */
  cookies: string[]
  bytes: Buffer
  text: string
}

const agent = new Agent({ keepAlive: true, maxSockets: 4 })

export function ask(port: number, path: string, { method = 'GET', headers = {}, body }: Asking = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent }, (response) => {
      // Of a stream that never ends its beginning is the answer.
      if (response.headers['content-type']?.startsWith('text/event-stream')) {
        response.destroy()
        return resolve(answerOf(response.statusCode, response.headers, Buffer.alloc(0)))
      }
      buffer(response).then((bytes) => resolve(answerOf(response.statusCode, response.headers, bytes)), reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const answerOf = (status = 0, headers: IncomingHttpHeaders, bytes: Buffer): Answer => ({
  status,
  headers,
  cookies: headers['set-cookie'] ?? [],
  bytes,
  text: bytes.toString('utf8'),
})

/** Writes these bytes and answers all that came back until the connection ended or nothing came for a while. */
export function speak(port: number, bytes: string | Buffer, quiet_ms = 1_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    socket.setTimeout(quiet_ms, () => socket.destroy())
    socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
    socket.on('error', () => undefined).once('close', () => resolve(heard))
    socket.write(bytes)
  })
}

/** One browser with its cookies, at a Pandu whose public origin is `origin`; says what a browser says with a form. */
export class Browser {
  readonly cookies = new Map<string, string>()
  readonly port: number
  readonly origin: string
  constructor(port: number, origin: string) {
    this.port = port
    this.origin = origin
  }

  async ask(path: string, asking: Asking = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { accept: 'text/html', 'accept-language': 'id', ...(cookie ? { cookie } : {}), ...asking.headers }
    const answer = await ask(this.port, path, { ...asking, headers })
    for (const line of answer.cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0/i.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return answer
  }
  get(path: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    return this.ask(path, { headers })
  }
  /** A form with or without files; `headers` replaces what a browser would send. */
  async post(path: string, fields: Fields, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    const { type, body } = await formBody(fields)
    return this.ask(path, { method: 'POST', headers: { origin: this.origin, 'content-type': type, ...headers }, body })
  }
}

export type Fields = Record<string, string | File | (string | File)[]>

async function formBody(fields: Fields): Promise<{ type: string; body: Buffer }> {
  const pairs = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one) => [name, one] as const))
  const form = new FormData()
  for (const [name, value] of pairs) form.append(name, value)
  const hasFile = pairs.some(([, value]) => value instanceof File)
  const answer = new Response(hasFile ? form : new URLSearchParams(pairs as [string, string][]))
  return { type: answer.headers.get('content-type')!, body: Buffer.from(await answer.arrayBuffer()) }
}

/** The form token of the page's own forms (src/edge/form-token.ts); the first of a desk page is that of the button for leaving. */
export const tokenIn = ({ text }: Answer): string =>
  [...text.matchAll(/name="form_token" value="([^"]+)"/g)].at(-1)?.[1] ?? ''
