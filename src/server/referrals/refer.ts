import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { must } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import { addWorkingMinutes, holidayCalendar, provinceOf } from '../regions/index.ts'
import { hoursOfDesks, officeHours } from '../desks/index.ts'
import { lockTickets, moveTicket, stateAfter, type KnownTicket } from '../tickets/index.ts'
import { askRequester, type Asked } from './ask-requester.ts'
import { callOff } from './call-off.ts'
import { isRestricted } from './next-candidate.ts'
import { offerNext, refuseJudges } from './offer-next.ts'
import { activePolicy } from './policies.ts'
import { liveReferral, type ReferralRow } from './referral-rows.ts'
import { suggestSummary, withoutNames } from './suggest-summary.ts'
import { weigh, type Weighing } from './weigh.ts'

export const Refer = z
  .strictObject({
    ticket_id: z.uuid(),
    /** Otherwise than the rules; needs a reason. */
    organisation_id: z.uuid().optional(),
    reason: z.string().trim().min(3, 'fault.required').max(2_000).optional(),
    /** What is told before acceptance; what it names all the same is masked. Default: made from the request. */
    summary: z.string().trim().min(1).max(5_000).optional(),
  })
  .refine(({ organisation_id, reason }) => organisation_id === undefined || reason !== undefined, {
    path: ['reason'],
    error: 'fault.required',
  })
export type Refer = z.infer<typeof Refer>

export type Referred =
  | { outcome: 'referred'; referral_id: string; state: 'offered' | 'unmet' }
  /** Something is not known and must not be guessed: the requester was asked just now, or was before and has not answered. */
  | { outcome: 'asked'; asks: Asked[]; again: boolean }

/**
 * "Rujukkan": asks the first of those who can help, by the rules, or whom somebody chooses otherwise with a reason. The desk that has the
 * request keeps it until somebody accepts. Also for a referral that nobody could take or that was given back: then it begins anew, and
 * everybody may be asked again. While an offer is open it takes a choice, which calls that offer off.
 *
 * Does not refuse where region or topic are unknown, because the question to the requester must be kept: it answers `asked`, and whoever called
 * says so. Refuses `not_found`, `forbidden` (also whoever works for a candidate and chooses), `conflict` when it is with somebody already
 * (referral.live_offered, referral.live_accepted), the data of whoever asks are restricted (referral.restricted) or the ticket is at its end, `invalid` for a choice that no reason outweighs.
 */
export async function refer(ctx: Writing, input: Refer): Promise<Referred> {
  const { ticket, live } = await takeForReferral(ctx, input.ticket_id)
  const choice = input.organisation_id ? { organisation_id: input.organisation_id, reason: input.reason! } : undefined
  if (live && ['accepted', 'working', 'answered'].includes(live.state)) refuse('conflict', 'referral.live_accepted')
  if (live?.state === 'offered' && !choice) refuse('conflict', 'referral.live_offered')
  if (ticket.spam_at !== null) refuse('conflict', 'ticket.state_closed')
  if (await isRestricted(ctx, ticket.id)) refuse('conflict', 'referral.restricted')
  const to = stateAfter('refer', ticket.state) ?? refuse('conflict', `ticket.state_${ticket.state}`)

  const needs = await findNeeds(ctx, ticket.id)
  const unknown: Asked[] = [
    ...(needs.region_code ? [] : (['region'] as const)),
    ...(needs.topic_code ? [] : (['topic'] as const)),
  ]
  const goes_on = choice === undefined && input.summary === undefined
  if (unknown.length > 0) return ask(ctx, ticket, unknown, { province_code: null, goes_on })

  const known = { ...needs, region_code: needs.region_code! }
  const draft = { id: newId(), ticket_id: ticket.id, ...known }
  const weighing = await weigh(ctx, live?.state === 'offered' ? live : draft, input.organisation_id)
  if (!choice && (await needsRegency(ctx, weighing, known.region_code))) {
    const asked = await ask(ctx, ticket, ['regency'], { province_code: known.region_code, goes_on })
    if (!asked.again) return asked
  }
  if (choice)
    await refuseJudges(
      ctx,
      { referring_desk_id: live?.referring_desk_id ?? ticket.holder_desk_id },
      weighing.candidates,
    )

  const same = live?.state === 'offered'
  if (live) await callOff(ctx, live, { ends: !same })
  const referral = same ? live : await open(ctx, ticket, draft, input)
  if (ticket.state !== to) await moveTicket(ctx, ticket, to)
  const state = await offerNext(ctx, referral, { weighing, choice })
  return { outcome: 'referred', referral_id: referral.id, state }
}

