import { Readable } from 'node:stream'
import type { RequestHandler } from './$types'
import { everybody, read } from '#server/platform/context.ts'
import { refuse } from '#server/platform/refusal.ts'
import { findLogo } from '#server/desks/index.ts'

// What browsers draw in an <img> without running anything in it.
const TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/svg+xml']

/** The operator's logo; its address changes with its content, so it may be kept for ever. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const logo = await read(locals.app, everybody, (ctx) => findLogo(ctx, params.sha256))
  if (!TYPES.includes(logo.type)) refuse('not_found', 'operator.logo')
  const stream = await locals.app.files.read(logo.sha256)
  return new Response(Readable.toWeb(stream) as ReadableStream, {
    headers: {
      'content-type': logo.type,
      'content-length': String(logo.size),
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy':
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    },
  })
}
