import type { Reading } from './context.ts'
import { refuse } from './refusal.ts'

/** How fresh a sign-in must be for what would serve a stranger at an open screen most. */
export const RECENT_SIGN_IN_MINUTES = 15

/**
 * Before what a stranger at an open screen would want most: whoever gets in (invitations, roles, desks, tokens, sign-in providers, accounts
 * opened again, reset mails), by what (factors), who is thrown out, what Pandu allows and forgets (limits, retention, erasure), exports of
 * personal data. The commands themselves ask, so that no page can forget it; recent-sign-in.test.ts walks them. Whoever signed
 * in longer than 15 minutes ago, and whoever acts without a session (a token, an answer by mail), is refused unauthenticated
 * `sign_in_again`; on a page that leads to "Masuk sekali lagi" and back, with everything that was typed (src/hooks.server.ts). The
 * command line and the first start pass: who can type there reads the database.
 */
export function mustHaveSignedInRecently({ actor, now }: Pick<Reading, 'actor' | 'now'>): void {
  if (actor.kind === 'system') return
  const signed_in_at = actor.kind === 'staff' ? actor.signed_in_at : undefined
  if (!signed_in_at || now.getTime() - signed_in_at.getTime() > RECENT_SIGN_IN_MINUTES * 60_000)
    refuse('unauthenticated', 'sign_in_again')
}
