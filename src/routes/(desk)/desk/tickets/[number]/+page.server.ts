import type { PageServerLoad } from './$types'
import type { App } from '#server/platform/app.ts'
import { read, type Reading, type StaffActor } from '#server/platform/context.ts'
import { may as mayDo } from '#server/platform/may.ts'
import { callsOfTicket, listHeld } from '#server/channels/index.ts'
import { listDeskMembers, listDesks, listTopics, listUrgencies, standInsOf } from '#server/desks/index.ts'
import { remembered } from '#server/platform/remembered.ts'
import { randomToken } from '#server/platform/secrets.ts'
import { listOrganisations, standingOf } from '#server/people/index.ts'
import { applicationsOfTicket } from '#server/membership/index.ts'
import { seeNeed, seeReferralWork } from '#server/referrals/index.ts'
import { maySeeTicketJournal } from '#server/reports/index.ts'
import { listClocks, quietRules } from '#server/service_levels/index.ts'
import {
  abilities,
  closeReasons,
  composed as tabs,
  listDrafts,
  listHistory,
  listMessages,
  listPresent,
  listReaders,
  mutedRecipients,
  seeTicket,
  showNumbers,
  isMaskedPart,
  takesMessages,
  waysToAnswer,
} from '#server/tickets/index.ts'
import { cookieNameOf, isSecure } from '../../../../../edge/cookies.ts'
import { deskActor } from '../../../../../edge/desk-form.ts'
import { placesOf } from '../../../../../edge/places.ts'
import { FOUND_MAX } from './actions.ts'

export { actions } from './actions.ts'

/** What the last form did; the address names it, so that a reload after the redirect does nothing again. */
// prettier-ignore
const outcomes = [
  'replied', 'noted', 'resolved', 'taken_back', 'triaged', 'claimed', 'released', 'assigned', 'closed', 'reopened', 'spam',
  'unspam', 'linked', 'kept_apart', 'merged', 'unmerged', 'participant_added', 'participant_dismissed', 'accepted', 'rejected', 'recorded', 'opened', 'access_given', 'access_taken',
  'referred', 'requester_asked', 'course_changed', 'referral_withdrawn', 'objection_settled', 'offer_accepted', 'offer_declined', 'question_answered', 'question_settled', 'application_made', 'need_opened', 'need_withdrawn', 'part_opened',
] as const

export const load: PageServerLoad = async ({ locals, params, url, cookies, depends, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  depends('live:ticket')
  const actor = deskActor(locals)
  const asked = { nik: url.searchParams.get('nik'), drafts: url.searchParams.has('refer') }
  const seen = await read(locals.app, actor, (ctx) => seeWork(ctx, actor, params.number, asked), {
    plans: 'kept',
    now: actor.asked_at,
  })
  const list = cookies.get(cookieNameOf('list', isSecure(locals.app)))
  const compose = url.searchParams.get('compose')
  return {
    ...seen,
    sees_journal: maySeeTicketJournal(actor),
    reasons: [...closeReasons],
    form_id: randomToken(),
    back: list?.startsWith('?') ? `/desk${list}` : '/desk',
    tab: tabs.find((tab) => tab === compose) ?? 'reply',
    /** The draft that one asked to have back. */
    restore: tabs.find((tab) => tab === url.searchParams.get('draft')),
    done: outcomes.find((outcome) => outcome === url.searchParams.get('done')),
  }
}

/** Everything that stands on one ticket's page, in one transaction and so of one moment. */
async function seeWork(
  ctx: Reading,
  actor: StaffActor,
  number: string,
  { nik, drafts: referring }: { nik: string | null; drafts: boolean },
) {
  const known = await seeTicket(ctx, { number })
  const may = abilities(actor, known)
  const ticket = nik && may.reply && isMaskedPart(nik) ? await showNumbers(ctx, known, nik) : known
  // What the requester told is looked up at once.
  const query = ticket.organisation ? '' : (ticket.institution ?? '')
  const named = ({ code, name_id, name_en }: { code: string; name_id: string; name_en: string }) => ({
    code,
    name: actor.language === 'en' ? name_en : name_id,
  })
  const [
    messages,
    held,
    muted,
    ways,
    drafts,
    present,
    history,
    clocks,
    readers,
    organisations,
    members,
    stand_ins,
    offered,
    standing,
    referral,
    applications,
    paid,
    calls,
  ] = await Promise.all([
    listMessages(ctx, ticket.id, may.reply && nik ? { unmask: nik } : {}),
    listHeld(ctx, ticket.id),
    mutedRecipients(ctx, ticket.id),
    may.reply || may.resolve ? waysToAnswer(ctx, ticket) : [],
    listDrafts(ctx, ticket.id),
    listPresent(ctx, ticket.id),
    listHistory(ctx, ticket.id),
    listClocks(ctx, ticket.id),
    listReaders(ctx, ticket.id),
    may.triage && query ? listOrganisations(ctx, { query }) : null,
    may.assign ? listDeskMembers(ctx, ticket.holder.desk.id) : [],
    may.assign && actor.sees_all ? standInsOf(ctx, ticket.holder.desk.id) : [],
    whatIsOffered(ctx.app),
    standingOf(ctx, ticket.requester_id),
    seeReferralWork(ctx, { ticket_id: ticket.id, drafts: referring }),
    actor.sees_all ? applicationsOfTicket(ctx, ticket.id) : [],
    ticket.kind === 'paid' ? seeNeed(ctx, { ticket_id: ticket.id }) : null,
    ticket.channel === 'phone' ? callsOfTicket(ctx, ticket.id) : [],
  ])
  return {
    ticket,
    restriction: standing.restriction,
    applications,
    referral,
    paid,
    calls,
    may_pay: ticket.kind === 'paid' && ticket.state !== 'closed' && mayDo(actor, 'ticket.choose_provider', ticket),
    may_split:
      ticket.state !== 'closed' &&
      !ticket.links.some(({ kind, direction }) => kind === 'part' && direction === 'from') &&
      mayDo(actor, 'ticket.choose_provider', ticket),
    may,
    now: ctx.now,
    takes_messages: takesMessages(ticket, offered.rules, ctx.now),
    messages,
    held,
    muted,
    ways,
    drafts,
    present,
    history,
    clocks,
    readers,
    topics: may.triage ? offered.topics.map(named) : [],
    urgencies: may.triage ? offered.urgencies.map(({ code }) => code) : [],
    organisation_query: query,
    organisations: organisations?.items.slice(0, FOUND_MAX) ?? [],
    places: may.triage ? offered.places : [],
    desks: may.assign ? offered.desks.map(({ id, name }) => ({ id, name })) : [],
    colleagues: [...members.map(({ person_id, name }) => ({ id: person_id, name })), ...stand_ins],
  }
}

/** What every ticket's page offers to choose from. */
const whatIsOffered = (app: App) =>
  remembered(app, 'what a ticket page offers', async (ctx) => {
    const [rules, topics, urgencies, places, desks] = await Promise.all([
      quietRules(ctx),
      listTopics(ctx),
      listUrgencies(ctx),
      placesOf(ctx),
      listDesks(ctx),
    ])
    return { rules, topics, urgencies, places, desks }
  })
