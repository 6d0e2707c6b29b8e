import { sql } from 'kysely'
import type { StaffActor, Writing } from '../platform/context.ts'
import { recordAll, type NewFact } from '../platform/journal.ts'
import { mayInReferral } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import type { Judged, RuleCode } from './decide.ts'
import type { Weighed } from './find-candidates.ts'
import { openOffer } from './open-offer.ts'
import type { ReferralRow } from './referral-rows.ts'
import { weigh, type Weighing } from './weigh.ts'

/** Somebody chooses otherwise than the rules, and says why. */
export interface Choice {
  organisation_id: string
  reason: string
}

/**
 * Asks whom decide() names, or whom somebody chose: keeps the decision, opens the offer. Nobody can take it, or only the secretariat is
 * left: `unmet`, which the secretariat sees at once. Call with the ticket and the referral locked, and no offer open.
 * Answers the referral's new state. Records `referral.offered`, `referral.unmet`, `referral.chosen_otherwise`, `referral.shown`.
 */
export async function offerNext(
  ctx: Writing,
  referral: ReferralRow,
  given: { weighing?: Weighing; choice?: Choice | undefined } = {},
): Promise<'offered' | 'unmet'> {
  const first = given.weighing ?? (await weigh(ctx, referral, given.choice?.organisation_id))
  const { weighing, chosen } = given.choice
    ? { weighing: first, chosen: await chooseOtherwise(ctx, referral, first, given.choice) }
    : await placeOf(ctx, referral, first)
  await keepDecision(ctx, referral, weighing, chosen, given.choice)
  const to = chosen ? 'offered' : 'unmet'
  const tried = Object.keys(weighing.needed.refused_by).length
  const shown = referral.shown_at === null && (to === 'unmet' || tried >= weighing.policy.offers_until_shown)
  await sql`update referrals set state = ${to}, state_since = ${ctx.now}::timestamptz,
      shown_at = case when ${shown}::boolean then ${ctx.now}::timestamptz else shown_at end
    where id = ${referral.id}::uuid`.execute(ctx.tx)
  if (chosen) await openOffer(ctx, referral, chosen, weighing.policy)
  const about = { referral_id: referral.id }
  const { ticket_id } = referral
  const facts: NewFact[] = []
  if (given.choice)
    facts.push({ kind: 'referral.chosen_otherwise', ticket_id, about: { ...about, desk_id: chosen!.desk_id } })
  if (!chosen) facts.push({ kind: 'referral.unmet', ticket_id, about })
  if (shown) facts.push({ kind: 'referral.shown', ticket_id, about: { ...about, offers: tried } })
  await recordAll(ctx, facts)
  return to
}

const WEIGHINGS_MAX = 100

/**
 * Whom the rules name, with their place kept for us: of two who decide at once, the second waits here for the first, and weighs anew where the
 * first took the last free place of a desk's week.
 */
async function placeOf(
  ctx: Writing,
  referral: ReferralRow,
  first: Weighing,
): Promise<{ weighing: Weighing; chosen: Weighed | null }> {
  let weighing = first
  for (let times = 0; times < WEIGHINGS_MAX; times++) {
    const chosen = byTheRules(weighing)
    const full_at = chosen && (await takePlace(ctx, chosen.desk_id))
    if (!full_at) return { weighing, chosen }
    // What the first has written is later than the beginning of this transaction.
    weighing = await weigh({ ...ctx, now: full_at }, referral)
  }
  throw new Error('no place could be kept')
}

/** Null: the desk has a place, and nobody else takes it meanwhile. Else as of when it has none. */
async function takePlace(ctx: Writing, desk_id: string): Promise<Date | null> {
  const asked = sql`${desk_id}::uuid, ${ctx.now}::timestamptz`
  const { rows } =
    ctx.actor.kind === 'system'
      ? await sql<{ full_at: Date | null }>`select take_place(${asked}) as full_at`.execute(ctx.tx)
      : await sql<{ full_at: Date | null }>`select take_place_as_actor(${asked}) as full_at`.execute(ctx.tx)
  return rows[0]!.full_at
}

