import { sql, type RawBuilder } from 'kysely'
import { z } from 'zod'
import type { Reading, StaffActor } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { maskedIn } from '../platform/mask-nik.ts'
import { reactions, type FactKind } from '../platform/reactions.ts'
import { refuse } from '../platform/refusal.ts'
import { isReading, seen, type Why } from '../platform/sights.ts'
import { readNumber } from '../tickets/index.ts'

/** What a fact tells of: something was changed, personal data was read, somebody was refused, or how accounts and tokens were used. */
export const journalTopics = ['changes', 'reading', 'refusals', 'sign_in'] as const
export type JournalTopic = (typeof journalTopics)[number]

export function topicOf(kind: FactKind): JournalTopic {
  if (isReading(kind)) return 'reading'
  if (kind === 'access.refused' || /^account\..*refused$/.test(kind)) return 'refusals'
  return /^(account|token)\./.test(kind) ? 'sign_in' : 'changes'
}

const day = z.iso.date()
const text = (length: number) =>
  z
    .string()
    .regex(/^[^\0]*$/)
    .max(length)
export const ListJournal = z.object({
  /** Who did it, or to whom. */
  person: z.uuid().optional(),
  /** As somebody typed its number. */
  ticket: text(30).optional(),
  topic: z.enum(journalTopics).optional(),
  /** Whole days in `zone`, both included. */
  from: day.optional(),
  to: day.optional(),
  /** The address it was done from. */
  client: text(50).optional(),
  zone: text(50).default('Asia/Jakarta'),
  cursor: text(500).optional(),
  limit: z.number().int().min(1).max(500).default(50),
})
export type ListJournal = z.input<typeof ListJournal>

export interface JournalRow {
  id: string
  at: Date
  kind: FactKind
  topic: JournalTopic
  actor: {
    kind: 'system' | 'staff' | 'requester' | 'public'
    id: string | null
    name: string | null
    restricted: boolean
  }
  ticket: { id: string; number: string } | null
  /** Whom and what `about` names. A file that leaves the house does not name whom `restricted` is said of. */
  person: { id: string; name: string; restricted: boolean } | null
  desk: { id: string; name: string } | null
  /** Ids and codes as the fact holds them. */
  about: Record<string, string | number | boolean | null>
  /** Null where there was none, where it was erased, and for whoever does not see everything. */
  client: string | null
  /** What was searched for, or named in vain; why a role or a place at a desk was given or taken. Null as with `client`. */
  words: string | null
  /** Of a look: by what they were let in; of an export: what it was for, in their words. Null where it was erased. */
  why: Why | null
  purpose: string | null
}

/** What somebody outside the circle of one ticket asks may be looked for among so many of the newest. */
const FOUND_MAX = 5_000

/**
 * Who did and saw what, newest first by (at, id). Administrators; a coordinator for one ticket at a time, which they see. Refuses
 * forbidden, not_found for a ticket that is unseen, and invalid for a cursor that is not ours. Records the look (`journal.seen`).
 */
export async function listJournal(
  ctx: Reading,
  given: ListJournal,
): Promise<{ items: JournalRow[]; next: string | null }> {
  const question = ListJournal.parse(given)
  mustSeeJournal(ctx, question)
  const ticket_id = question.ticket ? await ticketOf(ctx, question.ticket) : null
  const { cursor: _, limit, ...asked } = question
  seen(ctx, 'journal.seen', { ...(ticket_id ? { ticket_id } : {}), details: asked })
  const { rows } = await sql<Row>`with page as materialized (${pageOf(question, ticket_id)})
    select f.id, f.at, f.kind, f.about, f.sort_key, d.details ->> 'client' as client, d.details ->> 'why' as why, d.details ->> 'purpose' as purpose,
      case when jsonb_typeof(d.details -> 'asked') = 'array' then (select string_agg(word, ', ') from jsonb_array_elements_text(d.details -> 'asked') as w (word))
        when f.kind in ('people.searched', 'tickets.searched') then d.details ->> 'query'
        when f.kind in ('account.role_changed', 'desk.changed') then d.details ->> 'reason' end as words,
      json_build_object('kind', f.actor_kind, 'id', f.actor_id, 'name', actor.name, 'restricted', coalesce(is_restricted(f.actor_id), false)) as actor,
      case when t.id is not null then json_build_object('id', t.id, 'number', t.number::text) end as ticket,
      case when person.id is not null then json_build_object('id', person.id, 'name', person.name, 'restricted', is_restricted(person.id)) end as person,
      case when desk.id is not null then json_build_object('id', desk.id, 'name', desk.name) end as desk
    from page f
    left join journal_details d on d.fact_id = f.id
    left join people actor on actor.id = f.actor_id
    left join people person on person.id = f.person_id
    left join desks desk on desk.id = f.desk_id
    left join tickets t on t.id = f.ticket_id
    order by f.at desc, f.id desc`.execute(ctx.db)
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return {
    items: shown.map(({ sort_key: __, ...row }) => ({
      ...maskedIn(row, ['words', 'purpose']),
      topic: topicOf(row.kind),
    })),
    next: last ? Buffer.from(JSON.stringify([last.sort_key, last.id])).toString('base64url') : null,
  }
}

