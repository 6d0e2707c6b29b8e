import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { listPeople } from '#server/people/index.ts'
import { deskActor } from '../../../../edge/desk-form.ts'
import { fromTheStart } from '../../../../edge/from-the-start.ts'

export const load: PageServerLoad = ({ locals, url }) => {
  const query = (url.searchParams.get('query') ?? '').trim().slice(0, 200)
  const cursor = url.searchParams.get('cursor')?.slice(0, 500)
  return read(locals.app, deskActor(locals), async (ctx) => ({
    query,
    ...(await fromTheStart(cursor, (from) => listPeople(ctx, { query, ...(from ? { cursor: from } : {}) }))),
  }))
}