/** The ticket, locked, and its living referral, for who may choose: those who hold it or had it when it was referred, and the secretariat. */
export async function takeForReferral(
  ctx: Writing,
  ticket_id: string,
): Promise<{ ticket: KnownTicket; live: ReferralRow | null }> {
  const [ticket] = await lockTickets(ctx, [ticket_id])
  if (!ticket) refuse('not_found', 'ticket.unknown')
  const live = await liveReferral(ctx, ticket_id)
  must(ctx.actor, 'ticket.choose_provider', {
    ...ticket,
    holder_desk_id: live?.referring_desk_id ?? ticket.holder_desk_id,
  })
  return { ticket, live }
}

async function ask(
  ctx: Writing,
  ticket: KnownTicket,
  asks: Asked[],
  known: { province_code: string | null; goes_on: boolean },
): Promise<Referred & { outcome: 'asked' }> {
  const asked = await askRequester(ctx, ticket, { asks, ...known })
  return { outcome: 'asked', asks: asked.length > 0 ? asked : asks, again: asked.length === 0 }
}

/**
 * Only the province is known, and it matters where in it: somebody serves single regencies of it, or whoever is first sits beyond its border,
 * where another neighbour may be nearer. Asked once; without an answer the province has to do.
 */
async function needsRegency(ctx: Writing, { decision }: Weighing, region_code: string): Promise<boolean> {
  if (region_code !== provinceOf(region_code)) return false
  const first = decision.candidates.find(({ desk_id }) => desk_id === decision.chosen)
  if (first?.tier === 'neighbour_member' || first?.tier === 'neighbour_partner') return true
  const { rows } =
    await sql`select from desk_regions r join desks d on d.id = r.desk_id and d.kind = 'provider' and d.closed_at is null
    where r.region_code like ${`${region_code}.%`} limit 1`.execute(ctx.db)
  return rows.length > 0
}

interface Needs {
  kind: 'free' | 'paid'
  region_code: string | null
  topic_code: string | null
  competence_code: string | null
  level: 1 | 2 | 3 | null
  urgency: string
  organisation_id: string | null
}

async function findNeeds(ctx: Writing, ticket_id: string): Promise<Needs> {
  const { rows } =
    await sql<Needs>`select case when t.kind = 'paid' then 'paid' else 'free' end as kind, t.region_code, t.topic_code, w.competence_code,
      w.level, t.urgency, t.organisation_id
    from tickets t left join topics w on w.code = t.topic_code where t.id = ${ticket_id}::uuid`.execute(ctx.db)
  return rows[0]!
}

async function open(
  ctx: Writing,
  ticket: KnownTicket,
  draft: Omit<Needs, 'region_code'> & { id: string; region_code: string },
  input: Refer,
): Promise<ReferralRow> {
  const by = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const referral: ReferralRow = {
    ...draft,
    ticket_id: ticket.id,
    state: 'offered',
    referring_desk_id: ticket.holder_desk_id,
    province_code: provinceOf(draft.region_code),
    summary: input.summary ? await withoutNames(ctx, ticket.id, input.summary) : await suggestSummary(ctx, ticket.id),
    opened_at: ctx.now,
    shown_at: null,
    kept_for: null,
  }
  await sql`insert into referrals (id, ticket_id, kind, state, state_since, referring_desk_id, region_code, province_code, topic_code, competence_code,
      level, urgency, organisation_id, summary, summary_edited_by, opened_at, opened_by, show_by)
    values (${referral.id}::uuid, ${referral.ticket_id}::uuid, ${referral.kind}, 'offered', ${ctx.now}::timestamptz, ${referral.referring_desk_id}::uuid,
      ${referral.region_code}, ${referral.province_code}, ${referral.topic_code}::text, ${referral.competence_code}::text, ${referral.level}::int,
      ${referral.urgency}, ${referral.organisation_id}::uuid, ${referral.summary}, ${input.summary ? by : null}::uuid, ${ctx.now}::timestamptz,
      ${by}::uuid, ${await showBy(ctx)}::timestamptz)`.execute(ctx.tx)
  await record(ctx, 'referral.opened', {
    ticket_id: ticket.id,
    about: { referral_id: referral.id, desk_id: referral.referring_desk_id, kind: referral.kind },
  })
  return referral
}

/** After so much of the secretariat's working time without acceptance it stands on its screen, too. */
async function showBy(ctx: Writing): Promise<Date> {
  const [policy, holidays, { rows }] = await Promise.all([
    activePolicy(ctx),
    holidayCalendar(ctx, ctx.now),
    sql<{ id: string }>`select id from desks where kind = 'secretariat' limit 1`.execute(ctx.db),
  ])
  const hours = await hoursOfDesks(
    ctx,
    rows.map(({ id }) => id),
  )
  const working = { zone: 'Asia/Jakarta', hours: officeHours, ...hours.values().next().value, holidays, start: ctx.now }
  return addWorkingMinutes({ ...working, minutes: policy.minutes_until_shown }).due_at
}
