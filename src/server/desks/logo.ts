import type { App } from '../platform/app.ts'
import type { Reading, Writing } from '../platform/context.ts'
import { nameBlob } from '../platform/name-blob.ts'
import { refuse } from '../platform/refusal.ts'
import { changeOperator } from './operator.ts'

export const LOGO_BYTES_MAX = 200 * 1024

/** What an image is by its first bytes; a name or a declared type proves nothing. Null for anything that is not one of these. */
export function imageType(bytes: Uint8Array): string | null {
  const latin = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 2000)).toString('latin1')
  if (latin.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (latin.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (latin.startsWith('RIFF') && latin.slice(8, 12) === 'WEBP') return 'image/webp'
  if (/^GIF8[79]a/.test(latin)) return 'image/gif'
  // The logo's page is sandboxed and an <img> runs nothing, so that an SVG's script stays dead.
  if (/^(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--[^]*?-->\s*|<!DOCTYPE svg[^>]*>\s*)*<svg[\s>]/i.test(latin))
    return 'image/svg+xml'
  return null
}

/**
 * Keeps an uploaded image, outside any transaction; `useLogo` then shows it.
 * Refuses `too_large` above 200 KB and `invalid` for what is no image, both with the fault `logo`.
 */
export async function keepLogo(app: App, bytes: Uint8Array): Promise<{ sha256: string; size: number; type: string }> {
  if (bytes.byteLength > LOGO_BYTES_MAX)
    refuse('too_large', 'operator.logo_size', [{ path: 'logo', key: 'operator.logo_size' }])
  const type =
    imageType(bytes) ?? refuse('invalid', 'operator.logo_type', [{ path: 'logo', key: 'operator.logo_type' }])
  return { ...(await app.files.keep(bytes)), type }
}

/** Makes a kept image the operator's logo. Refuses like changeOperator. */
export async function useLogo(ctx: Writing, logo: { sha256: string; size: number; type: string }): Promise<void> {
  const type = await nameBlob(ctx, logo)
  // The same bytes came in before as something else (an attachment of an unknown type): they would not be shown.
  if (type !== logo.type) refuse('conflict', 'operator.logo_known', [{ path: 'logo', key: 'operator.logo_known' }])
  await changeOperator(ctx, { logo_sha256: logo.sha256 })
}

/** The logo in use, if this is its content; `not_found` for one that was replaced or never was one. */
export async function findLogo(ctx: Reading, sha256: string): Promise<{ sha256: string; size: number; type: string }> {
  const logo = await ctx.db
    .selectFrom('operator')
    .innerJoin('blobs', 'blobs.sha256', 'operator.logo_sha256')
    .select(['blobs.sha256', 'blobs.size', 'blobs.type'])
    .where('blobs.sha256', '=', sha256)
    .executeTakeFirst()
  return logo ? { ...logo, size: Number(logo.size) } : refuse('not_found', 'operator.logo')
}
