import type { PageServerLoad } from './$types'
import { read, type Reading, type StaffActor } from '#server/platform/context.ts'
import { listHeld } from '#server/channels/index.ts'
import { findDesk, listDesks, listTopics, listUrgencies } from '#server/desks/index.ts'
import { randomToken } from '#server/platform/secrets.ts'
import { listOrganisations } from '#server/people/index.ts'
import { listClocks, quietRules } from '#server/service_levels/index.ts'
import {
  abilities,
  closeReasons,
  composed as tabs,
  listDrafts,
  listHistory,
  listMessages,
  listPresent,
  seeTicket,
  takesMessages,
} from '#server/tickets/index.ts'
import { deskActor } from '../../../../../edge/desk-form.ts'
import { placesOf } from '../../../../../edge/places.ts'

export { actions } from './actions.ts'

/** What the last form did; the address names it, so that a reload after the redirect does nothing again. */
// prettier-ignore
const outcomes = [
  'replied', 'noted', 'resolved', 'taken_back', 'triaged', 'claimed', 'released', 'assigned', 'closed', 'reopened', 'spam',
  'unspam', 'linked', 'kept_apart', 'merged', 'unmerged', 'participant_added', 'participant_dismissed', 'accepted', 'rejected', 'recorded', 'opened',
] as const

export const load: PageServerLoad = async ({ locals, params, url, cookies, depends, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  depends('live:ticket')
  const actor = deskActor(locals)
  const seen = await read(locals.app, actor, (ctx) =>
    seeWork(ctx, actor, params.number, url.searchParams.get('organisation')),
  )
  const compose = url.searchParams.get('compose')
  return {
    ...seen,
    reasons: [...closeReasons],
    form_id: randomToken(),
    back: `/desk${cookies.get('list') ?? ''}`,
    tab: tabs.find((tab) => tab === compose) ?? 'reply',
    /** The draft that one asked to have back. */
    restore: tabs.find((tab) => tab === url.searchParams.get('draft')),
    done: outcomes.find((outcome) => outcome === url.searchParams.get('done')),
  }
}

const FOUND_MAX = 20

/** Everything that stands on one ticket's page, in one transaction and so of one moment. */
async function seeWork(ctx: Reading, actor: StaffActor, number: string, typed: string | null) {
  const ticket = await seeTicket(ctx, { number })
  const may = abilities(actor, ticket)
  // What the requester told is looked up at once.
  const query = (typed ?? (ticket.organisation ? '' : (ticket.institution ?? ''))).replaceAll('\0', '')
  const named = ({ code, name_id, name_en }: { code: string; name_id: string; name_en: string }) => ({
    code,
    name: actor.language === 'en' ? name_en : name_id,
  })
  return {
    ticket,
    may,
    now: ctx.now,
    takes_messages: takesMessages(ticket, await quietRules(ctx), ctx.now),
    messages: await listMessages(ctx, ticket.id),
    held: await listHeld(ctx, ticket.id),
    drafts: await listDrafts(ctx, ticket.id),
    present: await listPresent(ctx, ticket.id),
    history: await listHistory(ctx, ticket.id),
    clocks: await listClocks(ctx, ticket.id),
    topics: may.triage ? (await listTopics(ctx)).map(named) : [],
    urgencies: may.triage ? (await listUrgencies(ctx)).map(({ code }) => code) : [],
    organisation_query: query,
    searched: typed !== null,
    organisations: may.triage && query ? (await listOrganisations(ctx, { query })).items.slice(0, FOUND_MAX) : [],
    places: may.triage ? await placesOf(ctx) : [],
    desks: may.assign ? (await listDesks(ctx)).map(({ id, name }) => ({ id, name })) : [],
    colleagues: may.assign
      ? (await findDesk(ctx, ticket.holder.desk.id)).members.map(({ person_id, name }) => ({ id: person_id, name }))
      : [],
  }
}
