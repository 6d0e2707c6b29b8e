import type { StaffActor } from '#server/platform/context.ts'
import { refuse } from '#server/platform/refusal.ts'

/** The desks of members and partners that somebody leads: their profile, duty contacts and staff are theirs to change. */
export const ledDesks = (actor: StaffActor): { id: string; name: string }[] =>
  (actor.providers ?? []).filter(({ role }) => role === 'coordinator').map(({ id, name }) => ({ id, name }))

/** The desks of members, partners and regional governments at which somebody works. Refuses `not_found` for whoever works at none. */
export function askedDesks(actor: StaffActor): { id: string; name: string }[] {
  const desks = [...(actor.providers ?? []), ...actor.desks.filter(({ kind }) => kind === 'own_unit')]
  return desks.length > 0 ? desks.map(({ id, name }) => ({ id, name })) : refuse('not_found', 'offer.nobody_asked')
}
