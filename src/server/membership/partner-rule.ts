import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'

/** A term of an organisation's standing, as far as the rule looks at it. */
export interface Term {
  organisation_id: string
  kind: 'member' | 'partner'
  starts_at: Date
  ends_at: Date | null
  suspended_at: Date | null
  ended_at: Date | null
}
/** That an organisation represents a province: a member that is willing, a partner that was admitted. */
export interface Representation {
  organisation_id: string
  kind: 'member' | 'partner'
  province_code: string
  since: Date
  until: Date | null
}

/** Whether a term counts at a moment: begun, not over, neither suspended nor ended. */
export const isLive = (term: Omit<Term, 'organisation_id' | 'kind'>, at: Date): boolean =>
  term.starts_at <= at &&
  (term.ends_at === null || term.ends_at > at) &&
  term.suspended_at === null &&
  (term.ended_at === null || term.ended_at > at)

/**
 * The members that are willing to represent a province at a moment. Willing is a dated row of a member whose own standing counts then:
 * membership alone is not willingness, and nor is the word of somebody who is suspended or no member any more. A province is its code:
 * when it is split, nobody is willing for the new one until they say so.
 */
export function willingMembers(
  province_code: string,
  at: Date,
  { terms, representations }: { terms: readonly Term[]; representations: readonly Representation[] },
): string[] {
  const members = new Set(
    terms.filter((term) => term.kind === 'member' && isLive(term, at)).map(({ organisation_id }) => organisation_id),
  )
  const willing = representations.filter(
    (one) =>
      one.kind === 'member' &&
      one.province_code === province_code &&
      one.since <= at &&
      (one.until === null || one.until > at) &&
      members.has(one.organisation_id),
  )
  return [...new Set(willing.map(({ organisation_id }) => organisation_id))].sort()
}

/**
 * The partner rule: a partner is admitted, or renewed, only for provinces where no member is willing. It says nothing about a term
 * that runs: until its end a partner stays eligible, after the eligible members of the same tier.
 * @returns the provinces for which the rule stands in the way, each with the members that are willing
 */
export function standInTheWay(
  provinces: readonly string[],
  at: Date,
  known: Parameters<typeof willingMembers>[2],
): { province_code: string; organisation_ids: string[] }[] {
  return provinces
    .map((province_code) => ({ province_code, organisation_ids: willingMembers(province_code, at, known) }))
    .filter(({ organisation_ids }) => organisation_ids.length > 0)
}

export interface WillingMember {
  province_code: string
  organisation_id: string
  name: string
  representation_id: string
  since: Date
}

/** The same question to the database: who is willing in these provinces now, the longest first. {@link willingMembers} is its twin; a test holds them together. */
export async function findWilling(ctx: Reading, provinces: readonly string[]): Promise<WillingMember[]> {
  if (provinces.length === 0) return []
  const { rows } = await sql<WillingMember>`
    select r.province_code, r.organisation_id, o.name, r.id as representation_id, r.since
    from representations r join organisations o on o.id = r.organisation_id
    where r.kind = 'member' and r.province_code = any (${[...provinces]}::text[])
      and r.since <= ${ctx.now}::timestamptz and (r.until is null or r.until > ${ctx.now}::timestamptz)
      and exists (select from affiliations a where a.organisation_id = r.organisation_id and a.kind = 'member'
        and a.starts_at <= ${ctx.now}::timestamptz and (a.ends_at is null or a.ends_at > ${ctx.now}::timestamptz)
        and a.suspended_at is null and (a.ended_at is null or a.ended_at > ${ctx.now}::timestamptz))
    order by r.province_code, r.since, r.id limit 1000`.execute(ctx.db)
  return rows
}
