import { forgetAnswersAbout } from '../api/index.ts'
import type { App } from '../platform/app.ts'
import { eraseDue, reapplyErasures, type Erased } from '../privacy/index.ts'

/** Forgets those whose time has come, on every floor: here, because the answers of the API lie above the rest. */
export async function eraseAllDue(app: App): Promise<number> {
  return forgetAbove(app, await eraseDue(app))
}

/**
 * Forgets again whom a restored database still knows. Before anything listens, at every start; and at the end of a restore.
 */
export async function eraseAgain(app: App): Promise<number> {
  return forgetAbove(app, await reapplyErasures(app))
}

async function forgetAbove(app: App, erased: readonly Erased[]): Promise<number> {
  await forgetAnswersAbout(
    app,
    erased.flatMap(({ person_id, ticket_ids }) => [person_id, ...ticket_ids]),
  )
  return erased.length
}
