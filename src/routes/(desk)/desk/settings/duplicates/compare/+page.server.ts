import type { Actions, PageServerLoad } from './$types'
import { randomToken } from '#server/platform/secrets.ts'
import { write, type Writing } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { findAccount, KeepApart, keepApart, seePerson } from '#server/people/index.ts'
import { listTickets, mergePeople, MergeTwo } from '#server/tickets/index.ts'
import { deskActor, parsed, settle } from '../../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../../edge/form-fields.ts'

/** Writes, although it only shows: that somebody looked at two people is recorded before the page leaves. */
export const load: PageServerLoad = ({ locals, url, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  const ids = [url.searchParams.get('one') ?? '', url.searchParams.get('other') ?? ''] as const
  return write(locals.app, actor, async (ctx) => {
    const [one, other] = [await side(ctx, ids[0]), await side(ctx, ids[1])]
    // By itself the one with more requests stays; of two alike the older.
    const first =
      one.tickets.length > other.tickets.length || (one.tickets.length === other.tickets.length && one.id < other.id)
    // Merged, somebody could come in as somebody else: refused (person.merge_staff), and said before anybody chooses.
    const works_here = [one, other].filter(({ signs_in }) => signs_in).map(({ name }) => name)
    return { sides: first ? [one, other] : [other, one], form_id: randomToken(), works_here: works_here.join(', ') }
  })
}

async function side(ctx: Writing, id: string) {
  const person = await seePerson(ctx, id)
  const { items, next } = await listTickets(ctx, { requester: person.id })
  return {
    ...person,
    signs_in: (await findAccount(ctx, person.id)) !== null,
    tickets: items.map(({ number, subject, created_at }) => ({ number, subject, created_at })),
    more: next !== null,
  }
}

export const actions: Actions = {
  merge: async ({ request, locals }) => {
    const form = await request.formData()
    const [one_id, other_id, kept_id] = [textOf(form, 'one_id'), textOf(form, 'other_id'), textOf(form, 'kept_id')]
    const values = { form: 'merge', form_id: textOf(form, 'form_id'), one_id, other_id, kept_id }
    const gone_id = kept_id === one_id ? other_id : one_id
    return settle(
      locals,
      values,
      `/desk/settings/duplicates?${new URLSearchParams({ person: kept_id, done: 'merged' })}`,
      (ctx) => mergePeople(ctx, parsed(MergeTwo, { kept_id, gone_id })),
    )
  },
  apart: async ({ request, locals }) => {
    const form = await request.formData()
    const values = { form: 'apart', one_id: textOf(form, 'one_id'), other_id: textOf(form, 'other_id') }
    return settle(locals, values, '/desk/settings/duplicates?done=saved', (ctx) =>
      keepApart(ctx, parsed(KeepApart, { one_id: values.one_id, other_id: values.other_id })),
    )
  },
}
