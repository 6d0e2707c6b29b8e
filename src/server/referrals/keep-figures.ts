import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Writing } from '../platform/context.ts'
import { reckonFigures, type Counted } from './reckon-figures.ts'
import { boundsOf, quarterBefore, quarterOf, type Quarter } from './quarters.ts'

// An offer of the last day waits for its answer, and an answer can be taken back; then a quarter is what it is. It is reckoned once: from two
// figures of one quarter the difference would tell what happened between them.
const SETTLED_DAYS = 14
// A whole country's quarters of ten years; the first start on old data does them all.
const QUARTERS_MAX = 40

/** The round of each night: every quarter that has ended and settled, and was not reckoned, from the first referral on. */
export async function keepFigures(app: App): Promise<Quarter[]> {
  return write(app, system, async (ctx) => {
    const { rows } = await sql<{
      first: Date | null
      kept: Quarter[]
    }>`select (select min(opened_at) from referrals) as first,
      array(select quarter from referral_figures) as kept`.execute(ctx.db)
    const { first, kept } = rows[0]!
    if (first === null) return []
    const settled = new Date(ctx.now.getTime() - SETTLED_DAYS * 86_400_000)
    const due: Quarter[] = []
    for (
      let quarter = quarterBefore(quarterOf(settled)), steps = 0;
      boundsOf(quarter).until > first && steps < QUARTERS_MAX;
      quarter = quarterBefore(quarter), steps++
    )
      if (!kept.includes(quarter)) due.push(quarter)
    // Each is four sums over its own days; there is one a quarter.
    for (const quarter of due) await keepQuarter(ctx, quarter)
    return due
  })
}

/** Reckons one quarter and keeps what may be shown of it. Call as `system`: it counts what no single desk sees. */
export async function keepQuarter(ctx: Writing, quarter: Quarter): Promise<void> {
  const figures = reckonFigures(await countQuarter(ctx, quarter))
  await sql`insert into referral_figures (quarter, figures, reckoned_at)
    values (${quarter}, ${JSON.stringify(figures)}::jsonb, ${ctx.now}::timestamptz) on conflict do nothing`.execute(
    ctx.tx,
  )
}

async function countQuarter(ctx: Writing, quarter: Quarter): Promise<Counted> {
  const { from, until } = boundsOf(quarter)
  const within = (column: string) =>
    sql`${sql.ref(column)} >= ${from}::timestamptz and ${sql.ref(column)} < ${until}::timestamptz`
  const [places, providers, waits] = await Promise.all([
    sql<Counted['places'][number]>`
      with counted as (
        select province_code, topic_code, count(*)::int as referrals, 0 as offers, 0 as declined, 0 as expired,
          count(*) filter (where state = 'unmet' or exists (select from referral_decisions c left join desks d on d.id = c.chosen_desk_id
            where c.referral_id = referrals.id and coalesce(d.kind, 'secretariat') = 'secretariat'))::int as unmet
        from referrals where ${within('opened_at')} group by 1, 2
        union all
        select province_code, topic_code, 0, count(*)::int, count(*) filter (where state = 'declined')::int,
          count(*) filter (where state = 'expired')::int, 0
        from offers where ${within('offered_at')} group by 1, 2)
      select province_code, topic_code, sum(referrals)::int as referrals, sum(offers)::int as offers, sum(declined)::int as declined,
        sum(expired)::int as expired, sum(unmet)::int as unmet
      from counted group by 1, 2 order by 1, 2`.execute(ctx.db),
    sql<Counted['providers'][number]>`
      select o.organisation_id, max(d.capacity_per_week)::int as capacity_per_week, count(*)::int as offers,
        count(*) filter (where o.state in ('accepted', 'returned', 'completed'))::int as accepted,
        count(*) filter (where o.state = 'completed')::int as completed
      from offers o join desks d on d.id = o.desk_id and d.kind = 'provider'
      where ${within('o.offered_at')} group by 1 order by 1`.execute(ctx.db),
    sql<Counted['waits'][number]>`
      select province_code, count(*)::int as accepted,
        percentile_cont(0.5) within group (order by extract(epoch from answered_at - offered_at) / 60) as median_minutes
      from offers where ${within('offered_at')} and state in ('accepted', 'returned', 'completed') group by 1 order by 1`.execute(
      ctx.db,
    ),
  ])
  return { places: places.rows, providers: providers.rows, waits: waits.rows }
}
