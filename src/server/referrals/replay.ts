import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import { decide, type Decision, type NeededHelp } from './decide.ts'
import type { Weighed } from './find-candidates.ts'
import type { Policy } from './policy.ts'

export interface Replayed {
  number: number
  at: Date
  policy: string
  /** Whom the decision named then, and whom it names now: desks. */
  chosen_then: string | null
  chosen_now: string | null
  same: boolean
  /** Every candidate whose answer is another one now. */
  differs: { desk_id: string; was: string; is: string }[]
}

interface Row {
  number: number
  at: Date
  policy_version: string
  policy: Policy
  seed: string
  needed: NeededHelp
  candidates: Weighed[]
  decision: Decision
}

const DECISIONS_MAX = 200

/** Asks decide() once more what it was asked for each decision of a referral, with the policy of then. Refuses `not_found`. */
export async function replay(ctx: Reading, { referral_id }: { referral_id: string }): Promise<Replayed[]> {
  const { rows } =
    await sql<Row>`select d.number, d.at, d.policy_version, p.policy, d.seed, d.needed, d.candidates, d.decision
    from referral_decisions d join referral_policies p on p.version = d.policy_version
    where d.referral_id = ${referral_id}::uuid order by d.number limit ${DECISIONS_MAX}::int`.execute(ctx.db)
  if (rows.length === 0) refuse('not_found', 'referral.unknown')
  return rows.map(replayOne)
}

function replayOne({ number, at, policy_version, policy, seed, needed, candidates, decision: then }: Row): Replayed {
  // As it was stored: JSON knows no undefined, and a key's place means nothing.
  const now = JSON.parse(JSON.stringify(decide(needed, candidates, policy, seed))) as Decision
  const before = new Map(then.candidates.map((one) => [one.desk_id, one]))
  const after = new Map(now.candidates.map((one) => [one.desk_id, one]))
  const desks = [...new Set([...before.keys(), ...after.keys()])].sort()
  const told = (one: unknown) => JSON.stringify(one ?? null)
  const differs = desks
    .filter((desk_id) => !isDeepStrictEqual(before.get(desk_id), after.get(desk_id)))
    .map((desk_id) => ({ desk_id, was: told(before.get(desk_id)), is: told(after.get(desk_id)) }))
  return {
    number,
    at,
    policy: policy_version,
    chosen_then: then.chosen,
    chosen_now: now.chosen,
    same: isDeepStrictEqual(then, now),
    differs,
  }
}
