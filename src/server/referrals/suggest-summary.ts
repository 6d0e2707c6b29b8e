import { sql } from 'kysely'
import type { Language, Reading } from '../platform/context.ts'
import { maskAnswer, summarise, type KnownNames } from './summarise.ts'

interface Told extends Required<KnownNames> {
  text: string
  language: Language
}

const MESSAGES_MAX = 5
const NAMES_MAX = 200

/** What is told of a request to whoever is asked, before they accept: what its requester wrote, without anything that names somebody. */
export async function suggestSummary(ctx: Reading, ticket_id: string): Promise<string> {
  const { text, language, ...known } = await findTold(ctx, ticket_id)
  return summarise(text, known, language)
}

/** The same for a summary that somebody wrote: what it names all the same goes. */
export async function withoutNames(ctx: Reading, ticket_id: string, summary: string): Promise<string> {
  const { language, ...known } = await findTold(ctx, ticket_id)
  return summarise(summary, known, language)
}

/** The same for an answer to whoever is asked, in their language, with every line of it; and whether anything was masked. */
export async function answerWithoutNames(
  ctx: Reading,
  { ticket_id, answer, language }: { ticket_id: string; answer: string; language: Language },
): Promise<{ text: string; is_masked: boolean }> {
  const known = await findTold(ctx, ticket_id)
  return maskAnswer(answer, known, language)
}

async function findTold(ctx: Reading, ticket_id: string): Promise<Told> {
  const { rows } = await sql<Told>`select t.language,
      concat_ws(E'\n\n', t.subject, (select string_agg(m.text, E'\n\n' order by m.at, m.id) from (select text, at, id from messages
        where ticket_id = t.id and direction = 'in' and taken_back_at is null order by at, id limit ${MESSAGES_MAX}::int) m)) as text,
      array(select p.name from people p where p.id in (
        select person_id from participants where ticket_id = t.id union select t.requester_id
        union select author_id from messages where ticket_id = t.id) order by p.id limit ${NAMES_MAX}::int) as names,
      array(select c.address from contact_points c where c.person_id in (
        select person_id from participants where ticket_id = t.id union select t.requester_id) order by c.id limit ${NAMES_MAX}::int) as addresses,
      array_remove(array[(select name from organisations o where o.id = t.organisation_id), t.institution], null) as organisations
    from tickets t where t.id = ${ticket_id}::uuid`.execute(ctx.db)
  return rows[0]!
}
