import { sql } from 'kysely'
import type { Language, Reading } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import type { Page } from './pages.ts'

export interface PageVersion {
  language: Language
  version: number
  title: string
  position: number
  saved_at: Date
  /** Null for the text that came with Pandu, and where the reader may not see people. */
  saved_by: string | null
  withdrawn_at: Date | null
}

const VERSIONS_MAX = 200

/** Every saved text of a page in both languages, newest first, at most 200; empty for a page that never was. */
export async function listPageVersions(ctx: Reading, slug: string): Promise<PageVersion[]> {
  const { rows } = await sql<PageVersion>`
    select v.language, v.version, v.title, v.position, v.saved_at, p.name as saved_by, v.withdrawn_at
    from pages v left join people p on p.id = v.saved_by
    where v.slug = ${slug} order by v.version desc, v.language limit ${VERSIONS_MAX}::int`.execute(ctx.db)
  return rows
}

/** One saved text, also of a withdrawn page. Refuses `not_found`. */
export async function seePageVersion(
  ctx: Reading,
  question: { slug: string; language: Language; version: number },
): Promise<Page> {
  const { rows } = await sql<Page>`select slug, language, version, title, body, saved_at from pages
    where slug = ${question.slug} and language = ${question.language} and version = ${question.version}::int`.execute(
    ctx.db,
  )
  return rows[0] ?? refuse('not_found', 'page')
}

/** The pages of which every text was withdrawn: saving one again brings it back. */
export async function listWithdrawnPages(ctx: Reading): Promise<{ slug: string; title: string }[]> {
  const { rows } = await sql<{ slug: string; title: string }>`
    select slug, (array_agg(title order by version desc, language))[1] as title from pages
    group by slug having bool_and(withdrawn_at is not null) order by slug limit 100`.execute(ctx.db)
  return rows
}
