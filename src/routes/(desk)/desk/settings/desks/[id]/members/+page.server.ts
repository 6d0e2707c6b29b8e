import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import {
  endDeputy,
  EndDeputy,
  JoinDesk,
  joinDesk,
  LeaveDesk,
  leaveDesk,
  listDeputies,
  setDeputy,
  SetDeputy,
} from '#server/desks/index.ts'
import { listAccounts } from '#server/people/index.ts'
import { deskActor, parsed, settle } from '../../../../../../../edge/desk-form.ts'
import { choiceOf, textOf } from '../../../../../../../edge/form-fields.ts'

export const load: PageServerLoad = async ({ locals, parent }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  const { desk } = await parent()
  const members = new Set(desk.members.map(({ person_id }) => person_id))
  // Only at the secretariat does anybody stand in for somebody.
  const { accounts, deputies, now } = await read(locals.app, actor, async (ctx) => ({
    accounts: await listAccounts(ctx),
    deputies: desk.kind === 'secretariat' ? await listDeputies(ctx) : null,
    now: ctx.now,
  }))
  return {
    deputies: deputies && deputies.map((one) => ({ ...one, is_on_duty: one.from_at <= now })),
    states: Object.fromEntries(accounts.map(({ person_id, state }) => [person_id, state])),
    others: accounts
      .filter(({ person_id, state }) => state !== 'disabled' && !members.has(person_id))
      .map(({ person_id, name, email }) => ({ person_id, name, email })),
    may_invite: actor.roles.includes('administrator'),
  }
}

const roles = ['agent', 'coordinator'] as const

export const actions: Actions = {
  /** Adds somebody, or gives them another role. */
  join: async ({ request, locals, params }) => {
    const form = await request.formData()
    const { form: name, ...input } = {
      form: 'join',
      person_id: textOf(form, 'person_id'),
      role: choiceOf(form, 'role', roles),
      reason: textOf(form, 'reason'),
    }
    return settle(locals, { form: name, ...input }, `/desk/settings/desks/${params.id}/members?done=saved`, (ctx) =>
      joinDesk(ctx, parsed(JoinDesk, { desk_id: params.id, ...input })),
    )
  },
  leave: async ({ request, locals, params }) => {
    const form = await request.formData()
    const values = {
      form: 'leave',
      person_id: textOf(form, 'person_id'),
      role: 'agent' as const,
      reason: textOf(form, 'reason'),
    }
    return settle(locals, values, `/desk/settings/desks/${params.id}/members?done=removed`, (ctx) =>
      leaveDesk(ctx, parsed(LeaveDesk, { desk_id: params.id, person_id: values.person_id, reason: values.reason })),
    )
  },
  deputise: async ({ request, locals, params }) => {
    const form = await request.formData()
    const input = {
      for_person_id: textOf(form, 'for_person_id'),
      deputy_id: textOf(form, 'deputy_id'),
      from_day: textOf(form, 'from_day'),
      until_day: textOf(form, 'until_day'),
    }
    const values = { form: 'deputise', role: 'agent' as const, person_id: '', reason: '', ...input }
    return settle(locals, values, `/desk/settings/desks/${params.id}/members?done=saved`, (ctx) =>
      setDeputy(ctx, parsed(SetDeputy, input)),
    )
  },
  end_deputy: async ({ request, locals, params }) => {
    const form = await request.formData()
    const input = { deputy_row_id: textOf(form, 'deputy_row_id') }
    const values = { form: 'end_deputy', role: 'agent' as const, person_id: '', reason: '', ...input }
    return settle(locals, values, `/desk/settings/desks/${params.id}/members?done=removed`, (ctx) =>
      endDeputy(ctx, parsed(EndDeputy, input)),
    )
  },
}
