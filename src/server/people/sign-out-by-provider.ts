import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { enter } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { countHit } from '../platform/limits.ts'
import { refuse } from '../platform/refusal.ts'
import { hashOf } from '../platform/secrets.ts'
import { readLogoutToken } from './logout-token.ts'
import { ProviderRefusal } from './provider-library.ts'
import { readProvider } from './sign-in-with-provider.ts'

/** A provider that ends everybody's sessions says so once for each; all come from its one address. */
const SAID_MAX = 3000

/**
 * A provider says that somebody signed out there, or was closed there: what they began here by that provider ends. With `sid` that is the
 * session of that name (and those whose name was never told), with `sub` alone all of that person by this provider; sessions by a password
 * or a passkey go on. Answers how many ended; none is no failure. Opens its own transactions (door sign_in). Refuses not_found `provider`,
 * invalid `provider.logout_token` for a token that is not sound or was said before, too_many, unavailable `provider.away`. Records
 * `account.provider_signed_out` for each person. Source: OpenID Connect Back-Channel Logout 1.0.
 */
export async function signOutByProvider(
  app: App,
  { provider_id, logout_token, client }: { provider_id: string; logout_token: string; client: string },
): Promise<number> {
  const [provider, now] = await enter(app, 'sign_in', async (ctx) => {
    await countHit(ctx, { name: 'provider.said', whom: client, max: SAID_MAX, window_seconds: 900 })
    // Also one that is switched off: what was begun by it goes on, and may end.
    return [(await readProvider(ctx, provider_id, 'any')) ?? refuse('not_found', 'provider'), ctx.now] as const
  })
  const said = await readLogoutToken(app, provider, logout_token, now).catch((thrown: unknown) => {
    if (!(thrown instanceof ProviderRefusal)) throw thrown
    app.log.warn({ provider_id, fault: thrown.fault, code: thrown.code }, 'a logout token was not believed')
    return thrown.fault === 'token'
      ? refuse('invalid', 'provider.logout_token')
      : refuse('unavailable', 'provider.away')
  })
  const { subject, sid, jti } = said
  return enter(app, 'sign_in', async (ctx) => {
    const once = await sql`insert into used_challenges (hash, until)
      values (${hashOf(`logout ${provider.id} ${jti}`)}, ${ctx.now}::timestamptz + interval '1 hour') on conflict do nothing returning hash`.execute(
      ctx.tx,
    )
    if (once.rows.length === 0) refuse('invalid', 'provider.logout_token')
    const { rows } = await sql<{ person_id: string; ended: number }>`
      with concerned as (
        select a.person_id, a.auth_user_id from accounts a
        where ${subject}::text is null or exists (
          select from provider_links l where l.person_id = a.person_id and l.issuer = ${provider.issuer} and l.subject = ${subject}::text)),
      halves as (
        delete from half_sessions h using concerned c where h.person_id = c.person_id and h.provider_issuer = ${provider.issuer}
          and (${sid}::text is null or h.provider_sid = ${sid}::text or (h.provider_sid is null and ${subject}::text is not null))),
      ended as (
        delete from auth.sessions s using concerned c where s.user_id = c.auth_user_id and s.provider_issuer = ${provider.issuer}
          and (${sid}::text is null or s.provider_sid = ${sid}::text or (s.provider_sid is null and ${subject}::text is not null))
        returning c.person_id)
      select person_id, count(*)::int as ended from ended group by person_id order by person_id limit 1000`.execute(
      ctx.tx,
    )
    for (const { person_id } of rows)
      await record(ctx, 'account.provider_signed_out', { about: { person_id, provider_id: provider.id } })
    return rows.reduce((sum, { ended }) => sum + ended, 0)
  })
}
