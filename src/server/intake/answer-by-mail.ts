import type { Writing } from '../platform/context.ts'
import { staffActors } from '../desks/index.ts'
import { reply } from '../tickets/index.ts'
import type { ReadFile } from './read-items.ts'

export interface AgentMail {
  ticket_id: string
  /** The agent; look-up.ts has made sure that it is they and that they may. */
  author_id: string
  text: string
  attachments: readonly ReadFile[]
}

/**
 * What agents wrote as answers to the desk's notices goes out as their answers: to the requester and everybody who takes part, without what
 * they quoted. Answers the messages in the order given. One after the other: agents who write by mail are few, and each answer is a
 * command of its own, with its own actor in the journal.
 */
export async function answerByMail(ctx: Writing, mails: readonly AgentMail[]): Promise<{ message_id: string }[]> {
  const actors = await staffActors(
    ctx,
    mails.map(({ author_id }) => author_id),
  )
  const answers: { message_id: string }[] = []
  for (const { ticket_id, author_id, text, attachments } of mails) {
    const actor = actors.get(author_id)
    if (!actor) throw new Error('an agent who works nowhere was let through')
    answers.push(
      await reply(
        { ...ctx, actor },
        { ticket_id, text, attachments: [...attachments], at_once: true, may_be_cut: true },
      ),
    )
  }
  return answers
}