type Row = Omit<JournalRow, 'topic'> & { sort_key: string }

/** Whether somebody may read all of it; a coordinator reads it ticket by ticket. */
export const maySeeJournal = (actor: StaffActor): boolean => actor.roles.includes('administrator')
export const maySeeTicketJournal = (actor: StaffActor): boolean =>
  maySeeJournal(actor) || actor.desks.some(({ role }) => role === 'coordinator')

function mustSeeJournal({ actor }: Reading, { ticket }: Pick<ListJournal, 'ticket'>): void {
  const may = actor.kind === 'staff' && (ticket ? maySeeTicketJournal(actor) : maySeeJournal(actor))
  if (!may) refuse('forbidden', 'account.administrator')
}

async function ticketOf(ctx: Reading, number: string): Promise<string> {
  const { rows } = await sql<{
    id: string
  }>`select id from tickets where number = ${readNumber(number)}::bigint`.execute(ctx.db)
  return rows[0]?.id ?? refuse('not_found', 'ticket.unknown')
}

/** The facts of one page and one more. Each way in goes along an index that has them in order; none reads the whole journal. */
function pageOf(question: z.output<typeof ListJournal>, ticket_id: string | null): RawBuilder<unknown> {
  const { person, client, topic, zone } = question
  const kinds = (Object.keys(reactions) as FactKind[]).filter((kind) => topic === undefined || topicOf(kind) === topic)
  const before = question.cursor === undefined ? null : readCursor(question.cursor)
  const most = sql`order by f.at desc, f.id desc limit ${sql.lit(question.limit + 1)}`
  const during = sql`(${question.from ?? null}::date is null or f.at >= (${question.from ?? null}::date)::timestamp at time zone ${zone}::text)
    and (${question.to ?? null}::date is null or f.at < (${question.to ?? null}::date + 1)::timestamp at time zone ${zone}::text)
    and ${before ? sql`(f.at, f.id) < (${before[0]}::timestamptz, ${before[1]}::uuid)` : sql`true`}`
  const about = (id: string) =>
    sql`f.id in (select fact_id from facts_about_person(${id}::uuid, ${FOUND_MAX}::int) as found (fact_id))`
  const conditions = [
    during,
    // Kind by kind below; said twice, PostgreSQL gathers all of them before it puts them in order.
    ...(topic && (person || ticket_id || client) ? [sql`f.kind = any (${kinds}::text[])`] : []),
    ...(ticket_id ? [sql`f.ticket_id = ${ticket_id}::uuid`] : []),
    ...(client
      ? [sql`f.id in (select fact_id from facts_from_client(${client}::text, ${FOUND_MAX}::int) as found (fact_id))`]
      : []),
  ]
  const where = sql.join(conditions, sql` and `)
  // Cast here: in the join, the cast would keep PostgreSQL from looking people up one by one, because it could leak.
  const columns = sql`f.*, f.at::text as sort_key, (f.about->>'desk_id')::uuid as desk_id, (f.about->>'person_id')::uuid as person_id`
  const from = (narrowed: RawBuilder<unknown>) => sql`(select f.* from facts f where ${where} and ${narrowed} ${most})`
  if (person)
    return sql`select ${columns} from (${from(sql`f.actor_id = ${person}::uuid`)} union ${from(about(person))}) f ${most}`
  if (ticket_id || client) return sql`select ${columns} from ${from(sql`true`)} f ${most}`
  return sql`select ${columns} from unnest(${kinds}::text[]) as k (kind) cross join lateral ${from(sql`f.kind = k.kind`)} f ${most}`
}

function readCursor(cursor: string): [string, string] {
  const [, at, id] =
    /^\["([\d :.+-]{10,40})","([0-9a-f-]{36})"\]$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (!at || !id || !isId(id) || Number.isNaN(Date.parse(at)))
    refuse('invalid', 'cursor', [{ path: 'cursor', key: 'fault.cursor' }])
  return [at!, id!]
}
