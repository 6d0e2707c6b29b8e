import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'
import { acceptOffer } from './accept-offer.ts'
import { declineOffer, type DeclineReason } from './decline-offer.ts'
import { seeOffer, type OfferRow } from './list-offers.ts'
import { openOfferLink, useOfferLink, type OfferLink } from './offer-links.ts'
import { undoAnswer } from './undo-answer.ts'

/** A link's offer as its page shows it: never the request itself, also after acceptance; that comes by mail, to the contact's own address. */
export type LinkedOffer = Omit<OfferRow, 'ticket' | 'answered_by'> & {
  link: Pick<OfferLink, 'answer' | 'language' | 'person_id'>
  /** Whether whoever holds this link gave the answer, and nobody else. */
  answered_by_holder: boolean
  /** It can be taken back at this moment. */
  may_undo: boolean
}

/** What stands behind a link of an offer's mail. Called through the door `link`. Refuses `not_found` (offer.link) for a link that is none. */
export async function seeLinkedOffer(ctx: Writing, token: string): Promise<LinkedOffer> {
  const { answer, language, person_id, offer_id } = await takeLink(ctx, token)
  const { ticket: _ticket, answered_by, ...offer } = await seeOffer(ctx, { offer_id })
  const answered_by_holder = answered_by?.id === person_id
  const undoable = offer.state === 'accepted' || offer.state === 'declined'
  return {
    ...offer,
    link: { answer, language, person_id },
    answered_by_holder,
    may_undo: answered_by_holder && undoable && offer.undo_until !== null && offer.undo_until > ctx.now,
  }
}

export type LinkAnswer =
  { answer: 'accept' } | { answer: 'decline'; reason_code: DeclineReason; reason_words?: string | undefined }

/**
 * Answers an offer by the link of its mail; which of the two buttons was pressed counts, not which link was followed. The link is used up. Refuses
 * `not_found` (offer.link), `conflict` (offer.link_used; offer.was_STATE) and as acceptOffer and declineOffer do. Called through the door `link`.
 */
export async function answerByLink(ctx: Writing, { token, ...given }: { token: string } & LinkAnswer): Promise<void> {
  const { offer_id, person_id } = await takeLink(ctx, token)
  const { state } = await seeOffer(ctx, { offer_id })
  if (state !== 'open') refuse('conflict', `offer.was_${state}`)
  if (!(await useOfferLink(ctx, token))) refuse('conflict', 'offer.link_used')
  const whose = { offer_id, by: person_id, via: 'email' as const }
  if (given.answer === 'accept') await acceptOffer(ctx, whose)
  else await declineOffer(ctx, { ...whose, reason_code: given.reason_code, reason_words: given.reason_words })
}

/** Takes the answer back, within its five minutes; the links may be used again. Refuses as undoAnswer does. */
export async function undoByLink(ctx: Writing, { token }: { token: string }): Promise<void> {
  const { offer_id, person_id } = await takeLink(ctx, token)
  await undoAnswer(ctx, { offer_id, by: person_id, via: 'email' })
  await sql`update offer_links set used_at = null where offer_id = ${offer_id}::uuid and person_id = ${person_id}::uuid`.execute(
    ctx.tx,
  )
}

async function takeLink(ctx: Writing, token: string): Promise<OfferLink> {
  // 160 bits in base32 (platform/secrets.ts); anything else is not worth a question to the database.
  const link = /^[a-z2-7]{32}$/.test(token) ? await openOfferLink(ctx, token) : null
  return link ?? refuse('not_found', 'offer.link')
}
