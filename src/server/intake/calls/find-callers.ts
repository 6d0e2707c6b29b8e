import { sql } from 'kysely'
import type { Reading } from '../../platform/context.ts'
import { mustAsPerson } from '../../platform/may.ts'
import { maskedIn } from '../../platform/mask-nik.ts'
import { seen } from '../../platform/sights.ts'
import { blockedAmong, numberOf } from '../../channels/index.ts'
import type { State } from '../../tickets/index.ts'

export interface CallerTicket {
  id: string
  number: string
  subject: string
  state: State
  created_at: string
  desk_name: string
}
export interface Caller {
  id: string
  /** '' for somebody whose data may not be used. */
  name: string
  organisation: string | null
  /** Open ones, newest first; at most six. */
  tickets: CallerTicket[]
}
export interface FoundCallers {
  /** As it is stored; null for what is no number from outside. */
  number: string | null
  is_hidden: boolean
  is_blocked: boolean
  /** Everybody with this number whom the actor sees: a telephone is shared, and nobody is guessed. At most eight. */
  people: Caller[]
  /** Who waits to be called back at this number, by the actor's desks: the ticket, since when, how often they rang. */
  call_backs: {
    id: string
    reason: 'missed' | 'wanted'
    ticket_id: string
    ticket_number: string
    subject: string
    last_at: string
    times: number
  }[]
}

const PEOPLE_MAX = 8
const TICKETS_MAX = 6

/** Who has this telephone number, and what they have open, for whoever talks to them. Looking is recorded. Staff only. */
export async function findCallers(ctx: Reading, { number: text }: { number: string }): Promise<FoundCallers> {
  mustAsPerson(ctx.actor, 'call.list')
  const { told, number } = numberOf(text)
  const nobody = { number, is_hidden: told === '', is_blocked: false, people: [], call_backs: [] }
  if (number === null) return nobody
  const [people, call_backs, blocked] = await Promise.all([
    sql<Caller>`select p.id, case when is_restricted(p.id) then '' else p.name end as name, o.name as organisation,
        coalesce(open.list, '[]') as tickets
      from (select distinct person_id from contact_points where channel = 'phone' and normalised = ${number}) c
      join people p on p.id = c.person_id and p.merged_into is null
      left join organisations o on o.id = p.organisation_id
      left join lateral (select max(created_at) as newest, jsonb_agg(to_jsonb(t) - 'requester_id' order by t.created_at desc, t.id desc) as list from (
          select t.id, t.number::text as number, t.subject, t.state, t.created_at, d.name as desk_name
          from participants x join tickets t on t.id = x.ticket_id join desks d on d.id = t.holder_desk_id
          where x.person_id = p.id and x.part <> 'suggested' and t.state not in ('resolved', 'closed') and t.spam_at is null
          order by t.created_at desc, t.id desc limit ${TICKETS_MAX}) t) open on true
      order by open.newest desc nulls last, p.folded_name, p.id limit ${PEOPLE_MAX}`.execute(ctx.db),
    sql<
      FoundCallers['call_backs'][number]
    >`select b.id, b.reason, b.ticket_id, b.ticket_number::text as ticket_number, t.subject, b.last_at, b.times
      from call_backs b join tickets t on t.id = b.ticket_id and t.state not in ('resolved', 'closed')
      where b.number = ${number} and b.done_at is null order by b.last_at desc, b.id limit 3`.execute(ctx.db),
    blockedAmong(ctx, 'phone', [number]),
  ])
  seen(ctx, 'people.searched', { details: { query: number } })
  return {
    ...nobody,
    is_blocked: blocked.has(number),
    people: people.rows.map((person) => ({
      ...person,
      tickets: person.tickets.map((ticket) => maskedIn(ticket, ['subject'])),
    })),
    call_backs: call_backs.rows.map((row) => maskedIn(row, ['subject'])),
  }
}
