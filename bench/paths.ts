import type { Seeded } from './seed.ts'
import { searched } from './texts.ts'

/** The address of a page that is measured, by its short name; anything else is an address. */
export function pathsOf({ numbers, follow_token }: Seeded, page: string): (turn: number) => string {
  const known: Record<string, (turn: number) => string> = {
    queue: () => '/desk',
    ticket: (turn) => `/desk/tickets/${numbers.agent[turn % numbers.agent.length]!}`,
    search_rare: () => `/desk?query=${searched.rare}`,
    search_common: () => `/desk?query=${searched.common}`,
    search_absent: () => `/desk?query=${searched.absent}`,
    follow: () => `/follow/${follow_token}`,
  }
  return known[page] ?? (() => page)
}
