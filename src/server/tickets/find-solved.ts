import { sql } from 'kysely'
import type { Language, Reading } from '../platform/context.ts'

/** A case that was solved, in the words of whoever solved it. */
export interface Solved {
  ticket_id: string
  problem: string
  steps: string
}

/** Of a very common word the ranking looks at no more than these. */
const RANKED_MAX = 500
const SOLVED_MAX = 10

/**
 * Cases whose requester confirmed that they are solved and whose problem names all these words, in whatever form (cetak, mencetak), the best first and the very
 * words before other forms; at most ten. Not of those about whose data nothing may
 * be done at present, and no paid work. Whoever calls takes out of them what names somebody. For the system.
 */
export async function findSolved(
  ctx: Reading,
  { query, language }: { query: string; language: Language },
): Promise<Solved[]> {
  if (ctx.actor.kind !== 'system') throw new Error('solved cases are searched by the system')
  // A word of the statement, so that the index of that language is used.
  const dictionary = sql.lit(language === 'id' ? 'indonesian' : 'english')
  const { rows } = await sql<Solved>`with found as (
      select r.ticket_id, r.problem, r.steps from resolutions r
      where r.confirmed_at is not null and r.reopened_at is null
        and to_tsvector(${dictionary}, r.problem) @@ plainto_tsquery(${dictionary}, ${query})
      limit ${RANKED_MAX}::int)
    select f.* from found f join tickets t on t.id = f.ticket_id
    where t.spam_at is null and t.language = ${language} and t.kind <> 'paid' and not is_restricted(t.requester_id)
    order by to_tsvector('simple', f.problem) @@ plainto_tsquery('simple', ${query}) desc,
      ts_rank(to_tsvector(${dictionary}, f.problem), plainto_tsquery(${dictionary}, ${query})) desc, t.id desc
    limit ${SOLVED_MAX}::int`.execute(ctx.db)
  return rows
}
