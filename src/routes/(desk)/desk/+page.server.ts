import { redirect } from '@sveltejs/kit'
import type { PageServerLoad } from './$types'
import { listedTicket } from '#lib/desk/listed-ticket.ts'
import { markTable } from '#lib/table.ts'
import { read } from '#server/platform/context.ts'
import { remembered } from '#server/platform/remembered.ts'
import { listDeskMembers, listDesks, listTopics } from '#server/desks/index.ts'
import { listWaitingQuestions } from '#server/referrals/index.ts'
import { listProvinces } from '#server/regions/index.ts'
import { listQueue, ListTickets, readNumber, states } from '#server/tickets/index.ts'
import { cookieNameOf, cookieOptions, isSecure } from '../../../edge/cookies.ts'
import { deskActor } from '../../../edge/desk-form.ts'
import { fromTheStart } from '../../../edge/from-the-start.ts'

/** The queue: views with their counts, filters, one page of tickets. A number in the search box leads straight to its ticket. */
export const load: PageServerLoad = async ({ locals, url, cookies, depends }) => {
  depends('live:queue')
  const actor = deskActor(locals)
  // Whoever only works for a member or partner has no queue: their offers and cases are their desk. A search is still theirs.
  const done = url.searchParams.get('done') === 'case_returned' ? 'returned' : null
  if (
    (url.search === '' || done) &&
    (actor.providers ?? []).length > 0 &&
    actor.desks.length + actor.roles.length === 0
  )
    redirect(303, done ? `/desk/provider?done=${done}#done` : '/desk/provider')
  const { question, asked, dropped } = questionOf(url, actor.desks.length > 0 ? 'desk' : 'all')
  const offered = await remembered(locals.app, 'what the queue offers', async (ctx) => {
    const [desks, topics, provinces] = await Promise.all([
      listDesks(ctx),
      listTopics(ctx, { all: true }),
      listProvinces(ctx),
    ])
    return { desks, topics, provinces }
  })
  const mine = offered.desks.find(({ id }) => id === (question.desk ?? actor.desks[0]?.id))?.id
  const page = await read(
    locals.app,
    actor,
    async (ctx) => {
      const [{ views, ...list }, members, questions] = await Promise.all([
        fromTheStart(question.cursor, (cursor) => listQueue(ctx, { ...question, cursor })),
        mine ? listDeskMembers(ctx, mine) : [],
        listWaitingQuestions(ctx),
      ])
      const colleagues = members.map(({ person_id, name }) => ({ id: person_id, name }))
      return { list, views, colleagues, questions, now: ctx.now }
    },
    // With a filter it is another statement each time.
    FILTERS.some((name) => name in asked) ? {} : { plans: 'kept', now: actor.asked_at },
  )
  const [only] = page.list.items
  if (question.query && page.list.items.length === 1 && only?.number === readNumber(question.query))
    redirect(303, `/desk/tickets/${only.number}`)
  // A ticket's page leads back to this list, also without script.
  const secure = isSecure(locals.app)
  cookies.set(cookieNameOf('list', secure), done ? '' : url.search.slice(0, LIST_LENGTH_MAX), cookieOptions(secure))
  return {
    ...page,
    list: { ...page.list, items: markTable(page.list.items.map((row) => listedTicket(row, actor.person_id))) },
    done,
    states: [...states],
    asked,
    dropped,
    view: question.view ?? 'all',
    desks: offered.desks.map(({ id, name }) => ({ id, name })),
    topics: offered.topics.map((topic) => ({
      code: topic.code,
      name: locals.language === 'en' ? topic.name_en : topic.name_id,
    })),
    provinces: offered.provinces.map(({ code, name }) => ({ code, name })),
  }
}

const LIST_LENGTH_MAX = 1_000
const FILTERS = ['desk', 'holder', 'state', 'topic', 'region', 'organisation'] as const

/** What the address asks for. A filter that makes no sense (an old bookmark, a guess) is left out, and the page says so. */
function questionOf(
  url: URL,
  usual: 'desk' | 'all',
): { question: ListTickets; asked: Record<string, string>; dropped: boolean } {
  const given: Record<string, string> = {}
  let dropped = false
  for (const name of [...FILTERS, 'view', 'query', 'cursor'] as const) {
    const value = url.searchParams.get(name)?.trim() ?? ''
    if (value === '') continue
    if (ListTickets.shape[name].safeParse(value).success) given[name] = value
    else dropped = true
  }
  // A search looks everywhere unless a view was chosen.
  given['view'] ??= given['query'] ? 'all' : usual
  const { cursor: _, ...asked } = given
  return { question: ListTickets.parse(given), asked, dropped }
}
