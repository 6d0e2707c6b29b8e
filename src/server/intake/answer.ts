import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import type { App } from '../platform/app.ts'
import { enter, type Language, type RequesterActor, type Writing } from '../platform/context.ts'
import { countHit } from '../platform/limits.ts'
import { limitOf } from '../platform/limit-catalog.ts'
import { refuse } from '../platform/refusal.ts'
import { say } from '../platform/words.ts'
import { settleItems, takeItems } from '../channels/index.ts'
import { quietRules } from '../service_levels/index.ts'
import { receiveMessages } from '../tickets/index.ts'
import { FormAttachments, FormId, readForm } from './form.ts'

export const Answer = z
  .strictObject({
    form_id: FormId,
    text: z.string().trim().max(20_000, 'ask.fault_text_long'),
    attachments: FormAttachments,
  })
  .refine(({ text, attachments }) => text !== '' || attachments.length > 0, {
    path: ['text'],
    message: 'follow.fault_text',
  })
export type Answer = z.output<typeof Answer>

export interface Answered {
  /** Where it stands: the ticket, or the one in which a ticket closed long ago goes on. */
  ticket: { id: string; number: string }
  /** It opened that one. */
  opened: boolean
}

/**
 * What somebody writes on the page behind their secret link: ledger row, outcome and message in one transaction, once for each form.
 * Refuses `invalid` with faults, `too_many`, and `not_found` when the ticket is gone.
 */
export async function answer(app: App, actor: RequesterActor, input: z.input<typeof Answer>): Promise<Answered> {
  const form = readForm(Answer, input)
  const raw = Buffer.from(JSON.stringify(form))
  await enter(app, 'intake', (ctx) => countHit(ctx, limitOf('answer', actor.ticket_id)))
  return enter(app, 'intake', async (ctx) => {
    const fingerprint = createHash('sha256')
      .update(`web ${actor.ticket_id} ${actor.person_id} `)
      .update(raw)
      .digest('hex')
    const [taken] = await takeItems(ctx, [{ channel: 'web', raw, fingerprint, recipients: [] }])
    return taken!.duplicate_of ? ticketOfItem(ctx, taken!.duplicate_of) : takeAnswer(ctx, actor, taken!.id, form)
  })
}

async function takeAnswer(ctx: Writing, actor: RequesterActor, item_id: string, form: Answer): Promise<Answered> {
  const person = await findAuthor(ctx, actor)
  const { reopen_within_days } = await quietRules(ctx)
  const [received] = await receiveMessages({ ...ctx, actor }, [
    {
      ticket_id: actor.ticket_id,
      author_id: actor.person_id,
      channel: 'web',
      text: form.text || say(person.language, 'intake.only_attachments'),
      attachments: form.attachments,
      intake_item_id: item_id,
      reopen_within_days,
    },
  ])
  const ticket = { id: received!.ticket_id, number: received!.number }
  await settleItems(ctx, [
    {
      id: item_id,
      outcome: received!.follows_id ? 'ticket' : 'message',
      ticket,
      ticket_message_id: received!.message_id,
      sender: { name: person.name, address: person.address },
      text: form.text,
      attachments: form.attachments,
    },
  ])
  return { ticket, opened: received!.follows_id !== null }
}

/** With the mail address by which they take part; it is acknowledged when the answer opens a new ticket. '' without one. */
async function findAuthor(ctx: Writing, { person_id, ticket_id }: RequesterActor) {
  const { rows } = await sql<{ name: string; language: Language; address: string }>`select people.name, people.language,
      coalesce(c.normalised, '') as address
    from people
    left join participants p on p.person_id = people.id and p.ticket_id = ${ticket_id}::uuid
    left join contact_points c on c.id = p.contact_point_id and c.channel = 'email'
    where people.id = ${person_id}::uuid`.execute(ctx.db)
  return rows[0] ?? refuse('not_found', 'ticket.unknown')
}

async function ticketOfItem(ctx: Writing, item_id: string): Promise<Answered> {
  const item = await ctx.db
    .selectFrom('intake_items')
    .select(['ticket_id', 'ticket_number', 'outcome'])
    .where('id', '=', item_id)
    .executeTakeFirst()
  if (!item?.ticket_id) refuse('not_found', 'ticket.unknown')
  return { ticket: { id: item.ticket_id, number: String(item.ticket_number) }, opened: item.outcome === 'ticket' }
}
