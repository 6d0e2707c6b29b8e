/** The accessibility check of every page, and the list of pages that it must have seen. */
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { relative, resolve, sep } from 'node:path'
import type { Page } from '@playwright/test'
import type { AxeResults, NodeResult, RunOptions } from 'axe-core'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** The only rules that ask how a page is painted. */
const COLOURS = ['color-contrast', 'link-in-text-block']
const GRAVE = ['serious', 'critical']
const ROUTES = resolve(import.meta.dirname, '../../src/routes')

/** Its own runner hands these 650 kB over twice for each question; a page that stands needs them once. */
const { source } = createRequire(import.meta.resolve('@axe-core/playwright'))('axe-core') as { source: string }

export type Language = 'id' | 'en'
export type Scheme = 'light' | 'dark'

const keys = Object.keys(createRequire(import.meta.url)('../../messages/id.json') as object)
const KNOWN = new Set(keys)
/** `settings.env_pandu_dns`: a first part that messages have, and a second one of several words; no message needs to have it. */
const BARE = new RegExp(`^(${[...new Set(keys.map((key) => key.split('.')[0]))].join('|')})\\.[a-z0-9]+_[a-z0-9_]+$`)

/** Fails where the name of a sentence stands on the page instead of the sentence: nobody wrote it, or the page came without its words. */
export async function checkWords(page: Page, { label }: { label: string }): Promise<void> {
  const text = await page.locator('body').innerText()
  if (text.trim() === '') throw new Error(`${label}: no words on ${page.url()}`)
  const names = (text.match(/\b[a-z_]+(\.[a-z0-9_]+)+/g) ?? []).filter((word) => KNOWN.has(word) || BARE.test(word))
  if (names.length > 0)
    throw new Error(`${label}: ${page.url()} says ${names.slice(0, 5).join(', ')} instead of the words`)
}

/**
 * Runs axe (WCAG 2.2 AA) on the page as it stands; fails on serious and critical findings, each named with its places, and on names of
 * sentences instead of sentences.
 * Not for a browser whose scripts are off: axe never ends there. A page whose own policy forbids scripts is no obstacle.
 */
export async function checkPage(
  page: Page,
  { label, rules = 'all' }: { label: string; rules?: 'all' | 'colours' | 'all but colours' },
): Promise<void> {
  await checkWords(page, { label })
  const options: RunOptions = {
    runOnly: rules === 'colours' ? { type: 'rule', values: COLOURS } : { type: 'tag', values: RULES },
    ...(rules === 'all but colours'
      ? { rules: Object.fromEntries(COLOURS.map((rule) => [rule, { enabled: false }])) }
      : {}),
    // Of what passed, one place for each rule is enough to know that it looked.
    resultTypes: ['violations'],
  }
  // In the page itself, not by way of another that is opened for each check: no page of ours holds frames of other origins.
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(source)
  const { violations, passes } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`)
  // An empty page has no faults: a check that looked at nothing must not pass.
  if (passes.length === 0) throw new Error(`${label}: axe found nothing to check on ${page.url()}`)
  const grave = violations.filter(({ impact }) => GRAVE.includes(impact ?? ''))
  if (grave.length === 0) return
  const findings = grave.map(({ id, impact, help, nodes }) => {
    const places = nodes
      .slice(0, 5)
      .map((node) => `    ${node.target.join(' ')}\n      ${node.html.slice(0, 200)}\n      ${why(node)}`)
    return `  ${impact}: ${id} (${help}), ${nodes.length} places\n${places.join('\n')}`
  })
  throw new Error(`${label}: ${grave.length} grave findings on ${page.url()}\n${findings.join('\n')}`)
}

const why = (node: NodeResult) => (node.failureSummary ?? '').replaceAll(/\s+/g, ' ').trim()

/** Opens a page in one language and one colour scheme. */
export async function visit(page: Page, url: string, form: { language: Language; scheme: Scheme }): Promise<void> {
  await page.emulateMedia({ colorScheme: form.scheme })
  await page.context().addCookies([{ name: 'language', value: form.language, url: new URL(url).origin }])
  const response = await page.goto(url)
  if (!response) throw new Error(`${url} gave no answer`)
}

/**
 * Checks one address (a whole one) in both languages and both colour schemes. Only what can differ is looked at again: the other scheme has
 * the same words and structure in other colours, the other language other words in the same colours. `look` sees the page in each language.
 */
export async function checkEveryForm(
  page: Page,
  url: string,
  { label, look }: { label: string; look?: () => Promise<void> },
): Promise<void> {
  for (const language of ['id', 'en'] as const) {
    await visit(page, url, { language, scheme: 'light' })
    const spoken = await page.locator('html').getAttribute('lang')
    if (spoken !== language) throw new Error(`${label}: asked for language ${language}, the page says ${spoken}`)
    await look?.()
    await checkPage(page, {
      label: `${label} (${language}, light)`,
      rules: language === 'id' ? 'all' : 'all but colours',
    })
    if (language === 'en') continue
    await page.emulateMedia({ colorScheme: 'dark' })
    await checkPage(page, { label: `${label} (${language}, dark)`, rules: 'colours' })
  }
}

/**
 * Checks each address once, by turns in one language and scheme or the other: for pages whose every form every-page.spec.ts has seen, with
 * other things on them or at another width.
 */
export async function checkByTurns(page: Page, urls: readonly string[]): Promise<void> {
  const forms = [
    { language: 'id', scheme: 'dark' },
    { language: 'en', scheme: 'light' },
  ] as const
  for (const [index, url] of urls.entries()) {
    const form = forms[index % 2]!
    await visit(page, url, form)
    await checkPage(page, { label: `${new URL(url).pathname} (${form.language}, ${form.scheme})` })
  }
}

/** One route: its address pattern without groups, e.g. `/follow/[token]`; an endpoint has no page of its own. */
export type Route = { id: string; kind: 'page' | 'endpoint' }

/** Every route below `src/routes`, ordered by pattern: the folders in which SvelteKit finds a page or an endpoint. */
export function everyRoute(folder: string = ROUTES): Route[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const kinds = new Map<string, Route['kind']>()
  for (const file of files) {
    if (!/^\+(page|server)[.@]/.test(file.name)) continue
    const id = patternOf(relative(folder, file.parentPath))
    const isPage = /^\+page(@.*)?\.svelte$/.test(file.name)
    kinds.set(id, isPage || kinds.get(id) === 'page' ? 'page' : 'endpoint')
  }
  return [...kinds].map(([id, kind]) => ({ id, kind })).sort((a, b) => (a.id < b.id ? -1 : 1))
}

const patternOf = (path: string) =>
  `/${path
    .split(sep)
    .filter((part) => part !== '' && !/^\(.*\)$/.test(part))
    .join('/')}`

/**
 * Compares the routes with the addresses that a spec visits for each (`{ '/follow/[token]': url, … }`); answers the pages
 * that were not visited and the names that are no page (any more). A spec asserts that both are empty.
 */
export function compareRoutes(
  visits: Record<string, unknown>,
  routes: Route[] = everyRoute(),
): { unvisited: string[]; unknown: string[] } {
  const pages = routes.filter(({ kind }) => kind === 'page').map(({ id }) => id)
  return {
    unvisited: pages.filter((id) => !(id in visits)),
    unknown: Object.keys(visits).filter((id) => !pages.includes(id)),
  }
}
