import type { App } from './app.ts'
import type { SharedPage } from './shared-pages.ts'

interface Kept {
  answers: Map<string, { answer: Promise<unknown>; until: number }>
  pages: Map<string, SharedPage>
  /** How often something was forgotten: what was begun before is not kept. */
  turn: number
}

// By app, so that tests with several of them do not read each other's answers.
const kept = new WeakMap<App, Kept>()

/** The answers and pages that {@link remembered} and shared-pages.ts keep for this app. */
export function forgettable(app: App): Kept {
  let own = kept.get(app)
  if (!own) kept.set(app, (own = { answers: new Map(), pages: new Map(), turn: 0 }))
  return own
}

/** Something was changed: the next page asks again. An answer that is still under way was asked before, so it is not kept either. */
export function forget(app: App): void {
  const own = forgettable(app)
  own.answers.clear()
  own.pages.clear()
  own.turn++
}
