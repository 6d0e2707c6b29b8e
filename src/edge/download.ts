import { Readable } from 'node:stream'
import { CSV_START, csvLine, type Cell } from '#server/platform/csv.ts'

/**
 * Bytes that a stranger sent, for saving and never for showing: whatever they claim to be, the browser is told to keep them as a file,
 * not to guess, and to run nothing in them (trust: attachment served as active content).
 */
export function downloadOf(stream: Readable, file: { name: string; size: number | string }): Response {
  return new Response(Readable.toWeb(stream) as ReadableStream, { headers: fileHeaders(file) })
}

/** A table for saving, written while it is read: the heading, then each row as it comes (platform/csv.ts keeps its cells harmless). */
export function csvDownload(
  name: string,
  heading: readonly string[],
  rows: Iterable<readonly Cell[]> | AsyncIterable<readonly Cell[]>,
): Response {
  async function* lines() {
    yield CSV_START + csvLine(heading)
    for await (const row of rows) yield csvLine(row)
  }
  const { 'content-length': _, ...headers } = fileHeaders({ name, size: 0 })
  return new Response(
    Readable.toWeb(Readable.from(lines()).map((text: string) => Buffer.from(text))) as ReadableStream,
    {
      headers: { ...headers, 'content-type': 'text/csv; charset=utf-8' },
    },
  )
}

/** Somebody's own data in one file, made while it is read, so that it lies nowhere. */
export const zipDownload = (name: string, pieces: AsyncIterable<Buffer>): Response =>
  new Response(Readable.toWeb(Readable.from(pieces)) as ReadableStream, {
    headers: {
      'content-type': 'application/zip',
      'content-disposition': dispositionOf(name),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
    },
  })

/** What stands above the bytes of every file. Its type is that of bytes, never what the sender called it: then nothing has to be checked. */
export const fileHeaders = (file: { name: string; size: number | string }) => ({
  'content-type': 'application/octet-stream',
  'content-length': String(file.size),
  'content-disposition': dispositionOf(file.name),
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'cache-control': 'private, no-store',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
  'cross-origin-resource-policy': 'same-site',
})

/** RFC 6266: a plain ASCII name for old browsers and the whole name for others; nothing in it can end the header. */
export function dispositionOf(name: string): string {
  const plain = name.replaceAll(/[^\w. -]/g, '_')
  const whole = encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`
}
