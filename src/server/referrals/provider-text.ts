import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { limitInForce } from '../platform/limit-catalog.ts'
import type { NewMessage } from '../channels/index.ts'
import { smsForm } from '../tickets/index.ts'
import type { Told } from './duty-now.ts'
import type { AddressKind } from './provider-address.ts'

/**
 * What somebody of a provider is told by SMS or WhatsApp. An SMS is one segment, or as many as are allowed where it brings what a requester wrote.
 * @param words what is said by SMS, cut where it does not fit
 * @param tail how to answer; never cut
 * @param link where it stands on a page; only where it costs nothing more
 * @param chat the same for a channel that is not paid by length
 */
export async function providerText(
  ctx: Writing,
  given: {
    offer: { id: string }
    to: Told
    kind: AddressKind
    words: string
    tail?: string
    link?: string
    chat: string
    in_parts?: boolean
  },
): Promise<NewMessage> {
  const { offer, to, kind, words, tail = '', link = '', chat, in_parts = false } = given
  const channel = to.channel === 'whatsapp' ? 'whatsapp' : 'sms'
  const parts_max = in_parts ? await limitInForce(ctx, 'text.parts') : 1
  return {
    channel,
    kind: kind === 'offer' ? 'offer' : 'notice',
    recipient: to.address,
    recipient_name: to.name,
    recipient_id: to.person_id,
    text: channel === 'sms' ? smsForm({ words, tail, link, parts_max }) : chat,
    language: to.language,
    automatic: true,
    ...(await aboutOf(ctx, offer.id)),
  }
}

/** The ticket of an offer, for those who read the outbox and for answers to it. */
export async function aboutOf(ctx: Writing, offer_id: string): Promise<{ about_id: string; about_number: string }> {
  const { rows } = await sql<{
    about_id: string
    about_number: string
  }>`select t.id as about_id, t.number::text as about_number
    from offers o join tickets t on t.id = o.ticket_id where o.id = ${offer_id}::uuid`.execute(ctx.tx)
  return rows[0]!
}
