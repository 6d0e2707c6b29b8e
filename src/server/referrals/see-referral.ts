import { sql } from 'kysely'
import type { Language, Reading } from '../platform/context.ts'
import { keptPlan } from '../platform/database.ts'
import { refuse } from '../platform/refusal.ts'
import { seen } from '../platform/sights.ts'
import { listCompetences } from '../desks/index.ts'
import type { Decision } from './decide.ts'
import type { Weighed } from './find-candidates.ts'
import type { ReferralState } from './referral-rows.ts'
import { ruleSentence, whySentence, type Explained } from './why.ts'

interface Named {
  id: string
  name: string
}

export interface SeenOffer {
  id: string
  number: number
  desk: Named
  organisation: Named
  state: string
  offered_at: Date
  due_at: Date
  /** It could not be told yet: its time has not begun. */
  held: boolean
  answered_at: Date | null
  answered_via: string | null
  reason_code: string | null
  reason_words: string | null
  ended_at: Date | null
}

export interface SeenCandidate {
  desk_id: string
  organisation: Named
  is_secretariat: boolean
  eligible: boolean
  position: number | null
  /** Why it is asked, or why not, in one sentence. */
  sentence: string
  rules: { code: string; passed: boolean; sentence: string }[]
}

export interface SeenDecision {
  number: number
  at: Date
  policy: string
  seed: string
  /** The organisation that was asked; null when nobody could be. */
  chosen: string | null
  /** Somebody chose otherwise than the rules. */
  chosen_by: Named | null
  reason: string | null
  candidates: SeenCandidate[]
}

export interface SeenReferral {
  id: string
  /** Null for whoever was asked and has not accepted. */
  ticket: { id: string; number: string } | null
  state: ReferralState
  state_since: Date
  kind: 'free' | 'paid'
  holder: { desk: Named; agent: Named | null; since: Date } | null
  referring_desk: Named | null
  region: { code: string; name: string }
  topic: { code: string; name_id: string; name_en: string } | null
  summary: string
  opened_at: Date
  shown_at: Date | null
  ended_at: Date | null
  offers: SeenOffer[]
  /** The newest; null for whoever does not work tickets. */
  decision: SeenDecision | null
}

type Row = Omit<SeenReferral, 'decision'> & {
  decision: {
    number: number
    at: string
    policy_version: string
    seed: string
    candidates: Weighed[]
    decision: Decision
    chosen_desk_id: string | null
    chosen_by: Named | null
    reason: string | null
  } | null
  time_zone: string
}

const OFFERS_MAX = 200
const REFERRALS_MAX = 50

const OFFER = sql`json_build_object('id', o.id, 'number', o.number, 'desk', json_build_object('id', d.id, 'name', d.name),
    'organisation', (select json_build_object('id', g.id, 'name', g.name) from organisations g where g.id = o.organisation_id), 'state', o.state,
    'offered_at', o.offered_at, 'due_at', o.due_at, 'held', o.held_since is not null, 'answered_at', o.answered_at, 'answered_via', o.answered_via, 'reason_code', o.reason_code,
    'reason_words', o.reason_words, 'ended_at', o.ended_at)`

const COLUMNS = sql`r.id, json_build_object('id', t.id, 'number', t.number::text) as ticket, r.state, r.state_since, r.kind,
    json_build_object('desk', json_build_object('id', h.id, 'name', h.name), 'since', t.holder_since,
      'agent', (select json_build_object('id', p.id, 'name', p.name) from people p where p.id = t.holder_person_id)) as holder,
    json_build_object('id', f.id, 'name', f.name) as referring_desk, f.time_zone,
    (select json_build_object('code', w.code, 'name', w.name) from regions w where w.code = r.region_code) as region,
    (select json_build_object('code', w.code, 'name_id', w.name_id, 'name_en', w.name_en) from topics w where w.code = r.topic_code) as topic,
    r.summary, r.opened_at, r.shown_at, r.ended_at,
    (select coalesce(json_agg(${OFFER} order by o.number), '[]') from (select * from offers where referral_id = r.id order by number desc limit ${OFFERS_MAX}::int) o
       join desks d on d.id = o.desk_id) as offers,
    (select json_build_object('number', c.number, 'at', c.at, 'policy_version', c.policy_version, 'seed', c.seed, 'candidates', c.candidates,
        'decision', c.decision, 'chosen_desk_id', c.chosen_desk_id, 'reason', c.reason,
        'chosen_by', (select json_build_object('id', p.id, 'name', p.name) from people p where p.id = c.chosen_by))
       from referral_decisions c where c.referral_id = r.id order by c.number desc limit 1) as decision`
const FROM = sql`from referrals r join tickets t on t.id = r.ticket_id join desks h on h.id = t.holder_desk_id join desks f on f.id = r.referring_desk_id`

/**
 * One referral with its offers and why it went where it went. Whoever was asked and has not accepted sees their own offer and nothing that
 * names anybody; `not_found` for all others who do not see the ticket.
 */
export async function seeReferral(ctx: Reading, { referral_id }: { referral_id: string }): Promise<SeenReferral> {
  const { rows } = await sql<Row>`${keptPlan}select ${COLUMNS} ${FROM} where r.id = ${referral_id}::uuid`.execute(
    ctx.db,
  )
  if (!rows[0]) return seeAsAsked(ctx, referral_id)
  seen(ctx, 'ticket.seen', { ticket_id: rows[0].ticket!.id })
  return toSeen(rows[0], await explained(ctx))
}

