import type { RequestHandler } from './$types'
import { isId } from '#server/platform/ids.ts'
import { refuse } from '#server/platform/refusal.ts'
import { zipOf } from '#server/platform/zip.ts'
import { copyOfPerson, entriesOf, openProvedLink, ownRequests, recordCopy } from '#server/privacy/index.ts'
import { zipDownload } from '../../../../../edge/download.ts'

/** The copy of somebody who asked for it; made anew each time, so that it lies nowhere. */
export const GET: RequestHandler = async ({ locals, params, url }) => {
  const { channel, address } = await openProvedLink(locals.app, params.token)
  const person_id = url.searchParams.get('person') ?? ''
  if (!isId(person_id)) refuse('not_found', 'person')
  const asked = (await ownRequests(locals.app, { channel, address })).some(
    (one) => one.person_id === person_id && one.kind === 'copy' && one.decision !== 'refused',
  )
  if (!asked) refuse('not_found', 'person')
  const copied = await copyOfPerson(locals.app, { person_id, channel, address })
  await recordCopy(locals.app, { person_id, address })
  return zipDownload('data-saya.zip', zipOf(entriesOf(copied), new Date(copied.copy.made_at)))
}
