import type { App } from './app.ts'

interface Kept {
  answers: Map<string, { answer: Promise<unknown>; until: number }>
}

// By app, so that tests with several of them do not read each other's answers.
const kept = new WeakMap<App, Kept>()

/** The answers that {@link remembered} keeps for this app. */
export function forgettable(app: App): Kept {
  let own = kept.get(app)
  if (!own) kept.set(app, (own = { answers: new Map() }))
  return own
}

/** Something was changed: the next page asks again. An answer that is still under way was asked before, so it is not kept either. */
export const forget = (app: App): void => forgettable(app).answers.clear()
