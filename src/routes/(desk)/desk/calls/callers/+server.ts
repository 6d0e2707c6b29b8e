import { json } from '@sveltejs/kit'
import type { RequestHandler } from './$types'
import { read } from '#server/platform/context.ts'
import { findCallers } from '#server/intake/index.ts'
import { deskActor } from '../../../../../edge/desk-form.ts'

/** Who has this number, while it is typed. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const number = (url.searchParams.get('caller') ?? '').slice(0, 60)
  const found = await read(locals.app, deskActor(locals), (ctx) => findCallers(ctx, { number }))
  return json(found, { headers: { 'cache-control': 'no-store' } })
}
