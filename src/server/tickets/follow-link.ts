import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import type { Reading, RequesterActor, Writing } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { hashOf, randomToken } from '../platform/secrets.ts'

/** Where the secret link of one person to one ticket leads. */
export const followUrl = (app: App, token: string): string => `${app.settings.PANDU_ORIGIN}/follow/${token}`

/** A new secret link; earlier ones go on working, because they stand in mails that were sent. Only its hash is stored. */
export async function makeFollowLink(ctx: Writing, link: { ticket_id: string; person_id: string }): Promise<string> {
  const [token] = await makeFollowLinks(ctx, [link])
  return token!
}

/** The plural: tokens in the order given, one statement. */
export async function makeFollowLinks(
  ctx: Writing,
  links: readonly { ticket_id: string; person_id: string }[],
): Promise<string[]> {
  if (links.length === 0) return []
  const tokens = links.map(() => randomToken())
  await sql`insert into follow_links (token_hash, ticket_id, person_id, created_at)
    select token_hash, ticket_id, person_id, ${ctx.now}::timestamptz
    from unnest(${tokens.map(hashOf)}::text[], ${links.map((link) => link.ticket_id)}::uuid[], ${links.map((link) => link.person_id)}::uuid[])
      as l (token_hash, ticket_id, person_id)`.execute(ctx.tx)
  return tokens
}

/** Whoever opened a secret link, and PostgreSQL's clock at that moment: the page is read as of then, without asking the clock once more. */
export type LinkHolder = RequesterActor & { opened_at: Date }

/** Who holds this link; null for one that was never made or has ended. Called through the door `link`: nobody acts yet. */
export async function openFollowLink(ctx: Pick<Reading, 'db'>, token: string): Promise<LinkHolder | null> {
  const { rows } = await sql<Omit<LinkHolder, 'kind'>>`${keptPlan}select person_id, ticket_id, now() as opened_at
    from follow_links where token_hash = ${hashOf(token)} and ended_at is null`.execute(ctx.db)
  const [link] = rows
  return link ? { kind: 'requester', ...link } : null
}
