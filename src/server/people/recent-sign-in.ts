import type { Reading } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'

/** How fresh a sign-in must be for what would serve a stranger at an open screen most. */
export const RECENT_SIGN_IN_MINUTES = 15

/**
 * Before what a stranger at an open screen would want most: factors, tokens, roles, sign-in providers, exports of personal data. Whoever
 * signed in longer than 15 minutes ago, and whoever acts without a session (a token, an answer by mail), is refused unauthenticated
 * `sign_in_again`; on a page that leads to "Masuk sekali lagi" and back, with everything that was typed (src/hooks.server.ts). The
 * command line passes.
 */
export function mustHaveSignedInRecently({ actor, now }: Pick<Reading, 'actor' | 'now'>): void {
  if (actor.kind === 'system') return
  const signed_in_at = actor.kind === 'staff' ? actor.signed_in_at : undefined
  if (!signed_in_at || now.getTime() - signed_in_at.getTime() > RECENT_SIGN_IN_MINUTES * 60_000)
    refuse('unauthenticated', 'sign_in_again')
}
