import { sql } from 'kysely'
import type { z } from 'zod'
import type { Reading } from '../../platform/context.ts'
import { hoursOfDesks, type DeskHours } from '../../desks/index.ts'
import { holidayCalendar, workingMinutesBetween, type HolidayCalendar, type OpenHours } from '../../regions/index.ts'
import { NATION } from '../decide.ts'
import { Scenario } from './scenario.ts'

const DAYS = 364
const DAY_MS = 86_400_000
/** The newest of the year: enough to know how long people take, and bounded whatever the network does. */
const OFFERS_MAX = 200_000
const WEIGHTS_MAX = 2_000
/** Of fewer answers than these nobody's habits can be told; then everybody's count. */
const ENOUGH = 8

type GivenScenario = z.input<typeof Scenario>
type GivenProvider = GivenScenario['providers'][number]

/**
 * What a simulation needs, taken from the year that ends now: who asked for what and where, who helps with what and when, how long they took
 * to answer and to work, how often they said no or nothing. No names of people, no words of anybody. Null when nothing was asked that year.
 * Called as `system`; a number of statements that does not depend on the size of the network.
 */
export async function fitScenario(ctx: Reading): Promise<GivenScenario | null> {
  const since = new Date(ctx.now.getTime() - DAYS * DAY_MS)
  const [requests, desks, offers, holidays] = await Promise.all([
    requestsSince(ctx, since),
    listHelpers(ctx),
    offersSince(ctx, since),
    holidayCalendar(ctx, since, ctx.now),
  ])
  if (requests === null) return null
  const hours = await hoursOfDesks(
    ctx,
    desks.map(({ desk_id }) => desk_id),
  )
  const byDesk = Map.groupBy(offers, ({ desk_id }) => desk_id)
  const timesOf = (some: readonly Offer[]) => some.map((offer) => timeOf(offer, hours.get(offer.desk_id), holidays))
  const everybody = habitsOf(timesOf(offers))
  const names = new Map<string, number>()
  const secretariat = desks.find(({ kind }) => kind === 'secretariat')
  const from = since.toISOString().slice(0, 10)
  return {
    name: 'Fitted from the last year',
    seed: `fitted-${from}`,
    from,
    days: DAYS,
    requests,
    providers: desks
      .filter((desk) => desk.kind === 'own_unit' || Object.keys(desk.competences).length > 0)
      .flatMap((desk): GivenProvider[] => {
        if (desk.kind === 'secretariat') return []
        const own = byDesk.get(desk.desk_id) ?? []
        const provider = {
          name: unlike(names, desk.name),
          standing: desk.kind,
          regions: desk.serves_nation ? [NATION, ...desk.regions] : desk.regions,
          serves_neighbours: desk.serves_neighbours,
          serves: desk.offices,
          competences: desk.competences,
          kinds: desk.kinds,
          capacity_per_week: Math.max(1, desk.capacity_per_week),
          ...clockOf(hours.get(desk.desk_id)),
          ...(desk.since && desk.since > since ? { since: desk.since.toISOString().slice(0, 10) } : {}),
          ...withoutGaps(habitsOf(timesOf(own)), everybody),
        }
        return [provider]
      }),
    secretariat: secretariat ? clockOf(hours.get(secretariat.desk_id)) : {},
    holidays: [...holidays.keys()].filter((date) => date >= from && date <= ctx.now.toISOString().slice(0, 10)),
  }
}

