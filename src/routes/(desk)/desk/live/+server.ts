import type { RequestHandler } from './$types'
import { staffActor } from '#server/desks/index.ts'
import { deskActor } from '../../../../edge/desk-form.ts'
import { liveStream } from '../../../../edge/live-stream.ts'

/** What happens, for an open desk (docs/house.md, Live). */
export const GET: RequestHandler = ({ locals, request, url }) => {
  const { app } = locals
  // The browser that comes back by itself asks the old address, and names in the header how far it came.
  const since = request.headers.get('last-event-id') ?? url.searchParams.get('since')
  const stream = liveStream({
    live: app.live,
    actor: deskActor(locals),
    since: since ?? url.searchParams.get('drawn'),
    is_new: since === null,
    again: () => staffActor(app, request.headers, { is_use: false }),
  })
  return stream ?? new Response(null, { status: 503, headers: { 'retry-after': '60', 'cache-control': 'no-store' } })
}
