import { expect, test } from 'vitest'
import { openSecrets } from './secrets.ts'

const secrets = openSecrets({ PANDU_SECRET: 'rahasia contoh yang cukup panjang sekali', PANDU_DATA: '/nirwana' })
const others = openSecrets({ PANDU_SECRET: 'rahasia lain yang juga cukup panjang nian', PANDU_DATA: '/nirwana' })

test('what was sealed opens here only, for its purpose and its thing only, and not when a bit of it was changed', () => {
  const sealed = secrets.seal('totp', 'kunci é', 'satu')
  expect(secrets.unseal('totp', sealed, 'satu')).toBe('kunci é')
  expect(secrets.seal('totp', 'kunci é', 'satu')).not.toBe(sealed)
  expect(Buffer.from(sealed, 'base64url').includes('kunci')).toBe(false)
  expect(secrets.unseal('provider_secret', sealed, 'satu')).toBeNull()
  expect(secrets.unseal('totp', sealed, 'dua')).toBeNull()
  expect(others.unseal('totp', sealed, 'satu')).toBeNull()
  const bytes = Buffer.from(sealed, 'base64url')
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1
    expect(secrets.unseal('totp', changed.toString('base64url'), 'satu')).toBeNull()
  }
  for (const wrong of ['', 'x', sealed.slice(0, -2), sealed.slice(0, 20)])
    expect(secrets.unseal('totp', wrong, 'satu')).toBeNull()
  expect(secrets.unseal('totp', secrets.seal('totp', '', 'satu'), 'satu')).toBe('')
})
