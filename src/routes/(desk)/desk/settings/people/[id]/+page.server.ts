import type { Actions, PageServerLoad } from './$types'
import { read, type Reading, type Writing } from '#server/platform/context.ts'
import { Refusal, refuse } from '#server/platform/refusal.ts'
import { queueMessages } from '#server/channels/index.ts'
import { JoinDesk, joinDesk, LeaveDesk, leaveDesk, listDesks, listMemberships } from '#server/desks/index.ts'
import {
  disableAccount,
  enableAccount,
  endAllSessions,
  invitationMail,
  mailResetLink,
  inviteStaff,
  findAccount,
  mustAdminister,
  resetFactor,
  resetMail,
  SetRole,
  setRole,
  wideRoles,
  withdrawInvitation,
  type AccountRow,
} from '#server/people/index.ts'
import { heldBy, noteDraftsOf } from '#server/tickets/index.ts'
import { refused } from '../../../../../../edge/answer-form.ts'
import { deskActor, parsed, settle } from '../../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../../edge/form-fields.ts'

export const load: PageServerLoad = ({ locals, params }) => {
  const actor = deskActor(locals)
  mustAdminister(actor)
  return read(locals.app, actor, async (ctx) => {
    const account = await seenAccount(ctx, params.id)
    const memberships = (await listMemberships(ctx)).filter(({ person_id }) => person_id === account.person_id)
    const worksAt = new Set(memberships.map(({ desk }) => desk.id))
    const desks = (await listDesks(ctx)).filter(({ id }) => !worksAt.has(id))
    return {
      account,
      memberships,
      held: (await heldBy(ctx, account.person_id)).total,
      desks: desks.map(({ id, name }) => ({ id, name })),
      // One's own role of administrator is taken by another one only.
      changes: wideRoles
        .map((role) => ({ role, on: !account.roles.includes(role) }))
        .filter(({ role, on }) => on || role !== 'administrator' || account.person_id !== actor.person_id),
      is_self: account.person_id === actor.person_id,
      relay: locals.app.settings.PANDU_MAIL_RELAY !== undefined,
    }
  })
}

async function seenAccount(ctx: Reading, person_id: string): Promise<AccountRow> {
  const account = await findAccount(ctx, person_id)
  return account ?? refuse('not_found', 'account')
}

/** One change of this account; afterwards its page says that it was done. */
const change =
  (done: string, work: (ctx: Writing, person_id: string) => Promise<void>) =>
  ({ locals, params }: { locals: App.Locals; params: { id: string } }) =>
    settle(locals, { form: 'account' }, `/desk/settings/people/${params.id}?done=${done}`, async (ctx) => {
      const { person_id } = await seenAccount(ctx, params.id)
      await work(ctx, person_id)
    })

export const actions: Actions = {
  disable: change('saved', async (ctx, person_id) => {
    await disableAccount(ctx, { person_id })
    // What they had not sent is no longer theirs alone: whoever goes on must be able to read it.
    await noteDraftsOf(ctx, person_id)
  }),
  end_sessions: change('sessions', async (ctx, person_id) => void (await endAllSessions(ctx, { person_id }))),
  reset_factor: change('factor_removed', async (ctx, person_id) => void (await resetFactor(ctx, { person_id }))),
  enable: change('saved', (ctx, person_id) => enableAccount(ctx, { person_id })),
  role: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = { form: 'role', change: textOf(form, 'change'), reason: textOf(form, 'reason') }
    const [what, role] = values.change.split(' ')
    return settle(locals, values, `/desk/settings/people/${params.id}?done=saved`, async (ctx) => {
      const { person_id } = await seenAccount(ctx, params.id)
      await setRole(ctx, parsed(SetRole, { person_id, role, on: what === 'give', reason: values.reason }))
    })
  },

  withdraw: async ({ locals, params }) =>
    settle(locals, { form: 'account' }, '/desk/settings/people?done=removed', (ctx) =>
      withdrawInvitation(ctx, { person_id: params.id }),
    ),

  /** A new link for somebody who was invited and did not come. */
  invite: change('invited', async (ctx, person_id) => {
    const { name, email, language } = await seenAccount(ctx, person_id)
    const invitation = await inviteStaff(ctx, { name, email: email ?? '', language })
    await queueMessages(ctx, [invitationMail(ctx.app, invitation)])
  }),

  /** The link goes to the account's own address; nobody here sees it. */
  reset: async ({ locals, params }) => {
    const actor = deskActor(locals)
    const values = { form: 'account' }
    try {
      await mailResetLink(locals.app, actor, { person_id: params.id }, (ctx, reset) =>
        queueMessages(ctx, [resetMail(locals.app, reset)]),
      )
    } catch (thrown) {
      if (thrown instanceof Refusal) locals.refused = thrown
      return refused(thrown, values)
    }
    return settle(locals, values, `/desk/settings/people/${params.id}?done=reset`, async () => undefined)
  },

  join: async ({ request, locals, params }) => {
    const form = await request.formData()
    const input = {
      desk_id: textOf(form, 'desk_id'),
      role: choiceOf(form, 'role', ['agent', 'coordinator']),
      reason: textOf(form, 'reason'),
    }
    return settle(locals, { form: 'join', ...input }, `/desk/settings/people/${params.id}?done=saved`, (ctx) =>
      joinDesk(ctx, parsed(JoinDesk, { ...input, person_id: params.id })),
    )
  },
  leave: async ({ request, locals, params }) => {
    const form = await request.formData()
    const input = { desk_id: textOf(form, 'desk_id'), reason: textOf(form, 'reason') }
    return settle(locals, { form: 'leave', ...input }, `/desk/settings/people/${params.id}?done=saved`, (ctx) =>
      leaveDesk(ctx, parsed(LeaveDesk, { ...input, person_id: params.id })),
    )
  },
}
