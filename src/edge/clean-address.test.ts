import { expect, test } from 'vitest'
import { cleanAddress } from './clean-address.ts'

test('NUL reaches neither the query nor a parameter of the path', () => {
  const address = {
    url: new URL('http://localhost:8080/pages/a%00b?query=%00ab%00c&cursor=%2500'),
    params: { slug: 'a\0b', rest: undefined },
  }
  cleanAddress(address)
  expect([...address.url.searchParams]).toEqual([
    ['query', 'abc'],
    ['cursor', '%00'],
  ])
  expect(address.params).toEqual({ slug: 'a\u{fffd}b', rest: undefined })
})
