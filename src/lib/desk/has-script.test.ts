import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { hasScript } from './has-script.ts'

const ROUTES = 'src/routes'

/** As SvelteKit decides: the nearest file that says `csr`. */
function saysScript(folder: string): boolean {
  for (let at = folder; at.startsWith(ROUTES); at = dirname(at))
    for (const name of at === folder ? ['+page.ts', '+layout.ts'] : ['+layout.ts']) {
      const file = join(at, name)
      const said = existsSync(file) && /export const csr = (true|false)/.exec(readFileSync(file, 'utf8'))
      if (said) return said[1] === 'true'
    }
  return true
}

test('every page without script is known, so that no page with one leads there by itself', () => {
  const folders = globSync(`${ROUTES}/**/+page.svelte`).map((file) => dirname(file))
  const scripted = folders.filter(saysScript)
  expect(scripted.length).toBeGreaterThan(5)
  expect(folders.length - scripted.length).toBeGreaterThan(20)
  for (const folder of folders) expect(hasScript(folder.slice(ROUTES.length)), folder).toBe(scripted.includes(folder))
  expect(hasScript(null)).toBe(false)
})
