import type { RequestHandler } from './$types'
import type { App as Pandu } from '#server/platform/app.ts'
import { read, type StaffActor } from '#server/platform/context.ts'
import type { Cell } from '#server/platform/csv.ts'
import { refuse } from '#server/platform/refusal.ts'
import { seen } from '#server/platform/sights.ts'
import { say, type Language } from '#server/platform/words.ts'
import { mustHaveSignedInRecently } from '#server/people/index.ts'
import { listJournal, tellFact, whoOf, type JournalRow, type ListJournal } from '#server/reports/index.ts'
import { deskActor } from '../../../../../../edge/desk-form.ts'
import { csvDownload } from '../../../../../../edge/download.ts'
import { questionOf } from '../question.ts'
import { EXPORTED_MAX } from './exported-max.ts'

const PAGE = 500
const PURPOSE_LENGTH_MAX = 500

/** The filtered journal as a table for saving, newest first. That it was taken, and what for, is written down first; refuses invalid without. */
export const GET: RequestHandler = async ({ locals, url }) => {
  const { app, language } = locals
  const actor = deskActor(locals)
  const { asked, question } = questionOf(url, actor)
  const purpose = url.searchParams.get('purpose')?.trim().slice(0, PURPOSE_LENGTH_MAX) ?? ''
  if (purpose === '') refuse('invalid', 'journal.purpose', [{ path: 'purpose', key: 'fault.required' }])
  const first = await read(app, actor, async (ctx) => {
    mustHaveSignedInRecently(ctx)
    const page = await listJournal(ctx, { ...question, limit: PAGE })
    seen(ctx, 'journal.exported', { details: { ...asked, purpose } })
    return page
  })
  await app.sights.flush()
  const heading = columns.map((column) => say(language, `journal.column_${column}`))
  return csvDownload('jurnal.csv', heading, rowsOf(app, actor, language, question, first))
}

const columns = ['at', 'kind', 'who', 'what', 'ticket', 'person', 'client', 'words', 'why', 'session', 'token'] as const

async function* rowsOf(
  app: Pandu,
  actor: StaffActor,
  language: Language,
  question: ListJournal,
  first: Awaited<ReturnType<typeof listJournal>>,
): AsyncGenerator<Cell[]> {
  let sent = 0
  for (let page = first; ;) {
    for (const row of page.items) yield cellsOf(language, row)
    sent += page.items.length
    if (page.next === null) return
    if (sent >= EXPORTED_MAX) return yield [say(language, 'journal.export_cut', { max: EXPORTED_MAX })]
    const cursor = page.next
    page = await read(app, actor, (ctx) => listJournal(ctx, { ...question, limit: PAGE, cursor }))
  }
}

/** Whose data may not be used is not named in a file that leaves the house; their id leads to them. */
const unnamed = (language: Language, row: JournalRow): JournalRow => ({
  ...row,
  actor: row.actor.restricted ? { ...row.actor, name: say(language, 'privacy.restricted_name') } : row.actor,
  person: row.person?.restricted ? { ...row.person, name: say(language, 'privacy.restricted_name') } : row.person,
})

function cellsOf(language: Language, given: JournalRow): Cell[] {
  const row = unnamed(language, given)
  const id = (name: string) => (typeof row.about[name] === 'string' ? row.about[name] : null)
  return [
    row.at,
    row.kind,
    whoOf(language, row.actor),
    tellFact(language, row),
    row.ticket?.number ?? null,
    row.person?.name ?? null,
    row.client,
    row.words,
    row.purpose ?? (row.why && say(language, `journal.why_${row.why}`)),
    id('session_id'),
    id('token_id'),
  ]
}