async function requestsSince(ctx: Reading, since: Date): Promise<GivenScenario['requests'] | null> {
  const asked = sql`select t.region_code, coalesce(c.competence_code || '/' || coalesce(c.level, 1), 'none') as competence,
      case when exists (select from desk_offices o where o.organisation_id = t.organisation_id) then g.name end as office,
      t.kind = 'paid' as paid, t.urgency in ('high', 'emergency') as urgent, extract(isodow from t.created_at) > 5 as weekend
    from tickets t left join topics c on c.code = t.topic_code left join organisations g on g.id = t.organisation_id
    where t.created_at >= ${since}::timestamptz and t.spam_at is null`
  const [sums, weights] = await Promise.all([
    sql<{ total: number; paid: number; urgent: number; weekend: number }>`select count(*)::int as total,
        coalesce(avg(paid::int), 0)::float as paid, coalesce(avg(urgent::int), 0)::float as urgent,
        coalesce(avg(weekend::int), 0)::float as weekend
      from (${asked}) a`.execute(ctx.db),
    sql<{ of: 'region' | 'competence' | 'office'; name: string; n: number }>`with asked as materialized (${asked}),
        counted as (
          select 'region' as of, region_code as name, count(*)::int as n from asked where region_code is not null group by region_code
          union all select 'competence', competence, count(*)::int from asked group by competence
          union all select 'office', coalesce(office, '-'), count(*)::int from asked group by coalesce(office, '-'))
      select * from counted order by n desc, of, name limit ${WEIGHTS_MAX}::int`.execute(ctx.db),
  ])
  const { total, paid, urgent, weekend } = sums.rows[0]!
  const of = (what: string) =>
    Object.fromEntries(weights.rows.filter((row) => row.of === what).map(({ name, n }) => [name, n]))
  const regions = of('region')
  if (total === 0 || Object.keys(regions).length === 0) return null
  return { total, regions, competences: of('competence'), organisations: of('office'), paid, urgent, weekend }
}

interface Helper {
  desk_id: string
  name: string
  kind: 'member' | 'partner' | 'own_unit' | 'secretariat'
  since: Date | null
  regions: string[]
  serves_nation: boolean
  serves_neighbours: boolean
  competences: Record<string, 1 | 2 | 3>
  kinds: ('free' | 'paid')[]
  capacity_per_week: number
  offices: string[]
}

/** Members, partners and own units as they stand today, and the secretariat. */
async function listHelpers(ctx: Reading): Promise<Helper[]> {
  const { rows } = await sql<Helper>`select d.id as desk_id, coalesce(g.name, d.name) as name,
      case when d.kind = 'provider' then a.kind else d.kind end as kind, a.starts_at as since, d.serves_nation, d.serves_neighbours,
      array(select region_code from desk_regions r where r.desk_id = d.id order by region_code) as regions,
      coalesce((select json_object_agg(competence_code, level) from desk_competences c where c.desk_id = d.id
        and (c.valid_until is null or c.valid_until > ${ctx.now}::timestamptz)), '{}') as competences,
      case when cardinality(d.kinds) = 0 then '{free}' else d.kinds end as kinds, d.capacity_per_week,
      array(select o.name from desk_offices f join organisations o on o.id = f.organisation_id where f.desk_id = d.id
        order by o.name limit 500) as offices
    from desks d left join organisations g on g.id = d.organisation_id
    left join lateral (select kind, starts_at from affiliations a where a.desk_id = d.id and a.ended_at is null
      and a.suspended_at is null and a.kind in ('member', 'partner') order by a.starts_at desc limit 1) a on true
    where d.closed_at is null and (d.kind = 'secretariat' or (d.kind = 'own_unit' and d.confirmed_at is not null)
      or (d.kind = 'provider' and a.kind is not null))
    order by d.id limit 5000`.execute(ctx.db)
  return rows
}

interface Offer {
  desk_id: string
  state: 'accepted' | 'declined' | 'expired' | 'returned' | 'completed'
  offered_at: Date
  answered_at: Date
  ended_at: Date | null
}

async function offersSince(ctx: Reading, since: Date): Promise<Offer[]> {
  const { rows } = await sql<Offer>`select desk_id, state, offered_at, answered_at, ended_at from offers
    where offered_at >= ${since}::timestamptz and state in ('accepted', 'declined', 'expired', 'returned', 'completed')
    order by offered_at desc, id limit ${OFFERS_MAX}::int`.execute(ctx.db)
  return rows
}

