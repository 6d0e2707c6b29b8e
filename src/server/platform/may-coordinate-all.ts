import type { Actor } from './context.ts'
import { may, must } from './may.ts'

/**
 * Who may change what holds for the whole installation (holidays, vocabulary, desks, information pages, service levels): an
 * administrator, or a coordinator of the secretariat's desk. The system does so at the start and from the command line.
 */
export const mayCoordinateAll = (actor: Actor): boolean => may(actor, 'installation.coordinate')

/** Refuses `forbidden` to everybody else. */
export const mustCoordinateAll = (actor: Actor): void => must(actor, 'installation.coordinate')
