import type { Actor, Reading } from '../platform/context.ts'
import { must } from '../platform/may.ts'
import { mustHaveSignedInRecently } from '../platform/recent-sign-in.ts'

/** The command line and the first start act as the system; on pages only an administrator may. Refuses forbidden. */
export const mustAdminister = (actor: Actor): void => must(actor, 'installation.administer')

/** The same, for what a stranger at an administrator's open screen would want most: refuses unauthenticated `sign_in_again` too. */
export function mustAdministerAfresh(ctx: Pick<Reading, 'actor' | 'now'>): void {
  mustAdminister(ctx.actor)
  mustHaveSignedInRecently(ctx)
}

/** People are looked up by those who meet them on a ticket, never by requesters. Refuses forbidden. */
export const mustBeStaff = (actor: Actor): void => must(actor, 'person.see')
