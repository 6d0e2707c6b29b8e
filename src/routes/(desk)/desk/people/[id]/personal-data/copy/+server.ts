import type { RequestHandler } from './$types'
import { write } from '#server/platform/context.ts'
import { zipOf } from '#server/platform/zip.ts'
import { entriesOf, handOverCopy } from '#server/privacy/index.ts'
import { deskActor } from '../../../../../../../edge/desk-form.ts'
import { zipDownload } from '../../../../../../../edge/download.ts'

/** The copy of somebody who asked for it and has no internet, for whoever hands it over; that it was taken is recorded before it leaves. */
export const GET: RequestHandler = async ({ locals, params, url }) => {
  const asked = { person_id: params.id, request_id: url.searchParams.get('request') ?? '' }
  const copied = await write(locals.app, deskActor(locals), (ctx) => handOverCopy(ctx, asked))
  return zipDownload('data-pribadi.zip', zipOf(entriesOf(copied), new Date(copied.copy.made_at)))
}
