/** How a posted body is read: once, only so many bytes of it, and so that files that are too large cost nobody what they typed. */
import { UPLOAD_BYTES_MAX } from './uploads.ts'

/** Attachments at their limit, and more text than any field takes. */
export const BODY_BYTES_MAX = UPLOAD_BYTES_MAX + 4 * 1024 * 1024

/** What could not be read: no form and no JSON, or a broken one; more than the limit without files. */
export type Unreadable = 'unreadable' | 'too_large'

/**
 * The same request with its body read. Of a form with files that exceeds the limit, what came before the limit is the form: the texts
 * (files stand last in our forms), and a file cut short that is itself over `UPLOAD_BYTES_MAX`, so that the page refuses it by name.
 * The rest stays unread: the server drops it when the answer is sent.
 */
export async function readBody(request: Request, bytes_max = BODY_BYTES_MAX): Promise<Request | Unreadable> {
  if (request.method === 'GET' || request.method === 'HEAD') return request
  const { bytes, cut } = await firstBytes(request, bytes_max)
  const type = request.headers.get('content-type') ?? ''
  const { method, headers, signal } = request
  if (/^application\/json\b/i.test(type))
    return cut ? 'too_large' : new Request(request.url, { method, headers, signal, body: bytes })
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) return 'unreadable'
  const boundary = /^multipart\b.*?\bboundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type)
  const whole = cut && boundary ? ended(bytes, boundary[1] ?? boundary[2] ?? '') : cut ? null : bytes
  if (whole === null) return 'too_large'
  const form = await new Response(whole, { headers: { 'content-type': type } }).formData().catch(() => null)
  return form ? new ReadForm(request, form) : 'unreadable'
}

type Bytes = Buffer<ArrayBuffer>

/** A request whose form was read already: everybody who asks gets the same one, and its bytes are held once. */
class ReadForm extends Request {
  readonly #form: FormData
  constructor({ url, method, headers, signal }: Request, form: FormData) {
    super(url, { method, headers, signal })
    this.#form = form
  }
  override formData(): Promise<FormData> {
    return Promise.resolve(this.#form)
  }
}

async function firstBytes({ body }: Request, bytes_max: number): Promise<{ bytes: Bytes; cut: boolean }> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  // Not `for await`: its end would close the connection on which the answer has to go out.
  const reader = body?.getReader()
  while (reader && size <= bytes_max) {
    const { done, value } = await reader.read()
    if (done) break
    chunks.push(value)
    size += value.length
  }
  reader?.releaseLock()
  return { bytes: Buffer.concat(chunks, Math.min(size, bytes_max)), cut: size > bytes_max }
}

/** Ends a form (RFC 7578) that was cut off: its last part as far as it came, unless that had not even begun. */
function ended(bytes: Bytes, boundary: string): Bytes {
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  const last = Math.max(bytes.lastIndexOf(delimiter), 0)
  const head = bytes.indexOf('\r\n\r\n', last)
  const kept = bytes.subarray(0, head === -1 ? last : Math.max(head + 4, bytes.length - cutDelimiter(bytes, delimiter)))
  return Buffer.concat([kept, delimiter, Buffer.from('--\r\n')])
}

/** So many bytes at the end may be the beginning of a delimiter. */
function cutDelimiter(bytes: Bytes, delimiter: Bytes): number {
  let length = Math.min(delimiter.length, bytes.length)
  while (!bytes.subarray(bytes.length - length).equals(delimiter.subarray(0, length))) length--
  return length
}
