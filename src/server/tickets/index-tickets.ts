import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import type { FactJob } from '../platform/relay.ts'

/** A tsvector holds 1 MB; what stands behind this many characters is not found by search, only by reading. */
const TEXT_LENGTH_MAX = 50_000
const MESSAGES_MAX = 200

/**
 * Writes the search documents of the tickets that facts are about: subject, the requester's name and organisation, what was said (no
 * notes: a requester's search reads the same document), the number; and as lexemes who may find it, in the spelling of find_tickets().
 * One statement for all; running it twice changes nothing.
 */
export async function indexTickets(app: App, jobs: FactJob[]): Promise<void> {
  const ids = [...new Set(jobs.flatMap((job) => (job.ticket_id ? [job.ticket_id] : [])))]
  if (ids.length === 0) return
  await write(app, system, (ctx) => indexThese(ctx, ids))
}

/** The same in the caller's transaction, as the worker's role: what was forgotten must not be found a moment longer. */
export async function indexThese(ctx: Writing, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await sql`insert into search_documents (ticket_id, at, tsv)
      select t.id, t.created_at,
        setweight(to_tsvector('simple', ${words(sql`t.subject`)}), 'A')
        || setweight(to_tsvector('simple', ${words(sql`concat_ws(' ', p.name, o.name, t.institution)`)}), 'B')
        || to_tsvector('simple', t.number::text)
        || to_tsvector('simple', ${words(sql`said.text`)})
        || array_to_tsvector(array['zstaff', 'zticket' || replace(t.id::text, '-', ''), 'zperson' || replace(t.requester_id::text, '-', '')]
             || array(select 'zdesk' || replace(d.desk_id::text, '-', '') from ticket_desks d where d.ticket_id = t.id)
             || array(select 'zgrant' || replace(g.person_id::text, '-', '') from grants g where g.ticket_id = t.id and g.revoked_at is null))
      from tickets t
      join people p on p.id = t.requester_id
      left join organisations o on o.id = t.organisation_id
      cross join lateral (
        select left(coalesce(string_agg(left(m.text, ${TEXT_LENGTH_MAX}::int), ' '), ''), ${TEXT_LENGTH_MAX}::int) as text
        from (select text from messages where ticket_id = t.id and direction <> 'note' and taken_back_at is null
              order by at desc, id desc limit ${MESSAGES_MAX}) m) said
      where t.id = any (${ids}::uuid[])
      order by t.id
      on conflict (ticket_id) do update set at = excluded.at, tsv = excluded.tsv`.execute(ctx.tx)
}

/** The lexemes of visibility are ours alone: somebody who writes `zstaff` or `zdesk…` into a mail must not become visible by it. */
const words = (text: ReturnType<typeof sql>) =>
  sql`regexp_replace(coalesce(${text}, ''), 'z(staff|desk|ticket|person|org|grant)', ' ', 'gi')`

/** The same for what somebody types into the search field. */
export const withoutVisibility = (query: string): string =>
  query.replace(/z(staff|desk|ticket|person|org|grant)/gi, ' ')
