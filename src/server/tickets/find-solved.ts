import { sql } from 'kysely'
import type { Language, Reading } from '../platform/context.ts'

/** A case that was solved, in the words of whoever solved it. */
export interface Solved {
  ticket_id: string
  problem: string
  steps: string
}

/** Of a very common word the newest so many that may be shown are ranked: each costs a look at its whole text. */
const RANKED_MAX = 2_000
const SOLVED_MAX = 10

/**
 * Cases whose requester confirmed that they are solved and whose problem names all these words, in whatever form (cetak, mencetak), the best first and the very
 * words before other forms; at most ten. Not of those about whose data nothing may
 * be done at present, and no paid work. Of a word that very many name, the newest. Whoever calls takes out of them what names somebody. For the system.
 */
export async function findSolved(
  ctx: Reading,
  { query, language, ranked_max = RANKED_MAX }: { query: string; language: Language; ranked_max?: number },
): Promise<Solved[]> {
  if (ctx.actor.kind !== 'system') throw new Error('solved cases are searched by the system')
  // A word of the statement, so that the index of that language is used.
  const dictionary = sql.lit(language === 'id' ? 'indonesian' : 'english')
  // What matches is found by its index first: in the order of tickets every text would be read until enough match.
  const { rows } = await sql<Solved>`with matching as materialized (
      select r.ticket_id, r.id, r.problem, r.steps from resolutions r
      where r.confirmed_at is not null and r.reopened_at is null
        and to_tsvector(${dictionary}, r.problem) @@ plainto_tsquery(${dictionary}, ${query})),
    found as (
      select m.ticket_id, m.problem, m.steps from matching m join tickets t on t.id = m.ticket_id
      where t.spam_at is null and t.language = ${language} and t.kind <> 'paid' and not is_restricted(t.requester_id)
      order by m.ticket_id desc, m.id desc limit ${ranked_max}::int)
    select f.* from found f
    order by to_tsvector('simple', f.problem) @@ plainto_tsquery('simple', ${query}) desc,
      ts_rank(to_tsvector(${dictionary}, f.problem), plainto_tsquery(${dictionary}, ${query})) desc, f.ticket_id desc
    limit ${SOLVED_MAX}::int`.execute(ctx.db)
  return rows
}
