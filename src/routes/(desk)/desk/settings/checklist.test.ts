import { expect, test } from 'vitest'
import { lacks, type Standing } from './checklist.ts'

const complete: Standing = {
  operator: {
    name: 'Perkumpulan Contoh',
    address: 'Jalan Contoh 1',
    phone: '021 000',
    sms: '',
    whatsapp: '',
    email: '',
  },
  mail: 'sent',
  origin_is_local: false,
  administrators: 2,
  second_factor_required: true,
  privacy_version: 2,
  desks: [
    { kind: 'secretariat', member_count: 1 },
    { kind: 'province', member_count: 2 },
  ],
  years_without_holidays: [],
  erasures_unknown: false,
}
const whatLacks = (change: Partial<Standing>) => lacks({ ...complete, ...change }).map(({ what }) => what)

test('an installation that is ready to open lacks nothing', () => {
  expect(whatLacks({})).toEqual([])
})

test.each<[Partial<Standing>, string[]]>([
  [{ operator: { ...complete.operator, name: '' } }, ['operator_name']],
  [{ operator: { ...complete.operator, address: '' } }, ['operator_address']],
  [{ operator: { ...complete.operator, phone: '' } }, ['operator_contact']],
  [{ operator: { ...complete.operator, phone: '', sms: '1600' } }, []],
  [{ origin_is_local: true, mail: 'kept_local' }, ['origin']],
  [{ origin_is_local: true, mail: 'kept_no_relay' }, ['origin', 'relay']],
  [{ mail: 'kept_no_relay' }, ['relay']],
  [{ administrators: 1 }, ['administrators']],
  [{ second_factor_required: false }, ['second_factor']],
  [{ privacy_version: 1 }, ['privacy']],
  [{ desks: [{ kind: 'secretariat', member_count: 1 }] }, ['desks']],
  [{ desks: [...complete.desks, { kind: 'own_unit', member_count: 0 }] }, ['members']],
  [{ years_without_holidays: [2027] }, ['holidays']],
  [{ erasures_unknown: true }, ['erasures']],
])('each gap is told by itself: %j', (change, expected) => {
  expect(whatLacks(change)).toEqual(expected)
})

test('a gap leads to the page that fills it', () => {
  expect(lacks({ ...complete, years_without_holidays: [2027] })[0]?.href).toBe('/desk/settings/holidays?year=2027')
})
