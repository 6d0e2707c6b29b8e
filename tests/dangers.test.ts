/**
 * The web's own dangers, at one really listening Pandu that is reached by https: headers, forged forms, uploads, addresses in links,
 * broken HTTP, secrets in what it prints. Each part is a file in tests/dangers/.
 */
import { afterAll, beforeAll, describe } from 'vitest'
import { forgery } from './dangers/forgery.ts'
import { headers } from './dangers/headers.ts'
import { openHouse, type House } from './dangers/house.ts'
import { links } from './dangers/links.ts'

let house: House
beforeAll(async () => {
  house = await openHouse()
}, 300_000)
afterAll(() => house?.stop(), 60_000)

describe('headers', () => headers(() => house))
describe('forged forms', () => forgery(() => house))
describe('links and redirects', () => links(() => house))
