import { z } from 'zod'
import type { Writing } from '../platform/context.ts'
import { record } from '../platform/journal.ts'
import { must } from '../platform/may.ts'
import { refuse } from '../platform/refusal.ts'
import { say } from '../platform/words.ts'
import { rawItem, seeItem, settleItems, unsettleItem } from '../channels/index.ts'
import { narrowestDesk } from '../desks/index.ts'
import { findOrMakePeople, normaliseAddress } from '../people/index.ts'
import { openTickets } from '../tickets/index.ts'

export const OpenByHand = z.strictObject({
  id: z.uuid(),
  /** What the item says, in the agent's words; the bytes as received hang on the ticket anyway. */
  text: z.string().trim().max(20_000).optional(),
  name: z.string().trim().max(200).optional(),
  address: z.string().trim().max(320).optional(),
})
export type OpenByHand = z.infer<typeof OpenByHand>

/**
 * Makes a ticket of an item that could not be read or was refused. Staff only; `not_found` for what they do not see, `conflict` for an
 * item that has another outcome. Nothing is answered automatically: somebody holds it in hand.
 */
export async function openByHand(ctx: Writing, input: OpenByHand): Promise<{ id: string; number: string }> {
  if (ctx.actor.kind !== 'staff') refuse('forbidden', 'intake.staff')
  const item = await seeItem(ctx, input.id)
  must(ctx.actor, 'item.retry')
  if (!(await unsettleItem(ctx, item.id))) refuse('conflict', 'intake.settled')
  const { language, sees_all, desks } = ctx.actor
  const address = input.address || item.sender.address
  const channel =
    item.channel === 'telegram' ? 'telegram' : /@/.test(address) || item.channel === 'email' ? 'email' : 'phone'
  const point = normaliseAddress(channel, address)
  const [person] = await findOrMakePeople(ctx, [
    point
      ? { name: input.name || item.sender.name, channel, address: point.address }
      : // An operator's name in letters: by that it is known here, and nobody answers it.
        { name: input.name || item.sender.name || address || say('id', 'intake.unknown_sender') },
  ])
  const [ticket] = await openTickets(ctx, [
    {
      ...(item.subject ? { subject: item.subject } : {}),
      text: input.text || item.text || say(language, 'intake.by_hand'),
      channel: item.channel,
      language: person!.language,
      requester_id: person!.id,
      contact_point_id: person!.contact_point_id,
      // Whoever opens it must see it, and not everybody sees the secretariat's.
      desk_id: (sees_all ? null : desks[0]?.id) ?? (await narrowestDesk(ctx, null)),
      intake_item_id: item.id,
      attachments: [{ ...original(item.channel), ...(await keepBytes(ctx, item.id)) }],
    },
  ])
  await settleItems(ctx, [
    { id: item.id, outcome: 'ticket', reason: 'by_hand', ticket: ticket!, ticket_message_id: ticket!.message_id },
  ])
  await record(ctx, 'intake.retried', { ticket_id: ticket!.id, about: { item_id: item.id, by: 'hand' } })
  return { id: ticket!.id, number: ticket!.number }
}

const original = (channel: string) =>
  channel === 'email'
    ? { name: 'asli.eml', type: 'message/rfc822' }
    : { name: 'asli.bin', type: 'application/octet-stream' }

/** The bytes as received become an attachment; equal bytes are stored once. */
async function keepBytes(ctx: Writing, item_id: string) {
  const { bytes } = await rawItem(ctx, item_id)
  const chunks: Buffer[] = []
  for await (const chunk of bytes) chunks.push(chunk as Buffer)
  return ctx.app.files.keep(Buffer.concat(chunks))
}
