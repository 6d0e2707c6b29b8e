import type { RequestHandler } from './$types'
import { read } from '#server/platform/context.ts'
import { findCompetenceFile } from '#server/membership/index.ts'
import { deskActor } from '../../../../../../../../edge/desk-form.ts'
import { sendToFile } from '../../../../../../../../edge/files.ts'

/** One document of a proposed competence; never opened in the browser, only saved. */
export const GET: RequestHandler = async ({ locals, params }) => {
  const file = await read(locals.app, deskActor(locals), (ctx) =>
    findCompetenceFile(ctx, { desk_id: params.id, id: params.file }),
  )
  return sendToFile(locals.app, file)
}
