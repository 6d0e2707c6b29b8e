import type { Actor } from './context.ts'
import { refuse } from './refusal.ts'

/**
 * Who may change what holds for the whole installation (holidays, vocabulary, desks, information pages, service levels): an
 * administrator, or a coordinator of the secretariat's desk. The system does so at the start and from the command line.
 */
export function mayCoordinateAll(actor: Actor): boolean {
  if (actor.kind === 'system') return true
  if (actor.kind !== 'staff') return false
  if (actor.roles.includes('administrator')) return true
  return actor.desks.some((desk) => desk.kind === 'secretariat' && desk.role === 'coordinator')
}

/** Refuses `forbidden` to everybody else. */
export function mustCoordinateAll(actor: Actor): void {
  if (!mayCoordinateAll(actor)) refuse('forbidden', 'coordinate_all')
}
