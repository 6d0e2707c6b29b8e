import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { listOffices } from '#server/tickets/index.ts'
import { deskActor } from '../../../../edge/desk-form.ts'

const PAGES_MAX = 1_000

/** "Kantor kami": the offices of an institution's own desk, by what waits longest. Empty for everybody else. */
export const load: PageServerLoad = async ({ locals, url, depends }) => {
  depends('live:queue')
  const actor = deskActor(locals)
  const query = (url.searchParams.get('query') ?? '').replaceAll('\0', '').trim().slice(0, 200)
  const page = Math.min(Math.max(Number.parseInt(url.searchParams.get('page') ?? '', 10) || 1, 1), PAGES_MAX)
  return read(locals.app, actor, async (ctx) => ({
    query,
    page,
    ...(await listOffices(ctx, { query, page })),
    /** Whose particulars this person keeps. */
    led: actor.desks
      .filter(({ kind, role }) => kind === 'own_unit' && role === 'coordinator')
      .map(({ id, name }) => ({ id, name })),
    now: ctx.now,
  }))
}
