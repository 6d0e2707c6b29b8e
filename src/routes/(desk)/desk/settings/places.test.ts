import { expect, test } from 'vitest'
import type { StaffActor } from '#server/platform/context.ts'
import { placesOf } from './places.ts'

const staff = (given: Partial<StaffActor>): StaffActor => ({
  kind: 'staff',
  person_id: '0192f0c0-0000-7000-8000-000000000001',
  name: 'Petugas Contoh',
  language: 'id',
  roles: [],
  desks: [],
  sees_all: false,
  ...given,
})
const at = (kind: string, role: 'agent' | 'coordinator') => [
  { id: '0192f0c0-0000-7000-8000-000000000002', name: 'Meja Contoh', kind, role, time_zone: 'Asia/Jakarta' },
]
const namesFor = (actor: StaffActor) => placesOf(actor).map(({ href }) => href.replace('/desk/settings/', ''))

test('an administrator sets everything', () => {
  expect(namesFor(staff({ roles: ['administrator'] }))).toHaveLength(12)
})

test.each([
  ["the secretariat's coordinator", at('secretariat', 'coordinator'), ['accounts and installation left out', 10]],
  ["a desk's coordinator", at('province', 'coordinator'), ['desks', 2]],
  ["the secretariat's agent", at('secretariat', 'agent'), ['only the own account', 1]],
  ["a desk's agent", at('province', 'agent'), ['only the own account', 1]],
] as const)('%s', (_who, desks, [_what, count]) => {
  const names = namesFor(staff({ desks }))
  expect(names).toHaveLength(count)
  expect(names).not.toContain('people')
  expect(names).not.toContain('installation')
  expect(names).toContain('own-account')
  if (count > 1) expect(names).toContain('desks')
})
