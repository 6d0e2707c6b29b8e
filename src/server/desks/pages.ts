import { sql } from 'kysely'
import { z } from 'zod'
import type { Language, Reading, Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { refuse } from '../platform/refusal.ts'
import { firstPages } from './first-pages.ts'

export interface Page {
  slug: string
  language: Language
  version: number
  title: string
  /** Plain text: paragraphs parted by empty lines, lines that begin with "## " are headings, with "- " list items. */
  body: string
  saved_at: Date
}
export interface ListedPage {
  slug: string
  position: number
  version: number
  title_id: string | null
  title_en: string | null
  saved_at: Date
}

/** Puts in the first texts of the pages that have none at all; what the secretariat wrote or withdrew stays. Answers how many texts were new. */
export async function loadPages(ctx: Writing): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into pages (slug, language, version, title, body, position)
    select slug, language, 1, title, body, position
    from jsonb_to_recordset(${JSON.stringify(firstPages)}::jsonb) as p (slug text, language text, title text, body text, position int)
    where not exists (select from pages mine where mine.slug = p.slug)
    on conflict do nothing`.execute(ctx.tx)
  return Number(numAffectedRows ?? 0)
}

/** The newest text in this language, else in the other one. Refuses `not_found` for an unknown or withdrawn page. */
export async function findPage(ctx: Reading, slug: string, language: Language): Promise<Page> {
  const { rows } = await sql<Page>`
    select slug, language, version, title, body, saved_at from pages
    where slug = ${slug} and withdrawn_at is null
    order by language <> ${language}, version desc limit 1`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'page')
}

/** Every page that is not withdrawn, with its newest titles, in the order of the footer. */
export async function listPages(ctx: Reading): Promise<ListedPage[]> {
  const { rows } = await sql<ListedPage>`
    with newest as (
      select distinct on (slug, language) slug, language, version, title, position, saved_at from pages
      where withdrawn_at is null order by slug, language, version desc)
    select slug, (array_agg(position order by version desc))[1] as position, max(version) as version, max(saved_at) as saved_at,
      max(title) filter (where language = 'id') as title_id, max(title) filter (where language = 'en') as title_en
    from newest group by slug order by 2, 1 limit 100`.execute(ctx.db)
  return rows
}

export const SavePage = z.strictObject({
  slug: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    .max(60),
  language: z.enum(['id', 'en']),
  title: z.string().trim().min(1).max(120),
  body: z.string().trim().min(1).max(50_000),
  position: z.int().min(0).max(10_000).optional(),
})
export type SavePage = z.infer<typeof SavePage>

/**
 * Saves a new version and keeps the old ones, because a consent names the version it was given to. Versions are counted over both
 * languages of a page, so that a number says exactly what both said then. Answers the version.
 */
export async function savePage(ctx: Writing, input: SavePage): Promise<number> {
  mustCoordinateAll(ctx.actor)
  // Two who save at once take turns, so that neither version is lost.
  await sql`select pg_advisory_xact_lock(hashtext('page ' || ${input.slug}))`.execute(ctx.tx)
  const { rows } = await sql<{ version: number }>`
    insert into pages (slug, language, version, title, body, position, saved_by, saved_at)
    select ${input.slug}, ${input.language}, coalesce(max(version), 0) + 1, ${input.title}, ${input.body},
      coalesce(${input.position ?? null}::int, (array_agg(position order by version desc))[1], 1000),
      ${'person_id' in ctx.actor ? ctx.actor.person_id : null}::uuid, ${ctx.now}::timestamptz
    from pages where slug = ${input.slug} returning version`.execute(ctx.tx)
  const { version } = rows[0]!
  await record(ctx, 'page.saved', { about: { slug: input.slug, language: input.language, version } })
  return version
}

// These have to be there: the footer, the notice of the form and the applications point at them.
const LASTING = new Set<string>(firstPages.map((page) => page.slug))

/** Takes a page out of sight; its versions stay. Refuses `conflict` for those that Pandu itself points at. */
export async function withdrawPage(ctx: Writing, input: { slug: string }): Promise<void> {
  mustCoordinateAll(ctx.actor)
  if (LASTING.has(input.slug)) refuse('conflict', 'page.lasting')
  const { numAffectedRows } = await sql`update pages set withdrawn_at = ${ctx.now}::timestamptz
    where slug = ${input.slug} and withdrawn_at is null`.execute(ctx.tx)
  if (!numAffectedRows) refuse('not_found', 'page')
  await record(ctx, 'page.saved', { about: { slug: input.slug, withdrawn: true } })
}

/** The version of the privacy text that is in force: what a consent given now names. */
export async function privacyVersion(ctx: Reading): Promise<number> {
  const { rows } = await sql<{
    version: number
  }>`select coalesce(max(version), 1) as version from pages where slug = 'privasi'`.execute(ctx.db)
  return rows[0]!.version
}

/** The version of a page's text that is in force: what is accepted now names it. Refuses `not_found`. */
export async function pageVersion(ctx: Reading, slug: string): Promise<number> {
  const { rows } = await sql<{
    version: number | null
  }>`select max(version) as version from pages where slug = ${slug} and withdrawn_at is null`.execute(ctx.db)
  return rows[0]?.version ?? refuse('not_found', 'page')
}
