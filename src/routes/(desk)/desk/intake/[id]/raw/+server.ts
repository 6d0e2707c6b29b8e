import type { RequestHandler } from './$types'
import { read } from '#server/platform/context.ts'
import { rawItem } from '#server/channels/index.ts'
import { deskActor } from '../../../../../../edge/desk-form.ts'
import { downloadOf } from '../../../../../../edge/download.ts'

/** The bytes as received; never opened in the browser, only saved. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const { bytes, size } = await read(locals.app, deskActor(locals), (ctx) => rawItem(ctx, params.id))
  // What is taken along whole is written down before it leaves.
  await locals.app.sights.flush()
  return downloadOf(bytes, { name: `${params.id}.eml`, size })
}
