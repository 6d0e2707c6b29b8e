import { sql } from 'kysely'
import type { Reading } from '../platform/context.ts'
import { decide, type NeededHelp } from './decide.ts'
import type { Weighed } from './find-candidates.ts'
import type { Policy } from './policy.ts'

const TRIED_DAYS = 90
const REFERRALS_MAX = 5_000
const BATCH = 100
const LISTED_MAX = 50

/** What would have gone elsewhere. Kept as JSON: moments are text. */
export interface Trial {
  from: string
  until: string
  /** How many decisions were asked again; of them, how many name somebody else, or nobody, or somebody instead of nobody. */
  decided: number
  moved: number
  /** What cannot be asked again: a person chose; the kept counts are of another span of days than the new one. */
  by_people: number
  other_window: number
  /** There were more referrals than were looked at; the newest were. */
  more: boolean
  provinces: { code: string; name: string; decided: number; moved: number }[]
  /** How often each was named then, and would be now; those for whom it differs, the most first. */
  providers: { organisation_id: string; name: string; before: number; after: number }[]
  /** The newest of those that would have gone elsewhere. Null: nobody could take it. */
  listed: {
    referral_id: string
    number: string
    at: string
    province: string
    before: string | null
    after: string | null
  }[]
}

interface Row {
  referral_id: string
  ticket_number: string
  opened_at: Date
  opened_key: string
  province_code: string
  province: string
  at: Date
  seed: string
  needed: NeededHelp
  candidates: Weighed[]
  chosen_desk_id: string | null
  by_person: boolean
  window_days: number
}

/**
 * Runs rules dry: asks decide() again, with these numbers, what it was asked for the referrals of the last 90 days (at most 5,000, the newest),
 * on the candidates that were kept then. It does not know what would have followed: whoever is asked less today is asked sooner tomorrow.
 */
export async function tryPolicy(ctx: Reading, policy: Policy): Promise<Trial> {
  const from = new Date(ctx.now.getTime() - TRIED_DAYS * 86_400_000)
  const sum = new Sum(policy)
  let before: { opened_key: string; referral_id: string } | null = null
  let looked_at = 0
  for (;;) {
    const rows: Row[] = await nextBatch(ctx, from, before)
    for (const row of rows) sum.add(row)
    const ids = new Set(rows.map(({ referral_id }) => referral_id))
    looked_at += ids.size
    const last = rows.at(-1)
    if (!last || ids.size < BATCH || looked_at >= REFERRALS_MAX) {
      const more = last !== undefined && (await nextBatch(ctx, from, last, 1)).length > 0
      return sum.told(from, ctx.now, more)
    }
    before = last
  }
}

/** The kept decisions of the next hundred referrals, the newest first. A key as text keeps microseconds, which a Date would cut. */
async function nextBatch(
  ctx: Reading,
  from: Date,
  before: { opened_key: string; referral_id: string } | null,
  size = BATCH,
): Promise<Row[]> {
  const { rows } =
    await sql<Row>`select r.id as referral_id, t.number::text as ticket_number, r.opened_at, r.opened_at::text as opened_key,
      r.province_code, w.name as province, d.at, d.seed, d.needed, d.candidates, d.chosen_desk_id, d.chosen_by is not null as by_person,
      (p.policy ->> 'window_days')::int as window_days
    from (select id, ticket_id, province_code, opened_at from referrals
        where opened_at > ${from}::timestamptz
          and (opened_at, id) < (coalesce(${before?.opened_key ?? null}::timestamptz, 'infinity'), coalesce(${before?.referral_id ?? null}::uuid, ${LAST_ID}::uuid))
          and exists (select from referral_decisions where referral_id = referrals.id)
        order by opened_at desc, id desc limit ${size}::int) r
    join tickets t on t.id = r.ticket_id
    join regions w on w.code = r.province_code
    join referral_decisions d on d.referral_id = r.id
    join referral_policies p on p.version = d.policy_version
    order by r.opened_at desc, r.id desc, d.number`.execute(ctx.db)
  return rows
}
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

class Sum {
  private readonly policy: Policy
  private readonly counts = { decided: 0, moved: 0, by_people: 0, other_window: 0 }
  private readonly provinces = new Map<string, Trial['provinces'][number]>()
  private readonly providers = new Map<string, Trial['providers'][number]>()
  private readonly listed: Trial['listed'] = []

  constructor(policy: Policy) {
    this.policy = policy
  }

  add(row: Row): void {
    if (row.by_person) {
      this.counts.by_people++
      return
    }
    if (row.window_days !== this.policy.window_days) {
      this.counts.other_window++
      return
    }
    const decision = decide(row.needed, row.candidates, this.policy, row.seed)
    const named = (desk_id: string | null) =>
      row.candidates.find((one) => one.desk_id === desk_id && one.standing.kind !== 'secretariat') ?? null
    const [was, is] = [named(row.chosen_desk_id), named(decision.chosen)]
    const moved = was?.desk_id !== is?.desk_id
    this.count(row, { was, is, moved })
    if (moved && this.listed.length < LISTED_MAX)
      this.listed.push({
        referral_id: row.referral_id,
        number: row.ticket_number,
        at: row.at.toISOString(),
        province: row.province,
        before: was?.name ?? null,
        after: is?.name ?? null,
      })
  }

  private count(row: Row, { was, is, moved }: { was: Weighed | null; is: Weighed | null; moved: boolean }): void {
    const { province_code: code, province: name } = row
    const province = this.provinces.get(code) ?? { code, name, decided: 0, moved: 0 }
    this.provinces.set(code, province)
    for (const one of [this.counts, province]) {
      one.decided++
      if (moved) one.moved++
    }
    if (was) this.provider(was).before++
    if (is) this.provider(is).after++
  }

  private provider({ organisation_id, name }: Weighed): Trial['providers'][number] {
    const known = this.providers.get(organisation_id) ?? { organisation_id, name, before: 0, after: 0 }
    this.providers.set(organisation_id, known)
    return known
  }

  told(from: Date, until: Date, more: boolean): Trial {
    const by_name = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
    const change = (one: { before: number; after: number }) => Math.abs(one.after - one.before)
    return {
      from: from.toISOString(),
      until: until.toISOString(),
      ...this.counts,
      more,
      provinces: [...this.provinces.values()].sort((a, b) => b.moved - a.moved || by_name(a, b)),
      providers: [...this.providers.values()]
        .filter((one) => one.before !== one.after)
        .sort((a, b) => change(b) - change(a) || by_name(a, b))
        .slice(0, 200),
      listed: this.listed,
    }
  }
}
