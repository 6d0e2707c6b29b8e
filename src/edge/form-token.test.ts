import { expect, test } from 'vitest'
import { openSecrets } from '../server/platform/secrets.ts'
import { readSettings } from '../settings.ts'
import { formTokenOf, mayPost } from './form-token.ts'

const appAt = (origin: string) => {
  const { settings } = readSettings({ PANDU_DATA: '/nonexistent', PANDU_ORIGIN: origin, PANDU_SECRET: 'x'.repeat(40) })
  return { settings, secrets: openSecrets(settings) }
}
const here = appAt('http://localhost:8080')
const formWith = (form_token: string) => {
  const form = new FormData()
  form.set('form_token', form_token)
  return form
}
const ask = { headers: new Headers(), path: '/ask', form: null, nonce: 'a', port: 8080 }
const verdictFor = (origin: string, app = here, port = 8080) =>
  mayPost(app, { ...ask, port, headers: new Headers({ origin }) })

test.each([
  ['http://localhost:8080', 'yes'],
  ['http://127.0.0.1:8080', 'yes'],
  ['http://[::1]:8080', 'yes'],
  ['https://localhost:8080', 'foreign'],
  ['http://localhost:3000', 'foreign'],
  ['http://localhost.asing.test:8080', 'foreign'],
  ['https://asing.test', 'foreign'],
  ['garbage', 'foreign'],
  ['', 'foreign'],
])('a form from %s: %s', (origin, verdict) => {
  expect(verdictFor(origin)).toBe(verdict)
})

test('whoever listens at another port than the address says may be used there, on this machine only', () => {
  expect(verdictFor('http://localhost:8291', here, 8291)).toBe('yes')
  expect(verdictFor('https://localhost:8291', here, 8291)).toBe('foreign')
  expect(verdictFor('http://asing.test:8291', here, 8291)).toBe('foreign')
  const there = appAt('https://bantuan.contoh.go.id')
  expect(verdictFor('https://bantuan.contoh.go.id', there)).toBe('yes')
  expect(verdictFor('http://localhost:8080', there)).toBe('foreign')
})

test('without Origin the token decides, for its browser and page, and another site is told by Sec-Fetch-Site', () => {
  const form = formWith(formTokenOf(here, 'a', '/ask'))
  expect(mayPost(here, { ...ask, form })).toBe('yes')
  expect(mayPost(here, { ...ask, form, headers: new Headers({ origin: 'null' }) })).toBe('yes')
  expect(mayPost(here, { ...ask, form, nonce: 'b' })).toBe('stale')
  expect(mayPost(here, { ...ask, form, path: '/follow' })).toBe('stale')
  expect(mayPost(here, ask)).toBe('stale')
  expect(mayPost(here, { ...ask, form, headers: new Headers({ 'sec-fetch-site': 'cross-site' }) })).toBe('foreign')
})
