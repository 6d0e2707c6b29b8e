import { expect, test } from 'vitest'
import { localPath } from './local-path.ts'

test.each([
  ['/desk', '/desk'],
  ['/desk/tickets/100057?view=mine', '/desk/tickets/100057?view=mine'],
  ['/admin/users', '/admin/users'],
  [null, '/desk'],
  ['', '/desk'],
  ['https://jahat.example/desk', '/desk'],
  ['//jahat.example', '/desk'],
  ['/\\jahat.example', '/desk'],
  ['/desk\\jahat', '/desk'],
  ['/deskjahat.example', '/desk'],
  ['/desk\r\nset-cookie: a=b', '/desk'],
  ['/sign-out', '/desk'],
])('%j leads to %s', (next, path) => expect(localPath(next)).toBe(path))
