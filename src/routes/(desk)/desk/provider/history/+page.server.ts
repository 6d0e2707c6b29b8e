import type { PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { listOffers, questionsOfOffers, topicOf } from '#server/referrals/index.ts'
import { deskActor } from '../../../../../edge/desk-form.ts'
import { askedDesks } from '../asked-desks.ts'

const OFFERS_SHOWN = 50

/** What was asked before, the newest first. */
export const load: PageServerLoad = ({ locals, url, depends }) => {
  depends('live:provider')
  const actor = deskActor(locals)
  const desk_ids = askedDesks(actor).map(({ id }) => id)
  const [, at, id] = /^(\d{4}-[\dT:.-]+Z)_([0-9a-f-]{36})$/.exec(url.searchParams.get('before') ?? '') ?? []
  const before = at && id && !Number.isNaN(Date.parse(at)) ? { offered_at: new Date(at), id } : undefined
  return read(locals.app, actor, async (ctx) => {
    const offers = await listOffers(ctx, { desk_ids, which: 'past', before, limit: OFFERS_SHOWN + 1 })
    const shown = offers.slice(0, OFFERS_SHOWN)
    const last = shown.at(-1)
    const questions = await questionsOfOffers(
      ctx,
      shown.map(({ id }) => id),
    )
    return {
      questions,
      offers: shown.map((offer) => ({ ...offer, topic: topicOf(offer, locals.language) })),
      next: offers.length > OFFERS_SHOWN && last ? `${last.offered_at.toISOString()}_${last.id}` : null,
    }
  })
}
