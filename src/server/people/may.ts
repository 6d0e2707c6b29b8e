import type { Actor } from '../platform/context.ts'
import { must } from '../platform/may.ts'

/** The command line and the first start act as the system; on pages only an administrator may. Refuses forbidden. */
export const mustAdminister = (actor: Actor): void => must(actor, 'installation.administer')

/** People are looked up by those who meet them on a ticket, never by requesters. Refuses forbidden. */
export const mustBeStaff = (actor: Actor): void => must(actor, 'person.see')
