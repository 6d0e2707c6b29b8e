import { z } from 'zod'
import type { Language, Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { say } from '../platform/words.ts'
import { moveTicket, takeTicket } from './find-ticket.ts'
import { plainText } from './plain-text.ts'
import { refuseUnseen } from './refuse-unseen.ts'
import { Attachment, leavesAt, REPLY_FILES_MAX } from './reply.ts'
import { sendOut, type Sent } from './send-out.ts'

const field = (max: number) => z.string().trim().max(max)

export const Resolve = z.object({
  ticket_id: z.uuid(),
  problem: field(10_000).min(1),
  cause: field(10_000).optional(),
  alternatives: field(10_000).optional(),
  steps: field(20_000).min(1),
  attachments: z.array(Attachment).max(REPLY_FILES_MAX).optional(),
  /** See Reply. */
  seen_message_id: z.uuid().optional(),
  at_once: z.boolean().optional(),
  /** How long it can be taken back before it leaves, where that is not the desk's 15 seconds. */
  take_back_seconds: z.number().int().positive().optional(),
  /** Made from what was answered: somebody still has to fill it in properly. */
  to_complete: z.boolean().optional(),
})
export type Resolve = z.infer<typeof Resolve>

/**
 * Writes the answer once, in the four fields that an article has, and sends it with the question whether it helped. Refuses `conflict`
 * (ticket.message_arrived) as a reply does.
 */
export async function resolve(ctx: Writing, input: Resolve): Promise<Sent> {
  const { ticket, to } = await takeTicket(ctx, input.ticket_id, 'ticket.resolve', 'resolve')
  await refuseUnseen(ctx, input)
  const author_id = ctx.actor.kind === 'staff' ? ctx.actor.person_id : null
  const [sent] = await sendOut(ctx, [
    {
      ticket,
      text: resolutionText(ticket.language, input),
      sms: stepsText(ticket.language, input),
      author_id,
      attachments: input.attachments,
      leaves_at: leavesAt(ctx, input.at_once, input.take_back_seconds),
      footer: 'ticket.mail.confirm',
    },
  ])
  const id = newId()
  await ctx.tx
    .insertInto('resolutions')
    .values({
      ticket_id: ticket.id,
      id,
      problem: plainText(input.problem),
      cause: input.cause ? plainText(input.cause) : null,
      alternatives: input.alternatives ? plainText(input.alternatives) : null,
      steps: plainText(input.steps),
      message_id: sent!.message_id,
      resolved_by: author_id,
      resolved_at: ctx.now,
      to_complete_since: input.to_complete ? ctx.now : null,
    })
    .execute()
  await moveTicket(ctx, ticket, to)
  await record(ctx, 'ticket.resolved', { ticket_id: ticket.id, about: { resolution_id: id, from_state: ticket.state } })
  return sent!
}

/** The four fields as plain text, in the order in which they are read; empty ones are left out. */
export function resolutionText(
  language: Language,
  fields: {
    problem: string
    cause?: string | null | undefined
    alternatives?: string | null | undefined
    steps: string
  },
): string {
  return partsText([
    [say(language, 'resolution.problem'), fields.problem],
    [say(language, 'resolution.cause'), fields.cause],
    [say(language, 'resolution.alternatives'), fields.alternatives],
    [say(language, 'resolution.steps'), fields.steps],
  ])
}

/** As SMS: whoever asked knows the problem. What to do comes first. */
const stepsText = (language: Language, { steps, cause, alternatives }: Resolve): string =>
  [
    steps,
    cause && `${say(language, 'resolution.cause')}: ${cause}`,
    alternatives && `${say(language, 'resolution.alternatives')}: ${alternatives}`,
  ]
    .filter(Boolean)
    .join('\n')

const partsText = (parts: readonly (readonly [string, string | null | undefined])[]): string =>
  parts
    .filter(([, text]) => text)
    .map(([title, text]) => `${title}:\n${text}`)
    .join('\n\n')
