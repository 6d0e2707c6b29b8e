import type { Actor } from '../platform/context.ts'
import { refuse } from '../platform/refusal.ts'

/** The command line and the first start act as the system; on pages only an administrator may. Refuses forbidden. */
export function mustAdminister(actor: Actor): void {
  if (actor.kind !== 'system' && !(actor.kind === 'staff' && actor.roles.includes('administrator')))
    refuse('forbidden', 'account.administrator')
}

/** People and organisations are looked up and written down by staff only. Refuses forbidden. */
export function mustBeStaff(actor: Actor): void {
  if (actor.kind !== 'system' && actor.kind !== 'staff') refuse('forbidden', 'people.staff')
}
