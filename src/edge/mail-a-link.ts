import { setTimeout } from 'node:timers/promises'
import type { RequestEvent } from '@sveltejs/kit'
import { enter, type Writing } from '#server/platform/context.ts'
import { queueMessages } from '#server/channels/index.ts'
import { normaliseAddress } from '#server/people/index.ts'
import { notSaved, refused } from './answer-form.ts'
import { textOf } from './form-fields.ts'

// Longer than making a link and a mail takes, so that the answer comes after the same time whether there is an account or not.
const ANSWER_AFTER_MS = 400

type Mail = Parameters<typeof queueMessages>[1][number]

/**
 * The action of a form that asks for a link to the mailbox of an account (`AskForLink.svelte`). `mailFor` makes the link and its mail, or
 * null when there is nobody to send it to; the page answers the same, after the same time (trust: enumeration).
 */
export const mailALink =
  (mailFor: (ctx: Writing, asked: { email: string; client: string }) => Promise<Mail | null>) =>
  async ({ locals, request }: RequestEvent) => {
    const values = { email: textOf(await request.formData(), 'email') }
    if (normaliseAddress('email', values.email) === null)
      return notSaved(values, [{ path: 'email', key: 'fault.email' }])
    const answer = setTimeout(ANSWER_AFTER_MS)
    try {
      await enter(locals.app, 'sign_in', async (ctx) => {
        const mail = await mailFor(ctx, { email: values.email, client: locals.client })
        if (mail) await queueMessages(ctx, [mail])
      })
    } catch (thrown) {
      return refused(thrown, values)
    }
    await answer
    return { sent: true as const }
  }
