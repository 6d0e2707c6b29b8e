import { expect, test } from 'vitest'
import { spellingsOf } from './spellings.ts'

test.each([
  ['Djoko Soesilo', 'joko soesilo'],
  ['Djoko Soesilo', 'joko susilo'],
  ['Joko Susilo', 'djoko soesilo'],
  ['Joko Susilo', 'djoko susilo'],
  ['Yusuf Contoh', 'jusuf contoh'],
  ['Yusuf Contoh', 'yusup contoh'],
  ['Achmad Contoh', 'akhmad contoh'],
  ['Siti Fatimah', 'siti fatima'],
  ['Siti Fatima', 'sitti fatima'],
  ['M. Contoh Wibowo', 'muhammad contoh wibowo'],
  ['Muhammad Contoh', 'mohamad contoh'],
  ['Dewi Contoh', 'dewy contoh'],
])('%s may stand somewhere as %s', (name, other) => {
  expect(spellingsOf(name)).toContain(other)
})

test('a short single name is not guessed at, the name itself is never among them, and there is an end to it', () => {
  expect(spellingsOf('Budi')).toEqual([])
  expect(spellingsOf('')).toEqual([])
  const many = spellingsOf('Mohammad Djoeljadi Soerjo Choirul Hoediono Poetra')
  expect(many).not.toContain('mohammad djoeljadi soerjo choirul hoediono poetra')
  expect(many.length).toBeLessThanOrEqual(80)
})
