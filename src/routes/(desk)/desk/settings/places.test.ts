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
  const names = namesFor(staff({ roles: ['administrator'] }))
  for (const name of ['own-account', 'desks', 'people', 'personal-data', 'installation']) expect(names).toContain(name)
})

test("the secretariat's coordinator sets everything but accounts and the installation", () => {
  const names = namesFor(staff({ desks: at('secretariat', 'coordinator') }))
  for (const name of ['own-account', 'operator', 'desks', 'holidays', 'personal-data']) expect(names).toContain(name)
  for (const name of ['people', 'installation', 'tokens', 'journal']) expect(names).not.toContain(name)
})

test.each([
  ["a desk's coordinator", at('province', 'coordinator'), ['own-account', 'desks']],
  ["the secretariat's agent", at('secretariat', 'agent'), ['own-account', 'applications']],
  ["a desk's agent", at('province', 'agent'), ['own-account']],
] as const)('%s', (_who, desks, names) => {
  expect(namesFor(staff({ desks }))).toEqual(names)
})
