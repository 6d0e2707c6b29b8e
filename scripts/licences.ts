/**
 * Whether everything that is installed may stand in a program under AGPL-3.0-or-later, and whether the lock file and the disk agree on it.
 * `node scripts/licences.ts` says how many packages it looked at; exit 1 names those that do not fit.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Installed {
  name: string
  version: string
  /** As its package.json says; what is no text is none. */
  licence: string | null
}

/**
 * Licences whose works may be joined with ours: they ask for no more than AGPL-3.0 does, or (MPL-2.0, LGPL) say themselves that they may.
 * Apache-2.0 fits version 3 of the GNU licences, not version 2. Source: the FSF's list of licences, and MPL-2.0 section 3.3.
 */
const FITTING = new Set(
  // prettier-ignore
  ['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', 'CC0-1.0', 'Unlicense', 'PostgreSQL', 'Python-2.0',
    'Zlib', 'MPL-2.0', 'LGPL-2.1-or-later', 'LGPL-3.0', 'LGPL-3.0-only', 'LGPL-3.0-or-later', 'GPL-3.0-or-later', 'AGPL-3.0-or-later'],
)

/** Packages whose own word is not enough, each with what was found instead: name → why it fits. None at present. */
const READ_BY_HAND: Readonly<Record<string, string>> = {}

/** `MIT`, `(MIT OR EUPL-1.1+)`, `MIT AND Zlib`: one of those joined by OR, all of those joined by AND. Null and anything unreadable do not fit. */
export function fits(licence: string | null): boolean {
  if (licence === null) return false
  const plain = licence.trim().replace(/^\((.*)\)$/s, '$1')
  // Parentheses inside have not been met; whoever adds such a package looks at it.
  if (/[()]/.test(plain)) return false
  return plain.split(/\s+OR\s+/i).some((choice) => choice.split(/\s+AND\s+/i).every((one) => FITTING.has(one.trim())))
}

/** Every package below a node_modules, also those that packages brought for themselves. */
export function installedIn(folder: string): Installed[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) => {
      const path = join(folder, name)
      if (name.startsWith('@')) return installedIn(path)
      const file = join(path, 'package.json')
      const own = existsSync(file) ? [readPackage(readFileSync(file, 'utf8'), name)] : []
      return [...own, ...installedIn(join(path, 'node_modules'))]
    })
}

function readPackage(text: string, folder: string): Installed {
  const { name, version, license } = JSON.parse(text) as { name?: string; version?: string; license?: unknown }
  return { name: name ?? folder, version: version ?? '?', licence: typeof license === 'string' ? license : null }
}

if (import.meta.main) {
  const installed = installedIn('node_modules')
  const strangers = installed.filter(({ name, licence }) => !fits(licence) && !(name in READ_BY_HAND))
  for (const { name, version, licence } of strangers)
    console.error(
      `licences: ${name}@${version} is under ${licence ?? 'nothing that its package.json names'}; see scripts/licences.ts`,
    )
  console.log(`licences: ${installed.length} packages, ${strangers.length} that do not fit`)
  // A check that looked in the wrong place must not pass.
  process.exitCode = strangers.length === 0 && installed.length > 200 ? 0 : 1
}
