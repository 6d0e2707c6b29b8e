import { expect, test } from 'vitest'
import { normaliseAddress } from './normalise-address.ts'

test.each([
  ['0857 1234 5678', '+6285712345678'],
  ['0857-1234-5678', '+6285712345678'],
  ['6285712345678', '+6285712345678'],
  ['+62 857 1234 5678', '+6285712345678'],
  ['+62 (0)857 1234 5678', '+6285712345678'],
  ['0062 857 1234 5678', '+6285712345678'],
  ['WA: 0857 1234 5678', '+6285712345678'],
  ['HP. 0857.1234.5678', '+6285712345678'],
  ['8571234 5678', '+6285712345678'],
  ['(021) 555-0123', '+62215550123'],
  ['+65 6123 4567', '+6561234567'],
  // What stands behind a number is no part of it.
  ['021-5550123 ext 12', '+62215550123'],
  ['(021) 5550123 pes. 204', '+62215550123'],
  ['0341/123456', '+62341123456'],
  ['021-5550123/24', '+62215550123'],
  ['HP 2: 0857-1234-5678 (Budi, lt. 3)', '+6285712345678'],
  ['0857\u20111234\u20115678', '+6285712345678'],
  // Who goes by a username on WhatsApp.
  ['ID.13491208655302741918', 'ID.13491208655302741918'],
])('the telephone number %j is %s', (written, e164) => {
  expect(normaliseAddress('phone', written)?.normalised).toBe(e164)
})

test.each([
  '',
  'tidak ada',
  '12',
  '0857 1234 5678 / 0812 3456 7890',
  '021-555 ext 12',
  'sari0812345678@contoh.example',
  '0'.repeat(500),
])('%j is no telephone number', (written) => {
  expect(normaliseAddress('phone', written)).toBeNull()
})

test('a mail address is shown as written and compared in lower case', () => {
  expect(normaliseAddress('email', ' Budi.Contoh@Desa.Contoh.Example ')).toEqual({
    address: 'Budi.Contoh@Desa.Contoh.Example',
    normalised: 'budi.contoh@desa.contoh.example',
  })
})

test('addresses that only look alike stay apart: whoever owns one must not get the mail of the other', () => {
  // The Kelvin sign and the full-width letter become k and a in Unicode's own folding.
  expect(normaliseAddress('email', '\u212Aantor@contoh.example')?.normalised).not.toBe('kantor@contoh.example')
  expect(normaliseAddress('email', '\uFF41di@contoh.example')?.normalised).not.toBe('adi@contoh.example')
})

test.each([
  '',
  'budi',
  'budi@',
  '@contoh.example',
  'a b@contoh.example',
  'a@b@contoh.example',
  '"a"@contoh.example',
  'a@contoh.example\nBcc: x@y.example',
  'a\u0000@contoh.example',
  `${'a'.repeat(65)}@contoh.example`,
])('%j is no mail address', (written) => expect(normaliseAddress('email', written)).toBeNull())
