import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Reading } from '../platform/context.ts'
import { knownYears, loadHolidays, loadRegions } from '../regions/index.ts'
import { firstPages } from './first-pages.ts'
import { firstCompetences, firstTopics, firstUrgencies } from './first-vocabulary.ts'
import { makeSecretariat } from './make-secretariat.ts'
import { loadPages } from './pages.ts'
import { loadVocabulary } from './vocabulary.ts'

/**
 * What a new installation needs before its first request: places, holidays, vocabulary, the secretariat's desk, the first texts of the
 * information pages. Runs at every start; when all is there it is one query. Two processes that start at once take turns.
 */
export async function prepare(app: App): Promise<void> {
  await write(app, system, async (ctx) => {
    if (await isPrepared(ctx)) return
    await sql`select pg_advisory_xact_lock(hashtext('pandu prepare'))`.execute(ctx.tx)
    await loadRegions(ctx)
    await loadHolidays(ctx)
    await loadVocabulary(ctx)
    await makeSecretariat(ctx)
    await loadPages(ctx)
  })
}

const REGIONS = 552

async function isPrepared(ctx: Reading): Promise<boolean> {
  const codes = (words: readonly { code: string }[]) => words.map((word) => word.code)
  const { rows } = await sql<{ prepared: boolean }>`select
    (select count(*) from regions) >= ${REGIONS}::int
    and not exists (select unnest(${knownYears}::int[]) except select distinct extract(year from date)::int from holidays)
    and exists (select from desks where kind = 'secretariat')
    and not exists (select unnest(${codes(firstTopics)}::text[]) except select code from topics)
    and not exists (select unnest(${codes(firstCompetences)}::text[]) except select code from competences)
    and not exists (select unnest(${codes(firstUrgencies)}::text[]) except select code from urgencies)
    and not exists (select unnest(${firstPages.map((page) => page.slug)}::text[]) except select slug from pages) as prepared`.execute(
    ctx.db,
  )
  return rows[0]!.prepared
}
