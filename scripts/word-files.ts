import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Plugin } from 'vite'
import { wordsOfTheDesk } from '../src/edge/desk-words.ts'

const NAME = /^virtual:words\/desk\/(id|en)$/

/**
 * The desk's sentences of one language as a file of their own, which a browser keeps until they change. Written into every page they
 * were a third of it. `import('virtual:words/desk/id')` → its default export is the dictionary (declared in src/words.d.ts).
 */
export function wordFiles(): Plugin {
  return {
    name: 'word-files',
    resolveId: (id) => (NAME.test(id) ? `\0${id}` : undefined),
    load(id) {
      const language = id.startsWith('\0') && NAME.exec(id.slice(1))?.[1]
      if (!language) return undefined
      const path = resolve('messages', `${language}.json`)
      this.addWatchFile(path)
      const all = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>)
      const chosen = all.filter(([key]) => wordsOfTheDesk.some((prefix) => key.startsWith(prefix)))
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(Object.fromEntries(chosen)))})`
    },
  }
}
