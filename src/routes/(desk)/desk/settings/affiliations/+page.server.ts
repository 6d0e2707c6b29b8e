import type { Actions, PageServerLoad } from './$types'
import { read, type Writing } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import {
  ChangeAffiliation,
  decideReview,
  DecideReview,
  endAffiliation,
  liftSuspension,
  listAffiliations,
  listPartnerReviews,
  RecordWillingness,
  recordWillingness,
  suspendAffiliation,
  WithdrawWillingness,
  withdrawWillingness,
} from '#server/membership/index.ts'
import { listProvinces } from '#server/regions/index.ts'
import { deskActor, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'

/** Members and partners, what they represent, and partners that are to be looked at again. */
export const load: PageServerLoad = ({ locals }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  return read(locals.app, actor, async (ctx) => ({
    now: ctx.now,
    affiliations: await listAffiliations(ctx),
    reviews: await listPartnerReviews(ctx),
    provinces: await listProvinces(ctx),
  }))
}

const PAGE = '/desk/settings/affiliations?done=saved'

const act =
  (
    name: string,
    fields: readonly string[],
    work: (ctx: Writing, typed: Record<string, string>) => Promise<void>,
  ): Actions[string] =>
  async ({ request, locals }) => {
    const form = await request.formData()
    const typed = Object.fromEntries([...fields, 'reason'].map((field) => [field, textOf(form, field)]))
    return settle(locals, { form: name, ...typed }, PAGE, (ctx) => work(ctx, typed))
  }

export const actions: Actions = {
  suspend: act('suspend', ['affiliation_id'], (ctx, typed) =>
    suspendAffiliation(ctx, parsed(ChangeAffiliation, typed)),
  ),
  lift: act('lift', ['affiliation_id'], (ctx, typed) => liftSuspension(ctx, parsed(ChangeAffiliation, typed))),
  end: act('end', ['affiliation_id'], (ctx, typed) => endAffiliation(ctx, parsed(ChangeAffiliation, typed))),
  willing: act('willing', ['organisation_id', 'province_code'], (ctx, typed) =>
    recordWillingness(ctx, parsed(RecordWillingness, typed)),
  ),
  withdraw: act('withdraw', ['representation_id'], (ctx, typed) =>
    withdrawWillingness(ctx, parsed(WithdrawWillingness, typed)),
  ),
  review: act('review', ['review_id'], (ctx, typed) => decideReview(ctx, parsed(DecideReview, typed))),
}
