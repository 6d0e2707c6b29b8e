import { expect, test } from 'vitest'
import { checkPassword } from './check-password.ts'

const person = { email: 'budi.santoso@contoh.example', name: 'Budi Santoso' }
const faultOf = async (password: string) => {
  try {
    await checkPassword(password, person)
    return null
  } catch (error) {
    return (error as { faults: { key: string }[] }).faults[0]!.key.replace('fault.password_', '')
  }
}

test.each([
  ['sebelas ka.', 'short'],
  ['a'.repeat(300), 'long'],
  ['🐘'.repeat(6), 'short'],
  ['passwordpassword', 'common'],
  ['Password123456!', 'common'],
  ['Rahasia-2024-2024', 'common'],
  ['kata sandi 123456', 'common'],
  ['Indonesia Raya 1945', 'common'],
  ['123456789012', 'common'],
  ['qwertyuiop12', 'common'],
  ['abcabcabcabc', 'common'],
  ['aaaaaaaaaaaaa', 'common'],
  ['contortionist', 'common'],
  ['Chickenwing 101', 'common'],
  ['Butterfly20242024', 'common'],
  ['budi.santoso2024', 'common'],
  ['Budi Santoso!', 'common'],
  ['jembatan biru di atas sungai', null],
  ['kuda-baterai-jepit-benar', null],
  ['x9#kQ2!vLm4z', null],
  ['butterfly di atas sungai', null],
  ['a'.repeat(3) + 'bukan ulangan ' + 'z'.repeat(239), null],
])('%j: %s', async (password, fault) => expect(await faultOf(password)).toBe(fault))
