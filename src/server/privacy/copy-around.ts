import { sql, type RawBuilder } from 'kysely'
import type { Reading } from '../platform/context.ts'
import type { ProvedPoint } from './proved-point.ts'

/** What stands about a person beside their requests: calls, what their address or number is known for, work for a provider. */
export interface CopiedAround {
  calls: (Record<string, unknown> & { number: string | null; note: string })[]
  /** Of the proved address or number. */
  address: {
    conversations: unknown[]
    commands: unknown[]
    blocked: { reason: string }[]
    muted: unknown[]
    suggested: unknown[]
  }
  objections: { words: string }[]
  agreements: unknown[]
  paid_contacts: { name: string; addresses: string[] }[]
  provider_work: {
    duty: unknown[]
    offers: { words: string | null }[]
    paid_answers: { question: string | null }[]
    questions: { words: string }[]
    proposals: unknown[]
  }
  incidents: unknown[]
  grants: { reason: string }[]
  merged_rows: unknown[]
  account: unknown
}

const ROWS_MAX = 10_000
const list = (rows: RawBuilder<unknown>) =>
  sql`coalesce((select jsonb_agg(to_jsonb(x)) from (${rows} limit ${ROWS_MAX}::int) x), '[]')`

/**
 * One statement, one row. Who took a call stands there as "staff". Calls are those of this number and those about tickets that lead to the proved
 * address; of a number with several people, those that were written down as this person's.
 * @param ids their tickets that lead to the proved address
 */
export async function aroundPerson(
  ctx: Reading,
  { person_id, channel, address }: ProvedPoint & { person_id: string },
  ids: readonly string[],
): Promise<CopiedAround> {
  const me = sql`${person_id}::uuid`
  const here = sql`${address}::text`
  // One number speaks by SMS and WhatsApp; a chat is one of Telegram.
  const speaks = sql`(case when k.channel = 'telegram' then 'telegram' when k.channel = 'email' then 'email' else 'phone' end = ${channel}::text)`
  const alone = sql`not exists (select from contact_points o where o.channel = ${channel}::text and o.normalised = ${here} and o.person_id <> ${me})`
  const own_numbers = sql`(select normalised from contact_points where person_id = ${me} and channel = 'phone')`
  const { rows } = await sql<CopiedAround>`select
    ${list(sql`select c.at, c.direction, c.our_number as line, c.number, c.state, c.answered_at, c.ended_at,
        case when c.agent_id is not null or c.answered_at is not null then 'staff' end as spoke_with, c.note, c.result, c.ticket_number::text as request,
        case when b.id is not null then jsonb_build_object('reason', b.reason, 'planned_at', b.planned_at, 'done_at', b.done_at) end as call_back
      from calls c left join call_backs b on b.id = c.call_back_id
      where (c.person_id = ${me} or (c.person_id is null and c.number in ${own_numbers}))
        and (c.ticket_id = any (${[...ids]}::uuid[]) or (c.number = ${here} and (c.person_id = ${me} or ${alone})))
      order by c.at, c.id`)} as calls,
    jsonb_build_object(
      'conversations', ${list(sql`select k.channel, k.stopped_at, k.last_in_at, k.continues_until, t.number::text as request
        from conversations k left join tickets t on t.id = k.ticket_id and t.id = any (${[...ids]}::uuid[])
        where ${speaks} and k.address = ${here} and ${alone} order by k.channel`)},
      'commands', ${list(sql`select channel, word, done_at, undone_at from text_commands k where ${speaks} and address = ${here} and ${alone} order by done_at, id`)},
      'blocked', ${list(sql`select reason, blocked_at, lifted_at from blocked_senders where channel = ${channel}::text and address = ${here} order by blocked_at, id`)},
      'muted', ${list(sql`select channel, status, muted_at, until, lifted_at from muted_addresses k where ${speaks} and address = ${here} order by muted_at, id`)},
      'suggested', ${list(sql`select suggested_at, name, answer, answered_at from suggested_participants where normalised = ${here} and ${alone} order by suggested_at, ticket_id`)}
    ) as address,
    ${list(sql`select words, made_at, settled_at from referral_objections where person_id = ${me} and ticket_id = any (${[...ids]}::uuid[]) order by made_at, id`)} as objections,
    ${list(sql`select a.kind, a.state, a.starts_on, a.ends_on, a.coverage, o.name as organisation, a.recorded_at, a.answered_at
      from agreements a join organisations o on o.id = a.organisation_id where a.asked_person_id = ${me} order by a.recorded_at, a.id`)} as agreements,
    ${list(sql`select c.side, c.name, c.addresses, a.contacts_shown_at as shown_at from paid_contacts c join paid_answers a on a.id = c.answer_id
      where c.person_id = ${me} order by a.id, c.side`)} as paid_contacts,
    jsonb_build_object(
      'duty', ${list(sql`select d.name as desk, u.channel, u.position, u.hours, u.since, u.ended_at, u.proven_at from duty_contacts u
        join desks d on d.id = u.desk_id join contact_points c on c.id = u.contact_point_id
        where u.person_id = ${me} and c.channel = ${channel}::text and c.normalised = ${here} order by u.since, u.id`)},
      'offers', ${list(sql`select code, state, offered_at, answered_at, answered_via as via, reason_code, reason_words as words from offers
        where answered_by = ${me} order by offered_at, id`)},
      'paid_answers', ${list(sql`select answer, answered_at, question, asked_at from paid_answers where answered_by = ${me} order by answered_at, id`)},
      'questions', ${list(sql`select asked_at, asked_via as via, question as words, closed_at from offer_questions where asked_by = ${me} order by asked_at, id`)},
      'proposals', ${list(sql`select title, kind, state, proposed_at, decided_at from competence_proposals where proposed_by = ${me} order by proposed_at, id`)}
    ) as provider_work,
    ${list(sql`select i.number::text, i.which_data, i.began_at, i.found_at, i.people_told_at as told_at from incident_people p
      join incidents i on i.id = p.incident_id where p.person_id = ${me} and not i.is_drill order by i.id`)} as incidents,
    ${list(sql`select t.number::text as request, g.reason, g.granted_at, g.until, g.revoked_at from grants g join tickets t on t.id = g.ticket_id
      where g.person_id = ${me} order by g.granted_at, g.id`)} as grants,
    ${list(sql`select name, created_at as since from people where merged_into = ${me} order by created_at, id`)} as merged_rows,
    (select jsonb_build_object('since', a.created_at, 'ended_at', a.disabled_at,
        'roles', ${list(sql`select role, granted_at from roles where person_id = ${me} order by role`)},
        'desks', ${list(sql`select d.name as desk, m.role, m.since from desk_members m join desks d on d.id = m.desk_id where m.person_id = ${me} order by m.since, d.id`)},
        'deputies', ${list(sql`select case when person_id = ${me} then 'is_replaced' else 'replaces' end as part, from_at, until_at, ended_at from deputies
          where person_id = ${me} or deputy_id = ${me} order by from_at, id`)})
      from accounts a where a.person_id = ${me}) as account`.execute(ctx.db)
  return rows[0]!
}
