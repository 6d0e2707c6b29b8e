import { sql } from 'kysely'
import type { Language, Reading, Writing } from '../platform/context.ts'
import { hashOf, randomToken } from '../platform/secrets.ts'

/** Where the link of one contact leads; a page that asks once more. */
export const offerUrl = (origin: string, token: string, language: Language): string =>
  `${origin}/offers/${token}?language=${language}`

export interface OfferLink {
  offer_id: string
  person_id: string
  answer: 'accept' | 'decline'
  used_at: Date | null
  name: string
  language: Language
}

/** The two links of an offer's mail, for one contact: each is used once. Only their hashes are stored. */
export async function makeOfferLinks(
  ctx: Writing,
  { offer_id, person_id }: { offer_id: string; person_id: string },
): Promise<{ accept: string; decline: string }> {
  const accept = randomToken()
  const decline = randomToken()
  await sql`insert into offer_links (token_hash, offer_id, person_id, answer, made_at)
    select token_hash, ${offer_id}::uuid, ${person_id}::uuid, answer, ${ctx.now}::timestamptz
    from unnest(${[hashOf(accept), hashOf(decline)]}::text[], array['accept', 'decline']) as l (token_hash, answer)`.execute(
    ctx.tx,
  )
  return { accept, decline }
}

/** Whose link this is; null for one that was never made. Called through the door `link`: nobody acts yet. */
export async function openOfferLink(ctx: Pick<Reading, 'db'>, token: string): Promise<OfferLink | null> {
  const { rows } = await sql<OfferLink>`select l.offer_id, l.person_id, l.answer, l.used_at, p.name, p.language
    from offer_links l join people p on p.id = l.person_id where l.token_hash = ${hashOf(token)}`.execute(ctx.db)
  return rows[0] ?? null
}

/** Uses a link up: whether this one did it, of two who come at once. */
export async function useOfferLink(ctx: Writing, token: string): Promise<boolean> {
  const { numAffectedRows } = await sql`update offer_links set used_at = ${ctx.now}::timestamptz
    where token_hash = ${hashOf(token)} and used_at is null`.execute(ctx.tx)
  return numAffectedRows === 1n
}
