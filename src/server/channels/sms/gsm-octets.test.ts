import { expect, test } from 'vitest'
import { septetsOf } from './alphabet.ts'
import { gsmOctets, gsmText } from './gsm-octets.ts'

const hex = (text: string) => gsmOctets(text).toString('hex')

test('letters have the numbers of the standard', () => {
  expect(hex('@Aa à\n')).toBe('004161207f0a')
  expect(hex('Δ_ΞÆé')).toBe('10111a1c05')
  expect(hex('{}[]~\\^|€')).toBe('1b281b291b3c1b3e1b3d1b2f1b141b401b65')
  expect(hex('ê')).toBe('3f')
})

test('each letter that counts as one of the alphabet comes back as itself, and costs what it is said to cost', () => {
  let letters = 0
  for (let code = 0; code < 0x2fff; code++) {
    const letter = String.fromCharCode(code)
    const septets = septetsOf(letter)
    if (septets === null) continue
    letters++
    expect(gsmOctets(letter)).toHaveLength(septets)
    expect(gsmText(gsmOctets(letter))).toBe(letter)
  }
  expect(letters).toBe(127 + 10)
})

test('an escape before a number without a letter shows the letter below; alone it is a blank', () => {
  expect(gsmText(Buffer.from('1b41', 'hex'))).toBe('A')
  expect(gsmText(Buffer.from('611b', 'hex'))).toBe('a ')
  expect(gsmText(Buffer.from('1b1b65', 'hex'))).toBe(' e')
})
