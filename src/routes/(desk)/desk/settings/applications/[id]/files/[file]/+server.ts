import type { RequestHandler } from './$types'
import { read } from '#server/platform/context.ts'
import { findApplicationFile } from '#server/membership/index.ts'
import { deskActor } from '../../../../../../../../edge/desk-form.ts'
import { sendToFile } from '../../../../../../../../edge/files.ts'

/** One document of an application; never opened in the browser, only saved. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const file = await read(locals.app, deskActor(locals), (ctx) =>
    findApplicationFile(ctx, { application_id: params.id, id: params.file }),
  )
  return sendToFile(locals.app, file)
}