interface Time {
  state: Offer['state']
  /** Working minutes from the offer to its answer. */
  minutes: number
  /** Working hours from the acceptance to the end of the case; null while it goes on. */
  hours: number | null
}

function timeOf(offer: Offer, clock: DeskHours | undefined, holidays: HolidayCalendar): Time {
  const between = (start: Date, end: Date) =>
    clock === undefined ? 0 : workingMinutesBetween({ ...clock, holidays, start, end })
  return {
    state: offer.state,
    minutes: between(offer.offered_at, offer.answered_at),
    hours: offer.state === 'completed' && offer.ended_at ? between(offer.answered_at, offer.ended_at) / 60 : null,
  }
}

interface Habits {
  minutes?: { median: number; spread: number }
  accepts?: number
  silent?: number
  hours?: { median: number; spread: number }
  returns?: number
}

/** What one desk does as a rule; absent what too few offers say. */
function habitsOf(times: readonly Time[]): Habits {
  const answered = times.filter(({ state }) => state !== 'expired')
  const accepted = answered.filter(({ state }) => state !== 'declined')
  const ended = accepted.filter(({ state }) => state !== 'accepted')
  const worked = ended.flatMap(({ hours }) => hours ?? [])
  return {
    ...(times.length >= ENOUGH ? { silent: (times.length - answered.length) / times.length } : {}),
    ...(answered.length >= ENOUGH
      ? { accepts: accepted.length / answered.length, minutes: scatterOf(answered.map(({ minutes }) => minutes)) }
      : {}),
    ...(ended.length >= ENOUGH
      ? { returns: ended.filter(({ state }) => state === 'returned').length / ended.length }
      : {}),
    ...(worked.length >= ENOUGH ? { hours: scatterOf(worked) } : {}),
  }
}

/** Log-normal, as docs/simulate.md says: the middle value, and how far the logarithms scatter around it. */
function scatterOf(values: readonly number[]): { median: number; spread: number } {
  const logs = values.map((value) => Math.log(Math.max(value, 0.5))).sort((a, b) => a - b)
  const middle = logs[Math.floor(logs.length / 2)]!
  const spread = Math.sqrt(logs.reduce((sum, log) => sum + (log - middle) ** 2, 0) / logs.length)
  return { median: round(Math.exp(middle)), spread: Math.min(3, round(spread)) }
}
const round = (value: number) => Math.round(value * 1000) / 1000

/** Where a desk's own habits cannot be told, everybody's; where those cannot either, what the simulation assumes by itself. */
function withoutGaps(own: Habits, everybody: Habits) {
  const { minutes, accepts, silent, hours, returns } = { ...everybody, ...own }
  return {
    answers: {
      ...(minutes === undefined ? {} : { minutes }),
      ...(accepts === undefined ? {} : { accepts: round(accepts) }),
      ...(silent === undefined ? {} : { silent: round(silent) }),
    },
    works: {
      ...(hours === undefined ? {} : { hours }),
      ...(returns === undefined ? {} : { returns: round(returns) }),
    },
  }
}

const clockOf = (clock: DeskHours | undefined) =>
  // As the database has it: a desk without a zone of its own stands in Jakarta.
  (clock === undefined
    ? { time_zone: 'Asia/Jakarta' }
    : { time_zone: clock.zone, hours: clock.hours.map(plainHours) }) as Pick<GivenProvider, 'time_zone' | 'hours'>
const plainHours = ({ weekday, opens, closes }: OpenHours) => ({ weekday, opens, closes })

/** Two desks may be called alike, the file's providers may not. */
function unlike(names: Map<string, number>, name: string): string {
  const short = name.slice(0, 110)
  const before = names.get(short) ?? 0
  names.set(short, before + 1)
  return before === 0 ? short : `${short} (${before + 1})`
}
