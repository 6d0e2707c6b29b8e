import { redirect } from '@sveltejs/kit'
import type { Actions, PageServerLoad } from './$types'
import { enter, read, type Writing } from '#server/platform/context.ts'
import { queueMessages } from '#server/channels/index.ts'
import {
  addPasskey,
  askForPasskey,
  boundCookieName,
  listPasskeys,
  listProviderLinks,
  mustHaveSignedInRecently,
  namePasskey,
  offeredProviders,
  removePasskey,
  unlinkProvider,
  wayChangedMail,
  type WayChanged,
} from '#server/people/index.ts'
import { refused } from '../../../../../../edge/answer-form.ts'
import { setCookie } from '../../../../../../edge/begin-session.ts'
import { deskActor } from '../../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../../edge/form-fields.ts'
import { ownSession } from '../../../../../../edge/own-session.ts'
import { OWN_WAYS } from '../../../../../../edge/provider-journey.ts'

/** Even looking asks for a fresh sign-in, so that nothing that is begun here is refused at its end. */
export const load: PageServerLoad = async ({ locals, cookies, setHeaders }) => {
  setHeaders({ 'cache-control': 'no-store' })
  const actor = deskActor(locals)
  const { person_id } = actor
  const { asked, ...known } = await enter(locals.app, 'sign_in', async (ctx) => {
    mustHaveSignedInRecently({ actor, now: ctx.now })
    return {
      passkeys: await listPasskeys(ctx, person_id),
      links: await listProviderLinks(ctx, person_id),
      asked: await askForPasskey(ctx, person_id),
    }
  })
  if (asked) setCookie(cookies, asked.cookie)
  const linked = new Set(known.links.map(({ provider }) => provider))
  const providers = await read(locals.app, actor, offeredProviders)
  return { ...known, options: asked?.options ?? null, providers: providers.filter(({ name }) => !linked.has(name)) }
}

type Event = Parameters<Actions[string]>[0]

const tell = (ctx: Writing, changed: WayChanged) => queueMessages(ctx, [wayChangedMail(ctx.app, changed)])

/** One change of one's own ways in, and the page afresh. */
const change =
  (
    name: string,
    done: string,
    work: (
      event: Event,
      asking: { actor: ReturnType<typeof deskActor>; session_id: string },
      form: FormData,
    ) => Promise<void>,
  ) =>
  async (event: Event) => {
    const form = await event.request.formData()
    try {
      await work(event, { actor: deskActor(event.locals), session_id: await ownSession(event) }, form)
    } catch (thrown) {
      return refused(thrown, { form: name, name: textOf(form, 'name') })
    }
    redirect(303, `${OWN_WAYS}?done=${done}`)
  }

export const actions: Actions = {
  add: change('add', 'added', ({ locals, cookies }, asking, form) => {
    const cookie = cookies.get(boundCookieName(locals.app, 'passkey'))
    return addPasskey(locals.app, asking, { name: textOf(form, 'name'), answer: textOf(form, 'answer'), cookie }, tell)
  }),
  name: change('name', 'saved', ({ locals }, asking, form) =>
    namePasskey(locals.app, asking, { id: textOf(form, 'id'), name: textOf(form, 'name') }),
  ),
  remove: change('remove', 'removed', ({ locals }, asking, form) =>
    removePasskey(locals.app, asking, { id: textOf(form, 'id') }, tell),
  ),
  unlink: change('unlink', 'removed', ({ locals }, { actor, session_id }, form) =>
    unlinkProvider(locals.app, actor, { id: textOf(form, 'id'), session_id }, tell),
  ),
}
