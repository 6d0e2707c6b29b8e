import { sql } from 'kysely'
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import { enter, everybody, type Language } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { limitOf } from '../platform/limit-catalog.ts'
import { countHit } from '../platform/limits.ts'
import { refuse } from '../platform/refusal.ts'
import { ApplicationFiles, keepApplicationFiles } from './application-files.ts'
import type { ApplicationForm, ApplicationKind, BegunForm } from './application-form.ts'
import { openApplicationLink } from './application-links.ts'
import { readForm } from './read-form.ts'
import type { ApplicationState } from './application-rows.ts'

/** What whoever applied reads of it: nobody's name but their own, no checklist. */
export interface OwnApplication {
  id: string
  number: string
  kind: ApplicationKind
  state: ApplicationState
  state_since: Date
  made_at: Date
  language: Language
  /** Null while the form that was begun for them is not filled in. */
  submitted_at: Date | null
  is_renewal: boolean
  form: ApplicationForm | BegunForm
  /** Told with the decision. */
  reason: string | null
  /** Questions and answers, the oldest first. */
  words: { by_applicant: boolean; text: string; at: Date }[]
  files: { name: string; size: number; at: Date }[]
}

/** The application behind a secret link. Refuses not_found `link`; wrong guesses of one client are counted. */
export async function seeOwnApplication(
  app: App,
  question: { token: string; client: string },
): Promise<OwnApplication> {
  const found = await enter(app, 'link', async (ctx) => {
    const id = await openApplicationLink(ctx, question.token)
    if (!id) return void (await countHit(ctx, limitOf('link.guess', question.client)))
    const { rows } =
      await sql<OwnApplication>`select a.id, a.number::text as number, a.kind, a.state, a.state_since, a.made_at, a.language,
        a.submitted_at, a.renews_id is not null as is_renewal, a.form, a.reason,
        coalesce((select jsonb_agg(jsonb_build_object('by_applicant', w.by_applicant, 'text', w.text, 'at', w.at) order by w.at, w.id)
          from application_words w where w.application_id = a.id), '[]') as words,
        coalesce((select jsonb_agg(jsonb_build_object('name', f.name, 'size', f.size, 'at', f.at) order by f.at, f.id)
          from application_files f where f.application_id = a.id), '[]') as files
      from applications a where a.id = ${id}::uuid`.execute(ctx.db)
    return rows[0]
  })
  return found ? withMoments(found) : refuse('not_found', 'link')
}

/** Times inside of JSON come as texts. */
export const withMoments = <Row extends { words: { at: Date }[]; files: { at: Date }[] }>(row: Row): Row => ({
  ...row,
  words: row.words.map((word) => ({ ...word, at: new Date(word.at) })),
  files: row.files.map((file) => ({ ...file, at: new Date(file.at) })),
})

export const AnswerQuestions = z
  .strictObject({
    application_id: z.uuid(),
    text: z.string().trim().max(10_000, 'fault.too_long').default(''),
    attachments: ApplicationFiles,
  })
  .refine(({ text, attachments }) => text !== '' || attachments.length > 0, {
    path: ['text'],
    message: 'apply.fault_answer',
  })

/**
 * The applicant's answer to the questions, with more documents: it is the secretariat's turn again. Before a decision more can be said
 * at any time. Refuses `conflict` when it is decided or withdrawn, `too_many`.
 */
export async function answerQuestions(app: App, input: z.input<typeof AnswerQuestions>): Promise<void> {
  const { application_id, text, attachments } = readForm(AnswerQuestions, input)
  await enter(app, 'link', async (ctx) => {
    await countHit(ctx, limitOf('answer', `application ${application_id}`))
    const { rows } =
      await sql`update applications set state = 'received', state_since = case when state = 'received' then state_since else ${ctx.now}::timestamptz end
      where id = ${application_id}::uuid and state in ('received', 'asked') and submitted_at is not null returning id`.execute(
        ctx.tx,
      )
    if (rows.length === 0) refuse('conflict', 'application.over')
    if (text !== '')
      await sql`insert into application_words (application_id, id, by_applicant, text, at)
        values (${application_id}::uuid, ${newId()}::uuid, true, ${text}, ${ctx.now}::timestamptz)`.execute(ctx.tx)
    await keepApplicationFiles(ctx, { application_id, files: attachments })
    await record({ ...ctx, actor: everybody }, 'application.answered', { about: { application_id } })
  })
}

/** The applicant takes it back. Refuses `conflict` when it is over already. */
export async function withdrawApplication(app: App, { application_id }: { application_id: string }): Promise<void> {
  await enter(app, 'link', async (ctx) => {
    const { rows } = await sql`update applications set state = 'withdrawn', state_since = ${ctx.now}::timestamptz
      where id = ${application_id}::uuid and state in ('received', 'asked') returning id`.execute(ctx.tx)
    if (rows.length === 0) refuse('conflict', 'application.over')
    await record({ ...ctx, actor: everybody }, 'application.withdrawn', { about: { application_id } })
  })
}
