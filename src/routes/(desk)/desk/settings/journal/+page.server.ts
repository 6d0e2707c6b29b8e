import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { findHead } from '#server/platform/journal-head.ts'
import { SAME_LOOK_MINUTES } from '#server/platform/sights.ts'
import { journalTopics, listJournal, maySeeJournal, tellFact, type JournalRow } from '#server/reports/index.ts'
import { deskActor } from '../../../../../edge/desk-form.ts'
import { fromTheStart } from '../../../../../edge/from-the-start.ts'
import { EXPORTED_MAX } from './export/exported-max.ts'
import { questionOf } from './question.ts'

/** Who saw and did what. Administrators; a coordinator sees it for the ticket that the address names. */
export const load: PageServerLoad = ({ locals, url, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const actor = deskActor(locals)
  const { asked, dropped, question } = questionOf(url, actor)
  return read(locals.app, actor, async (ctx) => {
    const page = await fromTheStart(url.searchParams.get('cursor')?.slice(0, 500), (cursor) =>
      listJournal(ctx, { ...question, ...(cursor ? { cursor } : {}) }),
    )
    const whole = maySeeJournal(actor)
    return {
      ...page,
      items: page.items.map((row) => ({ ...row, sentence: tellFact(locals.language, row), href: objectOf(row) })),
      asked,
      dropped,
      whole,
      chosen: nameOf(page.items, asked['person']),
      topics: [...journalTopics],
      minutes: SAME_LOOK_MINUTES,
      export_max: EXPORTED_MAX,
      head: whole ? await findHead(ctx.db) : null,
    }
  })
}

const nameOf = (rows: readonly JournalRow[], id: string | undefined): string | null =>
  rows.flatMap(({ actor, person }) => [actor, person]).find((one) => one?.id === id)?.name ?? null

/** The page of what a fact is about, where it has one. */
function objectOf({ ticket, person, desk, about }: JournalRow): string | null {
  if (typeof about['item_id'] === 'string') return `/desk/intake/${about['item_id']}`
  if (typeof about['outbox_id'] === 'string') return `/desk/outbox/${about['outbox_id']}`
  if (ticket) return `/desk/tickets/${ticket.number}`
  if (desk) return `/desk/settings/desks/${desk.id}`
  if (person) return `/desk/people/${person.id}`
  return typeof about['slug'] === 'string' ? `/desk/settings/pages/${encodeURIComponent(about['slug'])}` : null
}
