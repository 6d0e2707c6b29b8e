import type { PageServerLoad } from './$types'
import { everybody, read } from '#server/platform/context.ts'
import { findPage } from '#server/desks/index.ts'

/** One of the operator's information pages, in the visitor's language or else in the other. */
export const load: PageServerLoad = async ({ locals, params }) => ({
  page: await read(locals.app, everybody, (ctx) => findPage(ctx, params.slug, locals.language)),
})