/** All referrals of a ticket, the newest first. */
export async function listReferrals(ctx: Reading, { ticket_id }: { ticket_id: string }): Promise<SeenReferral[]> {
  const { rows } = await sql<Row>`${keptPlan}select ${COLUMNS} ${FROM} where r.ticket_id = ${ticket_id}::uuid
    order by r.id desc limit ${REFERRALS_MAX}::int`.execute(ctx.db)
  if (rows.length === 0) return []
  const told = await explained(ctx)
  return rows.map((row) => toSeen(row, told))
}

/** The offers that were made to those for whom the actor works. */
async function seeAsAsked(ctx: Reading, referral_id: string): Promise<SeenReferral> {
  const { rows } = await sql<
    SeenOffer & { kind: 'free' | 'paid'; summary: string; region: SeenReferral['region']; topic: SeenReferral['topic'] }
  >`
    ${keptPlan}select o.*, o.kind, o.summary, o.held_since is not null as held, (select json_build_object('code', w.code, 'name', w.name) from regions w where w.code = coalesce(o.region_code, o.province_code)) as region,
      (select json_build_object('code', w.code, 'name_id', w.name_id, 'name_en', w.name_en) from topics w where w.code = o.topic_code) as topic,
      json_build_object('id', d.id, 'name', d.name) as desk,
      (select json_build_object('id', g.id, 'name', g.name) from organisations g where g.id = o.organisation_id) as organisation
    from offers o join desks d on d.id = o.desk_id where o.referral_id = ${referral_id}::uuid order by o.number limit ${OFFERS_MAX}::int`.execute(
    ctx.db,
  )
  const last = rows.at(-1) ?? refuse('not_found', 'referral.unknown')
  return {
    id: referral_id,
    ticket: null,
    state: 'offered',
    state_since: last.offered_at,
    kind: last.kind,
    holder: null,
    referring_desk: null,
    region: last.region,
    topic: last.topic,
    summary: last.summary,
    opened_at: rows[0]!.offered_at,
    shown_at: null,
    ended_at: null,
    offers: rows.map((row) => ({
      id: row.id,
      number: row.number,
      desk: row.desk,
      organisation: row.organisation,
      state: row.state,
      offered_at: row.offered_at,
      due_at: row.due_at,
      held: row.held,
      answered_at: row.answered_at,
      answered_via: row.answered_via,
      reason_code: row.reason_code,
      reason_words: row.reason_words,
      ended_at: row.ended_at,
    })),
    decision: null,
  }
}

async function explained(ctx: Reading): Promise<Omit<Explained, 'zone'>> {
  const language: Language = ctx.actor.kind === 'staff' ? ctx.actor.language : 'id'
  const words = await listCompetences(ctx, { all: true })
  const competences = new Map(words.map((word) => [word.code, language === 'id' ? word.name_id : word.name_en]))
  return { language, competences }
}

function toSeen({ time_zone, decision, ...row }: Row, words: Omit<Explained, 'zone'>): SeenReferral {
  const offers = row.offers.map((offer) => ({
    ...offer,
    offered_at: new Date(offer.offered_at),
    due_at: new Date(offer.due_at),
    answered_at: offer.answered_at && new Date(offer.answered_at),
    ended_at: offer.ended_at && new Date(offer.ended_at),
  }))
  const holder = row.holder && { ...row.holder, since: new Date(row.holder.since) }
  return { ...row, holder, offers, decision: decision && toDecision(decision, { ...words, zone: time_zone }) }
}

function toDecision(kept: NonNullable<Row['decision']>, told: Explained): SeenDecision {
  const chosen = kept.candidates.find(({ desk_id }) => desk_id === kept.chosen_desk_id)
  return {
    number: kept.number,
    at: new Date(kept.at),
    policy: kept.policy_version,
    seed: kept.seed,
    chosen: chosen?.organisation_id ?? null,
    chosen_by: kept.chosen_by,
    reason: kept.reason,
    candidates: candidatesOf(kept.decision, kept.candidates, told),
  }
}

/** Everybody who was weighed, each with one sentence, in the order of the decision. */
export async function toCandidates(
  ctx: Reading,
  decision: Decision,
  candidates: readonly Weighed[],
): Promise<SeenCandidate[]> {
  return candidatesOf(decision, candidates, { ...(await explained(ctx)), zone: 'Asia/Jakarta' })
}

function candidatesOf(decision: Decision, candidates: readonly Weighed[], told: Explained): SeenCandidate[] {
  const byDesk = new Map(candidates.map((one) => [one.desk_id, one]))
  return decision.candidates.map((judged) => {
    const { organisation_id, name } = byDesk.get(judged.desk_id)!
    return {
      desk_id: judged.desk_id,
      organisation: { id: organisation_id, name },
      is_secretariat: byDesk.get(judged.desk_id)!.standing.kind === 'secretariat',
      eligible: judged.eligible,
      position: judged.position,
      sentence: whySentence(judged, told),
      rules: judged.rules.map((rule) => ({ code: rule.code, passed: rule.passed, sentence: ruleSentence(rule, told) })),
    }
  })
}
