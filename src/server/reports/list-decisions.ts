import { sql, type RawBuilder } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { maskedIn } from '../platform/mask-nik.ts'
import { must } from '../platform/may.ts'
import { seen } from '../platform/sights.ts'

/** Why something waits for the secretariat, in the order in which the page names them. */
export const decisionKinds = [
  /** Nobody can take it. */
  'unmet',
  /** Nobody has taken it within three offers or a working day. */
  'shown',
  'returned',
  /** Region or topic is not known, though the requester was asked. */
  'asked',
  'objection',
  /** Whoever was asked wants to know something before they answer. */
  'question',
  'held',
  'follow_up',
  /** Solved by mail or SMS: the four fields are to be filled in properly. */
  'incomplete',
  'application',
  'renewal',
  /** A term ends soon and nobody has asked for the next. */
  'term',
  /** A partner in whose province a member is willing. */
  'review',
  /** A member or partner says what else it can do, with what shows it. */
  'competence',
] as const
export type DecisionKind = (typeof decisionKinds)[number]

export interface Decision {
  kind: DecisionKind
  /** Of the referral, objection, mail, resolution, application, term or review; of the ticket where that itself waits. */
  id: string
  since: Date
  ticket: { id: string; number: string; subject: string } | null
  /** The suspected ticket of a possible follow-up; where a held mail would go. */
  other: { number: string; subject: string } | null
  /** The institution that applies, the partner, the sender. */
  name: string | null
  /** The member that is willing, and where. */
  member: string | null
  province: string | null
  /** Of an application. */
  number: string | null
  /** By when, of a term and of a review. */
  due_at: Date | null
  /** What the requester objects; the beginning of a held mail. */
  words: string | null
  /** Where it is decided, of a competence: the desk's profile. */
  desk_id: string | null
  /** What stands in a resolution that is to be completed. */
  resolution: { problem: string; cause: string | null; alternatives: string | null; steps: string } | null
}

/** More are counted as "99+" and stand on the page as soon as the older ones are done. */
export const DECISIONS_MAX = 99
const WORDS_MAX = 600
/** As long as the second reminder leads: whoever has not answered by then is to be called. */
const TERM_DAYS = 30
/** So long a requester may think about what they were asked. */
const SILENT_DAYS = 3
/** What was asked longer ago was closed for silence, or stands in the queue as any other request. */
const ASKED_DAYS = 60

export interface Decisions {
  items: Decision[]
  /** How many of each kind; 100 stands for more than 99. */
  counts: Record<DecisionKind, number>
}

/**
 * Everything that waits for the secretariat's decision, what waits longest first, at most 99: of all desks what moves no further by itself
 * (nobody can take it, nobody has taken it, given back, objections); of what lies with the secretariat or with a member or partner also what
 * a desk decides about its own tickets (held mail, possible follow-ups, what was asked, resolutions to be completed); applications, terms
 * and reviews. One statement. The secretariat and administrators only; a look at others' words is recorded.
 */
export async function listDecisions(
  ctx: Reading,
  question: { kind?: DecisionKind | undefined } = {},
): Promise<Decisions> {
  must(ctx.actor, 'decision.list')
  const { rows } = await sql<{
    items: (Omit<Decision, 'since' | 'due_at'> & { since: string; due_at: string | null })[]
    counts: Partial<Decisions['counts']>
  }>`${keptPlan}with waiting as materialized (${everything(ctx.now)}),
    page as (select * from waiting where ${question.kind ?? null}::text is null or kind = ${question.kind ?? null}::text
      order by since, id limit ${DECISIONS_MAX}::int)
    select (select coalesce(json_object_agg(kind, many), '{}') from (select kind, count(*)::int as many from waiting group by kind) c) as counts,
      (select coalesce(json_agg(json_build_object('kind', p.kind, 'id', p.id, 'since', p.since,
          'ticket', case when t.id is not null then json_build_object('id', t.id, 'number', t.number::text, 'subject', t.subject) end,
          'other', case when o.id is not null then json_build_object('number', o.number::text, 'subject', o.subject) end,
          'name', coalesce(ao.name, a.form->'institution'->>'name', fo.name, qd.name, cd.name, i.sender_name, i.sender_address),
          'member', mo.name, 'province', g.name, 'number', a.number::text,
          'due_at', case p.kind when 'term' then f.ends_at when 'review' then v.due_at end,
          'words', left(coalesce(j.words, i.text, oq.question, cp.title), ${WORDS_MAX}::int),
          'desk_id', cp.desk_id,
          'resolution', case when s.id is not null then
            json_build_object('problem', s.problem, 'cause', s.cause, 'alternatives', s.alternatives, 'steps', s.steps) end)
          order by p.since, p.id), '[]')
        from page p
        left join tickets t on t.id = p.ticket_id
        left join tickets o on o.id = t.possible_ticket_id and p.kind = 'follow_up'
        left join referral_objections j on j.id = p.id and p.kind = 'objection'
        left join intake_items i on i.id = p.id and p.kind = 'held'
        left join offer_questions oq on oq.id = p.id and p.kind = 'question'
        left join desks qd on qd.id = oq.desk_id
        left join competence_proposals cp on cp.id = p.id and p.kind = 'competence'
        left join desks cd on cd.id = cp.desk_id
        left join resolutions s on s.id = p.id and s.ticket_id = p.ticket_id and p.kind = 'incomplete'
        left join applications a on a.id = p.id and p.kind in ('application', 'renewal')
        left join organisations ao on ao.id = a.organisation_id
        left join partner_reviews v on v.id = p.id and p.kind = 'review'
        left join representations w on w.id = v.representation_id
        left join organisations mo on mo.id = w.organisation_id
        left join regions g on g.code = v.province_code
        left join affiliations f on f.id = case p.kind when 'term' then p.id else v.affiliation_id end
        left join organisations fo on fo.id = f.organisation_id) as items`.execute(ctx.db)
  const { items, counts } = rows[0]!
  if (items.some(({ kind }) => kind === 'application' || kind === 'renewal')) seen(ctx, 'application.listed')
  if (items.some(({ kind }) => kind === 'held')) seen(ctx, 'intake.listed')
  return {
    items: items.map((item) => ({
      ...maskedIn(item, ['words', 'name']),
      ticket: item.ticket && maskedIn(item.ticket, ['subject']),
      other: item.other && maskedIn(item.other, ['subject']),
      since: new Date(item.since),
      due_at: item.due_at === null ? null : new Date(item.due_at),
    })),
    counts: Object.fromEntries(decisionKinds.map((kind) => [kind, counts[kind] ?? 0])) as Decisions['counts'],
  }
}

