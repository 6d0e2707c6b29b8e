import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import type { Reading } from '../platform/context.ts'
import { base32, hashOf } from '../platform/secrets.ts'

/**
 * The secret of an application's page. Made of its id and this installation's own key, so that every mail about it carries the same link
 * and no table holds it; what is stored is its hash, as with every link.
 */
export const applicationToken = (app: App, application_id: string): string =>
  base32(app.secrets.sign('application', application_id).subarray(0, 20))

export const applicationTokenHash = (app: App, application_id: string): string =>
  hashOf(applicationToken(app, application_id))

/** Where whoever applied reads on. */
export const applicationUrl = (app: App, application_id: string): string =>
  `${app.settings.PANDU_ORIGIN}/apply/${applicationToken(app, application_id)}`

/** Which application this link opens; null for one that was never made or has ended. Called through the door `link`: nobody acts yet. */
export async function openApplicationLink(ctx: Pick<Reading, 'db'>, token: string): Promise<string | null> {
  if (!/^[a-z2-7]{32}$/.test(token)) return null
  const { rows } = await sql<{ id: string }>`select id from applications
    where token_hash = ${hashOf(token)} and cleared_at is null`.execute(ctx.db)
  return rows[0]?.id ?? null
}