/** The secretariat is nobody whom one asks: that it is left means that nobody else can. */
function byTheRules({ decision, candidates }: Weighing): Weighed | null {
  const chosen = candidates.find(({ desk_id }) => desk_id === decision.chosen)
  return chosen && chosen.standing.kind !== 'secretariat' ? chosen : null
}

/** What no reason outweighs: without standing, paused, not offering this kind of help, or both sides of the same request. */
const FIRM: readonly RuleCode[] = ['standing', 'accepting', 'conflict', 'kind']

async function chooseOtherwise(
  ctx: Writing,
  referral: ReferralRow,
  weighing: Weighing,
  choice: Choice,
): Promise<Weighed> {
  const { candidates, decision } = weighing
  await refuseJudges(ctx, referral, candidates)
  const chosen = candidates.find(
    (one) => one.organisation_id === choice.organisation_id && one.standing.kind !== 'secretariat',
  )
  if (!chosen) refuse('invalid', 'referral.choose', [{ path: 'organisation_id', key: 'fault.no_candidate' }])
  const judged: Judged = decision.candidates.find(({ desk_id }) => desk_id === chosen.desk_id)!
  const against = judged.rules.find(({ code, passed }) => !passed && FIRM.includes(code))
  if (against) refuse('invalid', 'referral.choose', [{ path: 'organisation_id', key: `fault.choose_${against.code}` }])
  return chosen
}

/**
 * Nobody is judge in their own cause: whoever works for a candidate neither chooses nor overrides, whatever else they are. Refuses `forbidden`.
 * @param candidates everybody who was weighed
 */
export async function refuseJudges(
  ctx: Writing,
  referral: Pick<ReferralRow, 'referring_desk_id'>,
  candidates: readonly Pick<Weighed, 'organisation_id' | 'desk_id' | 'standing'>[],
): Promise<void> {
  const others = candidates.filter(({ standing }) => standing.kind !== 'secretariat')
  await refuseJudgesOf(
    ctx,
    referral,
    others.map(({ organisation_id }) => organisation_id),
  )
}

export async function refuseJudgesOf(
  ctx: Writing,
  { referring_desk_id }: Pick<ReferralRow, 'referring_desk_id'>,
  candidate_organisation_ids: readonly string[],
): Promise<void> {
  const organisation_ids = ctx.actor.kind === 'staff' ? await organisationsOf(ctx, ctx.actor) : []
  const may = mayInReferral(ctx.actor, 'choose', {
    ticket: { holder_desk_id: referring_desk_id },
    referral: { candidate_organisation_ids, offered_organisation_id: null },
    organisation_ids,
  })
  if (!may) refuse('forbidden', 'referral.own_cause')
}

/** For whom somebody works: members and partners, and the government whose desk they sit at. */
async function organisationsOf(ctx: Writing, actor: StaffActor): Promise<string[]> {
  const { rows } = await sql<{
    organisation_id: string
  }>`select coalesce(organisation_id, id) as organisation_id from desks
    where id = any (${actor.desks.map(({ id }) => id)}::uuid[]) and kind = 'own_unit'`.execute(ctx.db)
  return [...(actor.providers ?? []), ...rows].map(({ organisation_id }) => organisation_id)
}

async function keepDecision(
  ctx: Writing,
  referral: ReferralRow,
  { needed, candidates, policy, seed, decision }: Weighing,
  chosen: Weighed | null,
  choice: Choice | undefined,
): Promise<void> {
  const by = choice && 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const organisation_ids = candidates
    .filter(({ standing }) => standing.kind !== 'secretariat')
    .map((one) => one.organisation_id)
  await sql`insert into referral_decisions (referral_id, number, at, policy_version, seed, needed, candidates, decision, chosen_desk_id, chosen_by, reason,
      organisation_ids)
    values (${referral.id}::uuid, coalesce((select max(number) from referral_decisions where referral_id = ${referral.id}::uuid), 0) + 1,
      ${ctx.now}::timestamptz, ${policy.version}, ${seed}, ${JSON.stringify(needed)}::jsonb, ${JSON.stringify(candidates)}::jsonb,
      ${JSON.stringify(decision)}::jsonb, ${chosen?.desk_id ?? null}::uuid, ${by}::uuid, ${by && choice ? choice.reason : null}::text,
      ${organisation_ids}::uuid[])`.execute(ctx.tx)
}
