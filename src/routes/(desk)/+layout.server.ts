import type { LayoutServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import { may } from '#server/platform/may.ts'
import { remembered } from '#server/platform/remembered.ts'
import { maySend } from '#server/channels/index.ts'
import { operator } from '#server/desks/index.ts'
import { countDecisions } from '#server/reports/index.ts'
import { views } from '#server/tickets/index.ts'
import { deskActor } from '../../edge/desk-form.ts'
import { formTokenOf } from '../../edge/form-token.ts'

/** What stands around every page of the desk. It reads no address, so that going from page to page does not ask it again. */
export const load: LayoutServerLoad = async ({ locals }) => {
  const { app } = locals
  // Before anything is read, here or by the page: what is heard from now on may be missing there.
  const heard_until = app.live.position()
  const staff = deskActor(locals)
  const { PANDU_MAIL_RELAY } = app.settings
  // With each page that is loaded whole, and so after everything that was done.
  const decisions = may(staff, 'decision.list') ? await read(app, staff, countDecisions, { now: staff.asked_at }) : null
  return {
    heard_until,
    site: await remembered(app, 'name of the site', async (ctx) => {
      const { name, short_name } = await operator(ctx)
      return short_name || name
    }),
    staff: {
      person_id: staff.person_id,
      name: staff.name,
      administrator: staff.roles.includes('administrator'),
      sees_all: staff.sees_all,
      // Whoever was only given single requests works at no desk: what came in and went out there is refused to them.
      works_here: may(staff, 'item.retry'),
      // Whoever works for a member, a partner or a regional government is asked; whoever does nothing else here sees those pages first.
      is_asked: (staff.providers ?? []).length > 0 || staff.desks.some(({ kind }) => kind === 'own_unit'),
      // The IT unit of a government sees what its offices ask.
      has_offices: staff.desks.some(({ kind }) => kind === 'own_unit'),
      only_asked: (staff.providers ?? []).length > 0 && staff.desks.length + staff.roles.length === 0,
      desks: staff.desks.map(({ id, name }) => ({ id, name })),
    },
    /** How much waits for the secretariat's decision (100: more than 99); null for whoever does not decide. */
    decisions,
    // Times are told in the zone of the desk where one works.
    zone: staff.desks[0]?.time_zone ?? staff.providers?.[0]?.time_zone ?? 'Asia/Jakarta',
    views: [...views],
    mail: PANDU_MAIL_RELAY ? (maySend(app.settings) ? 'sent' : 'kept_local') : 'kept_no_relay',
    sign_out_token: formTokenOf(app, locals.form_nonce, '/sign-out'),
  } as const
}
