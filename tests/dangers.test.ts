/**
 * The web's own dangers, at one really listening Pandu that is reached by https: headers, forged forms, uploads, addresses in links,
 * broken HTTP, secrets in what it prints. Each part is a file in tests/dangers/.
 */
import { afterAll, beforeAll, describe } from 'vitest'
import { brokenHttp } from './dangers/broken-http.ts'
import { canaries } from './dangers/canaries.ts'
import { forgery } from './dangers/forgery.ts'
import { forms } from './dangers/forms.ts'
import { headers } from './dangers/headers.ts'
import { openHouse, type House } from './dangers/house.ts'
import { links } from './dangers/links.ts'
import { uploads } from './dangers/uploads.ts'

/** Each walks a hundred addresses and more: nothing waits for anything, but a busy machine takes its time. */
const LONG_MS = 300_000

let house: House
beforeAll(async () => {
  house = await openHouse()
}, 300_000)
afterAll(() => house?.stop(), 60_000)

describe('headers', { timeout: LONG_MS }, () => headers(() => house))
describe('forged forms', { timeout: LONG_MS }, () => forgery(() => house))
describe('fields of forms', { timeout: LONG_MS }, () => forms(() => house))
describe('links and redirects', { timeout: LONG_MS }, () => links(() => house))
describe('uploads', { timeout: LONG_MS }, () => uploads(() => house))
describe('broken HTTP', { timeout: LONG_MS }, () => brokenHttp(() => house))
// Last: it fills everything with nonsense.
describe('canaries', { timeout: LONG_MS }, () => canaries(() => house))
