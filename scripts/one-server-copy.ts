import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import type { Plugin } from 'vite'

const PREFIX = '#server/'
const VIRTUAL = '\0one-server-copy:'
const modules = ((globalThis as Record<string, unknown>)['__pandu_modules'] ??= new Map()) as Map<
  string,
  Record<string, unknown>
>

/**
 * `src/server` must exist once per process: a route that imported a bundled copy would throw a Refusal of another class than the one
 * that main.ts knows. In a build `#server/…` stays an import of the real file (package.json "imports"); in development a virtual module
 * re-exports what Node itself imported. Vitest imports the files directly and needs nothing of this.
 */
export function oneServerCopy(): Plugin {
  let building = false
  return {
    name: 'one-server-copy',
    enforce: 'pre',
    configResolved(config) {
      building = config.command === 'build'
    },
    resolveId(id) {
      if (!id.startsWith(PREFIX)) return undefined
      if (building) return { id, external: true }
      // A build that a test starts inherits this variable, hence only here.
      return process.env['VITEST'] ? undefined : VIRTUAL + id
    },
    async load(id) {
      if (!id.startsWith(VIRTUAL)) return undefined
      const name = id.slice(VIRTUAL.length)
      const path = resolve('src/server', name.slice(PREFIX.length))
      if (!modules.has(name))
        modules.set(name, (await import(/* @vite-ignore */ pathToFileURL(path).href)) as Record<string, unknown>)
      const names = Object.keys(modules.get(name) ?? {})
      return [
        `const module = globalThis.__pandu_modules.get(${JSON.stringify(name)});`,
        ...names.map((exported) => `export const ${exported} = module[${JSON.stringify(exported)}];`),
      ].join('\n')
    },
  }
}
