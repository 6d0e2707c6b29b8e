import type { StaffActor } from '#server/platform/context.ts'
import { ListJournal } from '#server/reports/index.ts'

const FILTERS = ['topic', 'ticket', 'person', 'from', 'to', 'client'] as const

/**
 * What an address of the journal asks for. A filter that makes no sense (an old bookmark, a date that is none) is left out, and the page
 * says so.
 */
export function questionOf(url: URL, actor: StaffActor) {
  const asked: Record<string, string> = {}
  let dropped = false
  for (const name of FILTERS) {
    const value = url.searchParams.get(name)?.trim() ?? ''
    if (value === '') continue
    if (ListJournal.shape[name].safeParse(value).success && (name !== 'ticket' || /\d/.test(value))) asked[name] = value
    else dropped = true
  }
  const zone = actor.desks[0]?.time_zone ?? 'Asia/Jakarta'
  return { asked, dropped, question: { ...asked, zone } as ListJournal }
}
