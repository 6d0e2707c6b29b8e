import type { Actions, PageServerLoad } from './$types'
import { write } from '#server/platform/context.ts'
import { mayCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import {
  holdPerson,
  HoldPerson,
  releasePerson,
  restrictPerson,
  seePerson,
  standingOf,
  unrestrictPerson,
  WithReason,
} from '#server/people/index.ts'
import {
  findMentions,
  findStayingFiles,
  listRequests,
  makeRequest,
  MakeRequest,
  removeMention,
  RemoveMention,
  requestKinds,
} from '#server/privacy/index.ts'
import { deskActor, orNull, parsed, settle } from '../../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../../edge/form-fields.ts'

const outcomes = ['held', 'released', 'restricted', 'unrestricted', 'asked', 'name_removed'] as const

/** Writes, although it only shows: that somebody looked at a person is recorded before the page leaves. */
export const load: PageServerLoad = async ({ locals, params, url, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const actor = deskActor(locals)
  const shown = await write(locals.app, actor, async (ctx) => {
    const person = await seePerson(ctx, params.id)
    return {
      person,
      standing: await standingOf(ctx, person.id),
      requests: actor.sees_all ? await listRequests(ctx, { person_id: person.id }) : [],
      may_decide: mayCoordinateAll(actor),
      mentions: mayCoordinateAll(actor) ? await findMentions(ctx, person.id) : null,
      may_record: actor.sees_all,
      done: outcomes.find((outcome) => outcome === url.searchParams.get('done')),
    }
  })
  // Up to sixty files are read, so only for whoever asks for it.
  const looks = shown.may_decide && url.searchParams.get('look') === 'files'
  return { ...shown, files: looks ? await findStayingFiles(locals.app, actor, shown.person.id) : null }
}

const here = (id: string, done: (typeof outcomes)[number]) => `/desk/people/${id}/personal-data?done=${done}#done`

export const actions: Actions = {
  hold: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = { form: 'hold', reason: textOf(form, 'reason'), review_on: textOf(form, 'review_on') }
    return settle(locals, values, here(params.id, 'held'), (ctx) =>
      holdPerson(ctx, parsed(HoldPerson, { person_id: params.id, reason: values.reason, review_on: values.review_on })),
    )
  },
  release: async ({ request, locals, params }) => {
    const values = { form: 'release', lift_reason: textOf(await request.formData(), 'lift_reason') }
    return settle(locals, values, here(params.id, 'released'), (ctx) =>
      releasePerson(ctx, parsed(WithReason, { person_id: params.id, reason: values.lift_reason })),
    )
  },
  restrict: async ({ request, locals, params }) => {
    const values = { form: 'restrict', why: textOf(await request.formData(), 'why') }
    return settle(locals, values, here(params.id, 'restricted'), (ctx) =>
      restrictPerson(ctx, parsed(WithReason, { person_id: params.id, reason: values.why })),
    )
  },
  unrestrict: async ({ request, locals, params }) => {
    const values = { form: 'unrestrict', why: textOf(await request.formData(), 'why') }
    return settle(locals, values, here(params.id, 'unrestricted'), (ctx) =>
      unrestrictPerson(ctx, parsed(WithReason, { person_id: params.id, reason: values.why })),
    )
  },
  unname: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = { form: 'unname', place: textOf(form, 'place'), place_id: textOf(form, 'place_id') }
    const next =
      values.place === 'file'
        ? `/desk/people/${params.id}/personal-data?done=name_removed&look=files#done`
        : here(params.id, 'name_removed')
    return settle(locals, values, next, (ctx) =>
      removeMention(ctx, parsed(RemoveMention, { person_id: params.id, place: values.place, id: values.place_id })),
    )
  },
  ask: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = {
      form: 'ask',
      kind: choiceOf(form, 'kind', requestKinds),
      address: textOf(form, 'address'),
      words: textOf(form, 'words'),
    }
    return settle(locals, values, here(params.id, 'asked'), (ctx) =>
      makeRequest(
        ctx,
        parsed(MakeRequest, {
          person_id: params.id,
          kind: values.kind,
          address: orNull(values.address),
          words: values.words,
          channel: 'desk',
          language: locals.language,
        }),
      ),
    )
  },
}
