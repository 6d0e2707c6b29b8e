import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import type { Writing } from './context.ts'
import { mustAsPerson } from './may.ts'

/** Made by the server when it shows a form; the same for every try to send that form. */
export const FormId = z.string().min(16).max(100)

/** What {@link doOnce} answers for a form whose work was done before. */
export const DONE_BEFORE = Symbol('done before')

export interface Form {
  form_id: string
  /** Which of a page's forms. */
  name: string
  /** What the form says: texts, choices, the sums of files. */
  words: Readonly<Record<string, string | readonly string[] | null | undefined>>
}

/**
 * Does what a form of the desk asks for, once: the same form posted again with the same words (a second click, a reload, an answer lost
 * on the way) does nothing. Two at the same moment take turns. Written in the transaction of the work, so that work that was refused or
 * rolled back leaves no trace and the form can be sent again; the same form with other words is another one.
 */
export async function doOnce<Answer>(
  ctx: Writing,
  { form_id, name, words }: Form,
  work: () => Promise<Answer>,
): Promise<Answer | typeof DONE_BEFORE> {
  mustAsPerson(ctx.actor, 'account.own')
  const words_hash = createHash('sha256')
    .update(JSON.stringify([name, words]))
    .digest('hex')
  const { rows } = await sql`insert into done_forms (person_id, form_id, words_hash, name, at)
    values (${ctx.actor.person_id}::uuid, ${form_id}, ${words_hash}, ${name}, ${ctx.now}::timestamptz)
    on conflict do nothing returning form_id`.execute(ctx.tx)
  return rows.length === 0 ? DONE_BEFORE : work()
}

/** Whether the actor's form was done, with whatever words. */
export async function wasDone(ctx: Writing, { form_id, name }: Pick<Form, 'form_id' | 'name'>): Promise<boolean> {
  const person_id = 'person_id' in ctx.actor ? ctx.actor.person_id : null
  const { rows } = await sql`select from done_forms
    where person_id = ${person_id}::uuid and form_id = ${form_id} and name = ${name} limit 1`.execute(ctx.tx)
  return rows.length > 0
}
