import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

/** Below, Brotli's setting up costs more than it saves; above, its third level is smaller and quicker than gzip's sixth. */
const BROTLI_FROM_BYTES = 16_384
const SMALL_BYTES = 512

/**
 * A whole page in what the browser takes, in one call: streams and threads cost more than compressing fifty kilobytes does. Small ones
 * stay as they are.
 */
export function compressed(
  html: string,
  accepted: string | null | undefined,
): { body: Buffer<ArrayBuffer>; coding: string | null } {
  const bytes = Buffer.from(html)
  const takes = (coding: string) =>
    new RegExp(`(^|[\\s,])${coding}\\s*(,|$|;(?!\\s*q=0(\\.0*)?\\s*(,|$)))`, 'i').test(accepted ?? '')
  if (bytes.length < SMALL_BYTES) return { body: bytes, coding: null }
  const brotli = takes('br')
  if (brotli && (bytes.length >= BROTLI_FROM_BYTES || !takes('gzip'))) return { body: brotlied(bytes), coding: 'br' }
  return takes('gzip') ? { body: gzipSync(bytes), coding: 'gzip' } : { body: bytes, coding: null }
}

const brotlied = (bytes: Buffer) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 3,
      // Its own window of 4 MB costs more to set up than a page costs to compress; 256 KB holds any of ours whole.
      [constants.BROTLI_PARAM_LGWIN]: 18,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  })
