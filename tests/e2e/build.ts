/** Playwright calls this once before all browser tests. */
export { buildPages as default } from './start-pandu.ts'