/** How many wait in all, for the way to the page: 100 stands for more than 99. The same who may. */
export async function countDecisions(ctx: Reading): Promise<number> {
  must(ctx.actor, 'decision.list')
  const { rows } = await sql<{ many: number }>`${keptPlan}select count(*)::int as many
    from (select from (${everything(ctx.now)}) w limit ${DECISIONS_MAX + 1}::int) counted`.execute(ctx.db)
  return rows[0]!.many
}

/** Each kind by its own index, the oldest hundred of each: so the oldest hundred of all are among them. */
function everything(now: Date): RawBuilder<unknown> {
  const moment = sql`${now}::timestamptz`
  const inState = (
    state: 'unmet' | 'returned',
  ) => sql`select ${sql.lit(state)} as kind, r.state_since as since, r.id, r.ticket_id
    from referrals r where r.ended_at is null and r.state = ${sql.lit(state)}`
  const applied = (kind: 'application' | 'renewal') => sql`select ${sql.lit(kind)}, a.state_since, a.id, null::uuid
    from applications a where a.state = 'received' and a.renews_id is ${kind === 'renewal' ? sql`not null` : sql`null`}`
  const branches = [
    inState('unmet'),
    sql`select 'shown', r.shown_at, r.id, r.ticket_id from referrals r
      where r.ended_at is null and r.state = 'offered' and r.shown_at is not null`,
    inState('returned'),
    sql`select 'asked', q.since, t.id, t.id
      from (select ticket_id, min(asked_at) as since, array_agg(asks) as asks from referral_questions
        where asks in ('region', 'topic') and asked_for = 'referral' and asked_at > ${moment} - make_interval(days => ${sql.lit(ASKED_DAYS)}) group by ticket_id) q
      join tickets t on t.id = q.ticket_id and t.spam_at is null and (t.state in ('new', 'open')
          or (t.state = 'waiting' and q.since < ${moment} - make_interval(days => ${sql.lit(SILENT_DAYS)})))
        and ((t.region_code is null and 'region' = any (q.asks)) or (t.topic_code is null and 'topic' = any (q.asks)))
      where ${isOurs(sql`t.holder_desk_id`)} and not exists (select from referrals r where r.ticket_id = t.id and r.ended_at is null)`,
    sql`select 'objection', j.made_at, j.id, j.ticket_id from referral_objections j where j.settled_at is null`,
    sql`select 'question', q.asked_at, q.id, q.ticket_id from offer_questions q where q.closed_at is null and ${isOurs(sql`q.referring_desk_id`)}`,
    sql`select 'held', i.received_at, i.id, t.id from intake_items i join tickets t on t.id = i.possible_ticket_id
      where i.outcome = 'quarantined' and i.possible_ticket_id is not null and i.reason in ('sender_doubtful', 'forwarded')
        and ${isOurs(sql`t.holder_desk_id`)}`,
    sql`select 'follow_up', t.created_at, t.id, t.id from tickets t
      where t.possible_ticket_id is not null and t.spam_at is null and t.state <> 'closed' and ${isOurs(sql`t.holder_desk_id`)}`,
    sql`select 'incomplete', s.to_complete_since, s.id, s.ticket_id from resolutions s join tickets t on t.id = s.ticket_id
      where s.to_complete_since is not null and s.reopened_at is null and ${isOurs(sql`t.holder_desk_id`)}`,
    applied('application'),
    applied('renewal'),
    sql`select 'term', f.ends_at - make_interval(days => ${sql.lit(TERM_DAYS)}), f.id, null::uuid from affiliations f
      where f.ended_at is null and f.ends_at is not null and f.ends_at > ${moment} and f.ends_at < ${moment} + make_interval(days => ${sql.lit(TERM_DAYS)})
        and not exists (select from applications a where a.renews_id = f.id and a.state in ('received', 'asked', 'approved'))`,
    sql`select 'competence', cp.proposed_at, cp.id, null::uuid from competence_proposals cp where cp.state = 'waiting'`,
    sql`select 'review', v.made_at, v.id, null::uuid from partner_reviews v where v.outcome is null`,
  ]
  const bounded = branches.map((branch) => sql`(${branch} order by 2, 3 limit ${sql.lit(DECISIONS_MAX + 1)})`)
  return sql.join(bounded, sql` union all `)
}

/** Other desks decide about their own. A member or partner decides nothing of these, so what it holds is the secretariat's, too. */
const isOurs = (desk_id: RawBuilder<unknown>) =>
  sql`${desk_id} = any (array(select d.id from desks d where d.kind in ('secretariat', 'provider')))`
