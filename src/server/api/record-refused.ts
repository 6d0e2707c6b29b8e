import type { App } from '../platform/app.ts'
import { enter } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { hits } from '../platform/limits.ts'
import { Refusal } from '../platform/refusal.ts'
import type { Caller, Endpoint } from './endpoint.ts'

const RECORDED_AN_HOUR_MAX = 1_000
const PARAMETER_LENGTH_MAX = 100

/**
 * Writes `access.refused` into the journal when a token asked for what its account does not see, or what is not there (nobody knows
 * which): who looks for other people's requests leaves a trace. What was asked for is kept apart, because anything may stand there. The
 * first thousand an hour of a token are told; the others are in the log of requests.
 */
export async function recordRefused(
  app: App,
  thrown: unknown,
  about: { caller: Caller; endpoint: Endpoint; params: Record<string, string> },
): Promise<void> {
  if (!(thrown instanceof Refusal) || thrown.kind !== 'not_found') return
  const { token_id, actor } = about.caller
  const { method, path } = about.endpoint
  await enter(app, 'link', async (ctx) => {
    const refusals = await hits(ctx, { name: 'access_refused', whom: token_id, window_seconds: 3600 })
    if (refusals > RECORDED_AN_HOUR_MAX) return
    await record({ ...ctx, actor }, 'access.refused', {
      about: { token_id, route: `${method.toUpperCase()} ${path}` },
      details: {
        asked: Object.values(about.params).map((text) => text.replaceAll('\0', '').slice(0, PARAMETER_LENGTH_MAX)),
      },
    })
  })
}
