import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { mustHaveSignedInRecently } from '../platform/recent-sign-in.ts'
import { refuse } from '../platform/refusal.ts'
import { activePolicy } from './policies.ts'
import type { Policy } from './policy.ts'
import { tryPolicy, type Trial } from './try-policy.ts'

const number = (min: number, max: number) =>
  z.coerce.number('fault.number').int('fault.number').min(min, 'fault.range').max(max, 'fault.range')

/** The numbers of new rules with their bounds: days, cases, working minutes, offers. */
export const policyBounds = {
  window_days: [7, 365],
  starting_allowance: [1, 1_000],
  offer_minutes: [15, 2_400],
  offer_minutes_urgent: [15, 2_400],
  offers_until_shown: [1, 20],
  minutes_until_shown: [15, 4_200],
} as const satisfies Record<Exclude<keyof Policy, 'version'>, readonly [number, number]>
export const policyNumbers = Object.keys(policyBounds) as (keyof typeof policyBounds)[]

export const SavePolicy = z.strictObject({
  window_days: number(...policyBounds.window_days),
  starting_allowance: number(...policyBounds.starting_allowance),
  offer_minutes: number(...policyBounds.offer_minutes),
  offer_minutes_urgent: number(...policyBounds.offer_minutes_urgent),
  offers_until_shown: number(...policyBounds.offers_until_shown),
  minutes_until_shown: number(...policyBounds.minutes_until_shown),
  reason: z.string().trim().min(3, 'fault.required').max(2_000),
})
export type SavePolicy = z.infer<typeof SavePolicy>

/**
 * New rules of referral, kept with their reason and run dry on the last 90 days; they count only when activatePolicy() says from when. For the
 * secretariat's coordinators and administrators who signed in a moment ago. Refuses `conflict` (referral_policy.same) where no number differs from
 * those that count today. Records `referral_policy.saved`.
 */
export async function savePolicy(
  ctx: Writing,
  { reason, ...numbers }: SavePolicy,
): Promise<{ version: string; trial: Trial }> {
  mustCoordinateAll(ctx.actor)
  mustHaveSignedInRecently(ctx)
  const active = await activePolicy(ctx)
  if (policyNumbers.every((name) => numbers[name] === active[name])) refuse('conflict', 'referral_policy.same')
  // Two who save at once get a number each.
  await sql`select pg_advisory_xact_lock(hashtext('referral policies'))`.execute(ctx.tx)
  const { rows } = await sql<{
    version: string
  }>`select (coalesce(max(version::int) filter (where version ~ '^[0-9]{1,8}$'), 0) + 1)::text as version from referral_policies`.execute(
    ctx.db,
  )
  const { version } = rows[0]!
  const policy: Policy = { version, ...numbers }
  const trial = await tryPolicy(ctx, policy)
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  await sql`insert into referral_policies (version, policy, saved_at, saved_by, reason)
    values (${version}, ${JSON.stringify(policy)}::jsonb, ${ctx.now}::timestamptz, ${by}::uuid, ${reason})`.execute(
    ctx.tx,
  )
  await sql`insert into referral_policy_trials (version, trial, tried_at, tried_by)
    values (${version}, ${JSON.stringify(trial)}::jsonb, ${ctx.now}::timestamptz, ${by}::uuid)`.execute(ctx.tx)
  await record(ctx, 'referral_policy.saved', { about: { version, decided: trial.decided, moved: trial.moved } })
  return { version, trial }
}

export const ActivatePolicy = z.strictObject({
  version: z.string().min(1).max(40),
  /** The first day, by the secretariat's clock; today: from now on. */
  from_day: z.iso.date('fault.date'),
})
export type ActivatePolicy = z.infer<typeof ActivatePolicy>

const DAYS_AHEAD_MAX = 366

/**
 * Says from when rules that were run dry count; also anew, until that day. Those who may save may do it. Refuses `not_found`; `conflict`
 * (referral_policy.counts) for rules that count or have counted; `invalid` for a day before today or more than a year ahead. Records
 * `referral_policy.activated`.
 */
export async function activatePolicy(
  ctx: Writing,
  { version, from_day }: ActivatePolicy,
): Promise<{ active_from: Date }> {
  mustCoordinateAll(ctx.actor)
  mustHaveSignedInRecently(ctx)
  const { rows } = await sql<{ active_from: Date | null; at: Date; is_past: boolean; is_far: boolean }>`
    with today as (select d.time_zone as zone, (${ctx.now}::timestamptz at time zone d.time_zone)::date as day
      from desks d where d.kind = 'secretariat' order by d.id limit 1)
    select p.active_from, greatest((${from_day}::date)::timestamp at time zone zone, ${ctx.now}::timestamptz) as at,
      ${from_day}::date < day as is_past, ${from_day}::date > day + ${DAYS_AHEAD_MAX}::int as is_far
    from referral_policies p, today where p.version = ${version}`.execute(ctx.db)
  const found = rows[0] ?? refuse('not_found', 'referral_policy')
  if (found.is_past || found.is_far)
    refuse('invalid', 'form', [{ path: 'from_day', key: found.is_past ? 'fault.policy_past' : 'fault.policy_far' }])
  const { numAffectedRows } = await sql`update referral_policies set active_from = ${found.at}::timestamptz
    where version = ${version} and (active_from is null or active_from > ${ctx.now}::timestamptz)
      and exists (select from referral_policy_trials t where t.version = referral_policies.version)`.execute(ctx.tx)
  if (numAffectedRows !== 1n) refuse('conflict', 'referral_policy.counts')
  await record(ctx, 'referral_policy.activated', { about: { version, active_from: found.at.toISOString() } })
  return { active_from: found.at }
}
