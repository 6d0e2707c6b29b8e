import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import type { PlaywrightTestConfig } from '@playwright/test'

/**
 * The files of the browser tests in an order other than by name, so that it shows where one leans on what another left:
 * `PANDU_TEST_ORDER=reverse`, or any other word as the seed of a shuffle. Playwright keeps to the order of projects only.
 */
export function inAnotherOrder(order: string | undefined): Pick<PlaywrightTestConfig, 'projects'> {
  if (!order) return {}
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.spec.ts'))
  const place = (name: string) => createHash('sha256').update(`${order} ${name}`).digest('hex')
  const ordered =
    order === 'reverse' ? files.toSorted().reverse() : files.toSorted((a, b) => (place(a) < place(b) ? -1 : 1))
  return { projects: ordered.map((name) => ({ name: name.replace('.spec.ts', ''), testMatch: name })) }
}
