import { sql } from 'kysely'
import type { Language, Reading } from '../platform/context.ts'
import { isId } from '../platform/ids.ts'
import { must } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import { seen } from '../platform/sights.ts'
import type { ApplicationForm, ApplicationKind, BegunForm } from './application-form.ts'
import { withMoments } from './own-application.ts'

export const applicationStates = ['received', 'asked', 'approved', 'declined', 'withdrawn'] as const
export type ApplicationState = (typeof applicationStates)[number]

export interface ListedApplication {
  id: string
  number: string
  kind: ApplicationKind
  state: ApplicationState
  state_since: Date
  made_at: Date
  submitted_at: Date | null
  institution: string | null
  represents: string[]
  is_renewal: boolean
}

const LIST_MAX = 200

const listed = sql`a.id, a.number::text as number, a.kind, a.state, a.state_since, a.made_at, a.submitted_at,
  coalesce(o.name, a.form->'institution'->>'name') as institution, coalesce(a.form->'represents', '[]') as represents,
  a.renews_id is not null as is_renewal`

/** Applications in one state, or all that wait for somebody, the oldest first; decided ones the newest first. At most 200. The secretariat only. */
export async function listApplications(
  ctx: Reading,
  question: { state?: ApplicationState | undefined } = {},
): Promise<ListedApplication[]> {
  must(ctx.actor, 'application.review')
  const states = question.state ? [question.state] : ['received', 'asked']
  const over = question.state !== undefined && question.state !== 'received' && question.state !== 'asked'
  const { rows } = await sql<ListedApplication>`select ${listed} from applications a
    left join organisations o on o.id = a.organisation_id
    where a.state = any (${states}::text[])
    order by ${over ? sql`a.state_since desc, a.id desc` : sql`a.state <> 'received', a.state_since, a.id`}
    limit ${LIST_MAX}::int`.execute(ctx.db)
  seen(ctx, 'application.listed')
  return rows
}

/** How many wait for the secretariat: for its one screen. */
export async function countApplications(ctx: Reading): Promise<number> {
  const { rows } = await sql<{
    many: number
  }>`select count(*)::int as many from applications where state = 'received'`.execute(ctx.db)
  return rows[0]!.many
}

export interface Application extends ListedApplication {
  form: ApplicationForm | BegunForm
  language: Language
  channel: 'web' | 'email' | 'desk'
  contact_address: string
  ticket_id: string | null
  organisation: { id: string; name: string } | null
  renews: { id: string; starts_at: string; ends_at: string | null } | null
  accepted_page: string | null
  accepted_version: number | null
  accepted_at: Date | null
  checklist: Partial<Record<ChecklistItem, { checked_by: string; checked_at: string }>>
  reason: string | null
  decided_at: Date | null
  decided_by: string | null
  cleared_at: Date | null
  words: { by_applicant: boolean; author: string | null; text: string; at: Date }[]
  files: { id: string; name: string; type: string; size: number; at: Date }[]
}

/** What is looked at before deciding. */
export const checklistItems = ['identity', 'responsible', 'evidence', 'contacts', 'regions', 'conflicts'] as const
export type ChecklistItem = (typeof checklistItems)[number]

/** One application with everything. The secretariat only; not_found for an unknown one. Records the look (`application.seen`). */
export async function seeApplication(ctx: Reading, id: string): Promise<Application> {
  must(ctx.actor, 'application.review')
  if (!isId(id)) refuse('not_found', 'application')
  const { rows } =
    await sql<Application>`select ${listed}, a.form, a.language, a.channel, a.contact_address, a.ticket_id,
      case when o.id is not null then jsonb_build_object('id', o.id, 'name', o.name) end as organisation,
      (select jsonb_build_object('id', t.id, 'starts_at', t.starts_at, 'ends_at', t.ends_at) from affiliations t where t.id = a.renews_id) as renews,
      a.accepted_page, a.accepted_version, a.accepted_at, a.checklist, a.reason, a.decided_at, a.cleared_at,
      (select p.name from people p where p.id = a.decided_by) as decided_by,
      coalesce((select jsonb_agg(jsonb_build_object('by_applicant', w.by_applicant, 'author', p.name, 'text', w.text, 'at', w.at) order by w.at, w.id)
        from application_words w left join people p on p.id = w.author_id where w.application_id = a.id), '[]') as words,
      coalesce((select jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'type', f.type, 'size', f.size, 'at', f.at) order by f.at, f.id)
        from application_files f where f.application_id = a.id), '[]') as files
    from applications a left join organisations o on o.id = a.organisation_id where a.id = ${id}::uuid`.execute(ctx.db)
  const row = rows[0] ?? refuse('not_found', 'application')
  seen(ctx, 'application.seen', { about: { application_id: id } })
  return withMoments(row)
}

/** One document of an application, by whoever may read the application. Refuses not_found. Records the look. */
export async function findApplicationFile(
  ctx: Reading,
  question: { application_id: string; id: string },
): Promise<{ name: string; type: string; size: number; sha256: string }> {
  must(ctx.actor, 'application.review')
  if (!isId(question.application_id) || !isId(question.id)) refuse('not_found', 'file')
  const { rows } = await sql<{
    name: string
    type: string
    size: number
    sha256: string
  }>`select name, type, size, sha256
    from application_files where application_id = ${question.application_id}::uuid and id = ${question.id}::uuid`.execute(
    ctx.db,
  )
  const file = rows[0] ?? refuse('not_found', 'file')
  seen(ctx, 'application.seen', { about: { application_id: question.application_id, file_id: question.id } })
  return file
}
