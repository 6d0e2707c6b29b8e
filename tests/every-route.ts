/** Every address of the pages with everything that can be posted to it, out of the build: nothing that is served can be forgotten by a walk. */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { bareEnvironment } from '../src/server/platform/testing-environment.ts'

const HOUSE = resolve(import.meta.dirname, '..')

export interface BuiltRoute {
  /** As SvelteKit names it, with groups: `/(desk)/desk/tickets/[number]`. */
  id: string
  /** Without groups: `/desk/tickets/[number]`. */
  pattern: string
  page: boolean
  /** Names of the form actions; `default` is posted to the page's own address, every other to `?/name`. */
  actions: string[]
  /** Of an endpoint: GET, POST … */
  methods: string[]
}

const READ = `import { manifest } from './build/server/manifest-full.js'
const found = []
for (const { id, page, endpoint } of manifest.routes) {
  const { server } = page ? await manifest.nodes[page.leaf]() : {}
  found.push({ id, page: page !== null, actions: Object.keys(server?.actions ?? {}), methods: Object.keys((await endpoint?.()) ?? {}) })
}
console.log(JSON.stringify(found))`

/** Reads the built pages (`buildPages` first), in a process of its own, so that nothing of them stays in this one. */
export async function everyBuiltRoute(): Promise<BuiltRoute[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', READ], {
    cwd: HOUSE,
    env: { ...bareEnvironment() },
  })
  const found = JSON.parse(stdout) as Omit<BuiltRoute, 'pattern'>[]
  if (found.length < 40) throw new Error(`the build has only ${found.length} routes`)
  return found.map((route) => ({
    ...route,
    methods: route.methods.filter((name) => /^[A-Z]+$/.test(name)),
    pattern: `/${route.id
      .split('/')
      .filter((part) => part !== '' && !/^\(.*\)$/.test(part))
      .join('/')}`,
  }))
}

/** Where a form of this route is posted to: the page's address with the action's name in the query. */
export const actionAddress = (path: string, action: string): string =>
  action === 'default' ? path : `${path}?/${action}`
