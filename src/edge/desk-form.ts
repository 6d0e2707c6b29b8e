/** How a form of the desk is read, done and answered: the same four lines on every page (post, do, redirect; or the form again). */
import { redirect, type ActionFailure } from '@sveltejs/kit'
import type { z } from 'zod'
import type { StaffActor, Writing } from '#server/platform/context.ts'
import { write } from '#server/platform/context.ts'
import { DONE_BEFORE, doOnce, FormId } from '#server/platform/do-once.ts'
import { Refusal, refuse } from '#server/platform/refusal.ts'
import { refused, type NotSaved } from './answer-form.ts'

/** What was typed, and in which of a page's forms. */
export type Typed = { form: string } & Record<string, string>

/** Whoever signed in, speaking the language of this page: codes are named in it. The hook lets nobody else in. */
export const deskActor = ({ staff, language }: App.Locals): StaffActor =>
  staff ? { ...staff, language } : refuse('unauthenticated', 'sign_in')

/** What a person typed, by the schema beside the command; refuses `invalid` with one fault a field. */
export function parsed<Schema extends z.ZodType>(
  schema: Schema,
  input: { [Name in keyof z.input<Schema>]?: unknown },
): z.output<Schema> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const faults = result.error.issues.map((issue) => ({ path: issue.path.join('.'), key: faultKey(issue) }))
  refuse(
    'invalid',
    'form',
    faults.filter(({ path }, index) => faults.findIndex((other) => other.path === path) === index),
  )
}

function faultKey({ message, code }: { message: string; code?: string | undefined }): string {
  // The schemas' own messages are keys; what zod says by itself is not.
  if (/^[a-z_]+(\.[a-z_]+)+$/.test(message)) return message
  if (code === 'too_small') return 'fault.required'
  return code === 'too_big' ? 'fault.too_long' : 'fault.wrong'
}

/**
 * Does the work in one transaction and shows `next` afresh, so that reloading does nothing twice. A refusal shows the form again with
 * its sentence and everything that was typed. The same form posted twice with the same words (a second click, a bad line) is done once:
 * the second gets the first one's page (platform/do-once.ts; what is written on a ticket is sent once by tickets/send-once.ts).
 * @param values with `form_id`, made by the server when the form was shown, where doing it twice would harm
 * @param next where to go on; a function of the work's answer, or of null when it was done before
 */
export async function settle<Values extends Typed, Answer>(
  locals: App.Locals,
  values: Values,
  next: string | ((answer: Answer | null) => string),
  work: (ctx: Writing) => Promise<Answer>,
): Promise<ActionFailure<NotSaved<Values>>> {
  const { form: name, form_id = '', ...words } = values as Typed
  let answer: Answer | typeof DONE_BEFORE
  try {
    answer = await write(locals.app, deskActor(locals), (ctx) =>
      isFormId(form_id) ? doOnce(ctx, { form_id, name, words }, () => work(ctx)) : work(ctx),
    )
  } catch (thrown) {
    if (thrown instanceof Refusal) locals.refused = thrown
    return refused(thrown, values)
  }
  redirect(303, typeof next === 'string' ? next : next(answer === DONE_BEFORE ? null : answer))
}

/** A form without one, or with one that we did not make, is done each time. */
const isFormId = (text: string): boolean => FormId.safeParse(text).success

/** An empty field of a form: not given, or taken away. */
export const optional = (text: string): string | undefined => (text === '' ? undefined : text)
export const orNull = (text: string): string | null => (text === '' ? null : text)
