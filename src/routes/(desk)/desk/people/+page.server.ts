import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { listPeople } from '#server/people/index.ts'
import { deskActor } from '../../../../edge/desk-form.ts'

export const load: PageServerLoad = ({ locals, url }) => {
  const query = (url.searchParams.get('query') ?? '').trim().slice(0, 200)
  const cursor = url.searchParams.get('cursor')?.slice(0, 500)
  return read(locals.app, deskActor(locals), async (ctx) => ({
    query,
    ...(await listPeople(ctx, { query, ...(cursor ? { cursor } : {}) })),
  }))
}
