import type { App } from './app.ts'
import { forgettable } from './forget.ts'

/** As long as the answers that such a page shows (remembered.ts). */
const SHARED_MS = 1_000
const PAGES_MAX = 200

/** What stands in a hole is made for whoever asks: a form's token for the path that it names, or a new random id. */
export type Hole = { token_for: string } | 'random_id'

/** A page that is the same for everybody in its language, cut where something of one's own stands: a part, a hole, a part … */
export interface SharedPage {
  /** The route's pattern, for the log. */
  route: string
  headers: readonly (readonly [name: string, value: string])[]
  parts: readonly string[]
  holes: readonly Hole[]
  until: number
}

/** Take it before the page is made; {@link sharePage} gives it back. */
export const sharingTurn = (app: App): number => forgettable(app).turn

/**
 * Keeps a page for a second, or until staff change something in this process. `own` says what of it is one person's: the very text that
 * stands there, and what makes it for the next. Not kept when something was changed since `turn`.
 */
export function sharePage(
  app: App,
  name: string,
  page: { route: string; headers: SharedPage['headers']; html: string; own: ReadonlyMap<string, Hole> },
  turn: number,
): void {
  const { pages, turn: now } = forgettable(app)
  if (turn !== now) return
  if (pages.size >= PAGES_MAX) pages.clear()
  const parts = [page.html]
  const holes: Hole[] = []
  for (const [text, hole] of page.own)
    for (let at = 0; at < parts.length; at++) {
      const [before = '', ...after] = parts[at]!.split(text)
      parts.splice(at, 1, before, ...after)
      holes.splice(at, 0, ...after.map(() => hole))
      at += after.length
    }
  const { route, headers } = page
  pages.set(name, { route, headers, parts, holes, until: performance.now() + SHARED_MS })
}

/** The page, while it is young enough. */
export function sharedPage(app: App, name: string): SharedPage | null {
  const found = forgettable(app).pages.get(name)
  return found && found.until > performance.now() ? found : null
}

/** The page for one person. */
export const filledPage = ({ parts, holes }: SharedPage, fill: (hole: Hole) => string): string =>
  parts.reduce((html, part, index) => (index === 0 ? part : html + fill(holes[index - 1]!) + part), '')
