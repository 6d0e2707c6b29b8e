import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { may } from '../platform/may.ts'
import { findTicket, stateAfter } from '../tickets/index.ts'
import { coursesOf } from './change-course.ts'
import { declineReasons } from './decline-offer.ts'
import { questionsOfTicket, type SeenQuestion } from './list-questions.ts'
import { listReferrals, toCandidates, type SeenCandidate, type SeenReferral } from './see-referral.ts'
import { suggestSummary } from './suggest-summary.ts'
import { weigh } from './weigh.ts'

/** What a ticket's page shows of its referrals, and what one may do there. */
export interface ReferralWork {
  live: SeenReferral | null
  past: SeenReferral[]
  may: { refer: boolean; choose: boolean; withdraw: boolean; answer: boolean }
  /** Region or topic are another one than when it was referred, and nobody has said what shall happen. */
  changed: boolean
  objection: { words: string; made_at: Date } | null
  /** What organisations asked about it, oldest first, and what was answered; as far as the actor may read it. */
  questions: (SeenQuestion & { who: string; may_name: boolean })[]
  /** The offer that is the actor's own to answer, or to give back. */
  own: { id: string; state: string; due_at: Date } | null
  reasons: readonly string[]
  /** Only when asked for: the summary as it would be told, and who would be asked. */
  draft: { summary: string; candidates: SeenCandidate[] } | null
}

interface Row {
  changed: boolean
  objection: { words: string; made_at: string } | null
  region_code: string | null
  topic_code: string | null
  competence_code: string | null
  level: 1 | 2 | 3 | null
  kind: 'free' | 'paid'
  organisation_id: string | null
}

/** `drafts`: whoever is about to refer wants to see summary and candidates first. */
export async function seeReferralWork(
  ctx: Reading,
  { ticket_id, drafts }: { ticket_id: string; drafts: boolean },
): Promise<ReferralWork> {
  const [ticket, referrals, questions, { rows }] = await Promise.all([
    findTicket(ctx, ticket_id),
    listReferrals(ctx, { ticket_id }),
    questionsOfTicket(ctx, ticket_id),
    sql<Row>`${keptPlan}select t.region_code, t.topic_code, w.competence_code, w.level, case when t.kind = 'paid' then 'paid' else 'free' end as kind,
        t.organisation_id,
        exists (select from referrals r where r.ticket_id = t.id and r.ended_at is null and ${coursesOf} <> concat_ws('/', r.region_code, coalesce(r.topic_code, ''))
          and r.kept_for is distinct from ${coursesOf}) as changed,
        (select json_build_object('words', o.words, 'made_at', o.made_at) from referral_objections o
           where o.ticket_id = t.id and o.settled_at is null order by o.id limit 1) as objection
      from tickets t left join topics w on w.code = t.topic_code where t.id = ${ticket_id}::uuid`.execute(ctx.db),
  ])
  const row = rows[0]!
  const live = referrals.find(({ ended_at }) => ended_at === null) ?? null
  const chooses = may(ctx.actor, 'ticket.choose_provider', {
    ...ticket,
    holder_desk_id: live?.referring_desk?.id ?? ticket.holder_desk_id,
  })
  const possible = chooses && ticket.spam_at === null && stateAfter('refer', ticket.state) !== null
  const free = live === null || live.state === 'unmet' || live.state === 'returned'
  const own_desks =
    ctx.actor.kind === 'staff' ? [...(ctx.actor.providers ?? []), ...ctx.actor.desks].map(({ id }) => id) : []
  const offer = live?.offers.findLast(
    ({ state, desk }) => (state === 'open' || state === 'accepted') && own_desks.includes(desk.id),
  )
  return {
    live,
    past: referrals.filter((one) => one !== live),
    may: {
      refer: possible && free,
      choose: possible && (free || live.state === 'offered'),
      withdraw: chooses && live !== null,
      answer: chooses,
    },
    changed: chooses && row.changed,
    objection: row.objection && { ...row.objection, made_at: new Date(row.objection.made_at) },
    questions: questions.map((question) => {
      const asked = referrals.flatMap(({ offers }) => offers).find(({ id }) => id === question.offer_id)
      return { ...question, who: asked?.organisation.name ?? '', may_name: asked?.state === 'accepted' }
    }),
    own: offer ? { id: offer.id, state: offer.state, due_at: offer.due_at } : null,
    reasons: declineReasons,
    draft: drafts && possible ? await draftOf(ctx, ticket_id, row) : null,
  }
}

async function draftOf(ctx: Reading, ticket_id: string, row: Row): Promise<ReferralWork['draft']> {
  const summary = await suggestSummary(ctx, ticket_id)
  if (row.region_code === null || row.topic_code === null) return { summary, candidates: [] }
  const { decision, candidates } = await weigh(ctx, { ...row, id: ticket_id, ticket_id, region_code: row.region_code })
  return { summary, candidates: await toCandidates(ctx, decision, candidates) }
}
