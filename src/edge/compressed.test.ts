import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { compressed } from './compressed.ts'

const small = 'kecil'
const page = '<p>Selamat datang.</p>'.repeat(100)
const large = '<p>Selamat datang.</p>'.repeat(2_000)

test.each([
  [small, 'gzip, br', null],
  [page, 'gzip, deflate, br, zstd', 'gzip'],
  [page, 'br', 'br'],
  [page, 'gzip;q=0, br;q=1.0', 'br'],
  [page, 'gzip;q=0', null],
  [page, null, null],
  [page, 'x-gzip, brx', null],
  [large, 'gzip, br', 'br'],
  [large, 'gzip', 'gzip'],
  [large, 'gzip;q=1.0, br;q=0.0', 'gzip'],
])('a page of %# for whoever accepts %s', (html, accepted, expected) => {
  const { body, coding } = compressed(html, accepted)
  expect(coding).toBe(expected)
  const read = coding === 'br' ? brotliDecompressSync(body) : coding === 'gzip' ? gunzipSync(body) : body
  expect(read.toString()).toBe(html)
})
