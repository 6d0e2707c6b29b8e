import type { RequestHandler } from './$types'
import { staffActor } from '#server/desks/index.ts'
import { deskActor } from '../../../../edge/desk-form.ts'
import { liveStream } from '../../../../edge/live-stream.ts'

/** What happens, for an open desk (docs/house.md, Live). */
export const GET: RequestHandler = ({ locals, request }) => {
  const { app } = locals
  const stream = liveStream({
    live: app.live,
    actor: deskActor(locals),
    again: () => staffActor(app, request.headers, { is_use: false }),
  })
  return stream ?? new Response(null, { status: 503, headers: { 'retry-after': '60', 'cache-control': 'no-store' } })
}
