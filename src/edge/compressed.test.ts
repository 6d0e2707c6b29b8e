import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { compressed } from './compressed.ts'

const small = 'kecil'
const page = '<p>Selamat datang.</p>'.repeat(100)
const large = '<p>Selamat datang.</p>'.repeat(2_000)

test.each([
  [small, 'gzip, br', null],
  [small, 'gzip, deflate, br, zstd', null],
  [page, 'gzip, deflate, br, zstd', 'gzip'],
  [page, 'br, zstd', 'zstd'],
  [page, 'gzip, br', 'gzip'],
  [page, 'br', 'br'],
  [page, 'gzip;q=0, br;q=1.0', 'br'],
  [page, 'gzip;q=0', null],
  [page, null, null],
  [page, 'x-gzip, brx', null],
  [large, 'gzip, deflate, br, zstd', 'zstd'],
  [large, 'gzip, br, zstd;q=0', 'br'],
  [large, 'gzip', 'gzip'],
  [large, 'gzip;q=1.0, br;q=0.0', 'gzip'],
])('a page of %# for whoever accepts %s', (html, accepted, expected) => {
  const { body, coding } = compressed(html, accepted)
  expect(coding).toBe(expected)
  const opened = { br: brotliDecompressSync, gzip: gunzipSync, zstd: zstdDecompressSync }
  const read = coding === null ? body : opened[coding as keyof typeof opened](body)
  expect(read.toString()).toBe(html)
})
