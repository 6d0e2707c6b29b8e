import type { Actions, PageServerLoad } from './$types'
import { randomToken } from '#server/platform/secrets.ts'
import { read } from '#server/platform/context.ts'
import { say } from '#server/platform/words.ts'
import { queueMessages } from '#server/channels/index.ts'
import { JoinDesk, joinDesk, listDesks } from '#server/desks/index.ts'
import { invitationMail, InviteStaff, inviteStaff, mustAdminister } from '#server/people/index.ts'
import { deskActor, parsed, settle } from '../../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../../edge/form-fields.ts'

export const load: PageServerLoad = ({ locals }) => {
  const actor = deskActor(locals)
  mustAdminister(actor)
  return read(locals.app, actor, async (ctx) => ({
    form_id: randomToken(),
    desks: (await listDesks(ctx)).map(({ id, name }) => ({ id, name })),
  }))
}

export const actions: Actions = {
  /** Person, link, desk and mail in one transaction: nobody gets a link to a place where they do not work. */
  default: async ({ request, locals }) => {
    const form = await request.formData()
    const values = {
      form: 'invite',
      form_id: textOf(form, 'form_id'),
      name: textOf(form, 'name'),
      email: textOf(form, 'email'),
      language: choiceOf(form, 'language', ['id', 'en']),
      desk_id: textOf(form, 'desk_id'),
      role: choiceOf(form, 'role', ['agent', 'coordinator']),
      administrator: textOf(form, 'administrator'),
    }
    const next = (person_id: string | null) =>
      `/desk/settings/people${person_id === null ? '' : `/${person_id}`}?done=invited`
    return settle(locals, values, next, async (ctx) => {
      const { name, email, language, desk_id, role } = values
      const administrator = values.administrator === 'yes'
      const invitation = await inviteStaff(ctx, parsed(InviteStaff, { name, email, language, administrator }))
      const { person_id } = invitation
      const reason = say(locals.language, 'settings.invited_reason')
      if (desk_id !== '') await joinDesk(ctx, parsed(JoinDesk, { desk_id, person_id, role, reason }))
      await queueMessages(ctx, [invitationMail(ctx.app, invitation)])
      return person_id
    })
  },
}
