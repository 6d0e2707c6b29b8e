import { sql } from 'kysely'
import type { Language, Reading } from '../platform/context.ts'
import type { Channel, Kind, Urgency } from './open-tickets.ts'
import type { State } from './states.ts'

interface Named {
  id: string
  name: string
}
interface Coded {
  code: string
  name: string
}

/** A ticket as lists and single reads show it. */
export interface TicketRow {
  id: string
  /** With its check digit, as text: "100057". */
  number: string
  subject: string
  state: State
  channel: Channel
  urgency: Urgency
  kind: Kind
  region: Coded | null
  /** Named in the language of who reads. */
  topic: Coded | null
  /** The name is '' where it may not be seen. */
  requester: Named
  organisation: Named | null
  /** As the requester told it; shown where no organisation of the directory is linked. */
  institution: string | null
  /** An agent's name is shown to staff only. */
  holder: { desk: Named; agent: Named | null }
  created_at: Date
  waiting_since: Date | null
  /** By when an answer is promised; null when no clock runs. */
  due_at: Date | null
  spam_at: Date | null
  /** When the newest mail was written that somebody who takes part did not get; null when all is well. */
  undelivered_at: Date | null
  /** Perhaps it belongs to another ticket; a person decides. */
  is_possible_follow_up: boolean
}

/** In which language codes are named: the reader's; a requester's page speaks the ticket's. */
const languageOf = (ctx: Reading) =>
  ctx.actor.kind === 'staff' ? sql<Language>`${ctx.actor.language}::text` : sql<Language>`t.language`

/** What a program takes along, by a token, does not name somebody whose data may not be used (is_restricted). */
const requesterName = (ctx: Reading) =>
  ctx.actor.kind === 'staff' && ctx.actor.from?.token_id
    ? sql`case when is_restricted(t.requester_id) then '' else coalesce(requester.name, '') end`
    : sql`coalesce(requester.name, '')`

/** A requester is told the desk; the wall would give them no name either, but asking it has to be started. */
const namesAgents = (ctx: Reading) => ctx.actor.kind !== 'requester'

/** The columns of {@link TicketRow} over {@link ticketTables}. */
export const ticketColumns = (
  ctx: Reading,
) => sql`t.id, t.number::text as number, t.subject, t.state, t.channel, t.urgency, t.kind,
  case when region.code is not null then json_build_object('code', region.code, 'name', region.name) end as region,
  case when topic.code is not null then json_build_object('code', topic.code,
    'name', case when ${languageOf(ctx)} = 'en' then topic.name_en else topic.name_id end) end as topic,
  json_build_object('id', t.requester_id, 'name', ${requesterName(ctx)}) as requester,
  case when organisation.id is not null then json_build_object('id', organisation.id, 'name', organisation.name) end as organisation,
  t.institution,
  json_build_object('desk', json_build_object('id', desk.id, 'name', desk.name),
    'agent', ${namesAgents(ctx) ? sql`case when agent.id is not null then json_build_object('id', agent.id, 'name', agent.name) end` : sql`null`}) as holder,
  t.created_at, t.waiting_since, t.due_at, t.spam_at, t.undelivered_at,
  t.possible_ticket_id is not null as is_possible_follow_up`

/** What the names come from; `t` is the ticket. */
export const ticketTables = (ctx: Reading) => sql`join desks desk on desk.id = t.holder_desk_id
  left join people requester on requester.id = t.requester_id
  ${namesAgents(ctx) ? sql`left join people agent on agent.id = t.holder_person_id` : sql``}
  left join organisations organisation on organisation.id = t.organisation_id
  left join regions region on region.code = t.region_code
  left join topics topic on topic.code = t.topic_code`
