import type { App } from './app.ts'
import { everybody, read, type Reading } from './context.ts'
import { forgettable } from './forget.ts'

/** How long another process may go on showing what was changed here. */
const REMEMBERED_MS = 1_000

/**
 * What every public page asks, nobody's secret and hardly ever changed (who runs this, which pages there are, the provinces): asked of
 * the database once a second, not with every page. What staff change in this process is forgotten with the commit, so whoever changed it
 * sees it at once.
 * @param name one name, one question
 */
export async function remembered<T>(app: App, name: string, ask: (ctx: Reading) => Promise<T>): Promise<T> {
  const kept = forgettable(app)
  const known = kept.answers.get(name)
  if (known && known.until > performance.now()) return known.answer as Promise<T>
  const answer = read(app, everybody, ask)
  const entry = { answer, until: performance.now() + REMEMBERED_MS }
  kept.answers.set(name, entry)
  answer.catch(() => kept.answers.get(name) === entry && kept.answers.delete(name))
  return answer
}
