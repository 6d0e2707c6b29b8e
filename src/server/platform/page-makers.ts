import type { App } from './app.ts'

/** Makes a page from what its load answers, without the framework around it. */
export interface PageMaker {
  /** The page's own, beside what stands above every answer. */
  headers: readonly (readonly [name: string, value: string])[]
  html(data: Record<string, unknown>, url: URL): string
}

// By app, so that tests with several of them do not share them.
const known = new WeakMap<App, Map<string, PageMaker>>()

/** The pages are built apart from the server; the first of its kind that they answered says how the next are made. */
export function keepMaker(app: App, route: string, maker: PageMaker): void {
  known.set(app, (known.get(app) ?? new Map<string, PageMaker>()).set(route, maker))
}

export const makerOf = (app: App, route: string): PageMaker | undefined => known.get(app)?.get(route)
