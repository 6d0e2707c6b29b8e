import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { enter, type Reading, type Writing } from '../platform/context.ts'
import { countHit } from '../platform/limits.ts'
import { limitOf } from '../platform/limit-catalog.ts'
import { refuse } from '../platform/refusal.ts'
import { hashOf, randomToken } from '../platform/secrets.ts'

export type LinkPurpose = 'setup' | 'invite' | 'reset' | 'sign_in' | 'duty'

/** How long each link opens. Every one opens once, and is stored as a hash. */
export const LINK_MINUTES: Record<LinkPurpose, number> = {
  setup: 24 * 60,
  invite: 7 * 24 * 60,
  reset: 60,
  sign_in: 10,
  duty: 7 * 24 * 60,
}
/** The page behind each. */
const paths: Record<LinkPurpose, string> = {
  setup: 'setup',
  invite: 'invite',
  reset: 'reset',
  sign_in: 'sign-in',
  duty: 'duty',
}

export interface OneTimeLink {
  token_hash: string
  person_id: string | null
  /** Where it was sent; null for the first administrator's, which is printed. */
  address: string | null
  name: string | null
  language: 'id' | 'en'
}

/** Makes a link and answers its address on our own origin, never on a request's Host header. The token is kept nowhere. */
export async function makeLink(
  ctx: Writing,
  link: { purpose: LinkPurpose; person_id?: string; address?: string },
): Promise<string> {
  const token = randomToken()
  await sql`insert into one_time_links (token_hash, purpose, person_id, address, created_at, expires_at)
    values (${hashOf(token)}, ${link.purpose}, ${link.person_id ?? null}::uuid, ${link.address ?? null}, ${ctx.now}::timestamptz,
      ${ctx.now}::timestamptz + make_interval(mins => ${LINK_MINUTES[link.purpose]}::int))`.execute(ctx.tx)
  return `${ctx.app.settings.PANDU_ORIGIN}/${paths[link.purpose]}/${token}`
}

/** The link behind a token while it still opens; null for an unknown, used or expired one alike. Opening a page does not use it. */
export async function findLink(
  ctx: Reading,
  question: { purpose: LinkPurpose; token: string },
): Promise<OneTimeLink | null> {
  const { rows } =
    await sql<OneTimeLink>`select l.token_hash, l.person_id, l.address, p.name, coalesce(p.language, 'id') as language
    from one_time_links l left join people p on p.id = l.person_id
    where l.token_hash = ${hashOf(question.token)} and l.purpose = ${question.purpose} and l.used_at is null
      and (l.person_id is not null or l.purpose = 'setup') and l.expires_at > ${ctx.now}::timestamptz`.execute(ctx.db)
  return rows[0] ?? null
}

/** Uses a link up: of two who try at once, one is refused. Refuses not_found `link` for whatever does not open. */
export async function useLink(ctx: Writing, input: { purpose: LinkPurpose; token: string }): Promise<OneTimeLink> {
  const used = await sql`update one_time_links set used_at = ${ctx.now}::timestamptz
    where token_hash = ${hashOf(input.token)} and purpose = ${input.purpose} and used_at is null and expires_at > ${ctx.now}::timestamptz
    returning token_hash`.execute(ctx.tx)
  if (used.rows.length === 0) refuse('not_found', 'link')
  const { rows } =
    await sql<OneTimeLink>`select l.token_hash, l.person_id, l.address, p.name, coalesce(p.language, 'id') as language
    from one_time_links l left join people p on p.id = l.person_id where l.token_hash = ${hashOf(input.token)}`.execute(
      ctx.db,
    )
  return rows[0]!
}

/** Ends all open links of a purpose, of one person or (setup) of nobody in particular. */
export async function endLinks(ctx: Writing, which: { purpose: LinkPurpose; person_id?: string }): Promise<void> {
  await sql`update one_time_links set used_at = ${ctx.now}::timestamptz
    where purpose = ${which.purpose} and used_at is null and person_id is not distinct from ${which.person_id ?? null}::uuid`.execute(
    ctx.tx,
  )
}

/**
 * For the page behind a link: what it shows, or not_found `link`. Wrong guesses of one client are counted (too_many after a hundred in
 * a quarter of an hour); links that open are not.
 */
export async function openLink(
  app: App,
  question: { purpose: LinkPurpose; token: string; client: string },
): Promise<OneTimeLink> {
  const link = await enter(app, 'sign_in', async (ctx) => {
    const found = await findLink(ctx, question)
    if (!found) await countHit(ctx, limitOf('link.guess', question.client))
    return found
  })
  return link ?? refuse('not_found', 'link')
}
