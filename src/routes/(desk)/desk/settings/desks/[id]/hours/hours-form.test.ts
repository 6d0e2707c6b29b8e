import { expect, test } from 'vitest'
import { officeHours } from '#server/desks/index.ts'
import { clockTime, faultsInForm, hoursAsTyped, readHours, stretchesOf, typedHours } from './hours-form.ts'

test.each([
  ['8', '08:00'],
  ['08:00', '08:00'],
  ['8.30', '08:30'],
  ['24.00', '24:00'],
  ['24:01', null],
  ['7:5', null],
  ['12:60', null],
  ['pagi', null],
])('a time is read as people write it: %s', (text, time) => {
  expect(clockTime(text)).toBe(time)
})

test('a week comes back from its form as it went in', () => {
  const form = new FormData()
  for (const [name, value] of Object.entries(hoursAsTyped(officeHours))) form.set(name, value)
  const { hours, faults } = readHours(typedHours(form))
  expect(hours).toEqual(officeHours)
  expect(faults).toEqual([])
  expect(stretchesOf(officeHours)).toBe(2)
})

test('a half-filled stretch is named by its field, and so is what the command finds', () => {
  expect(readHours({ opens_6_0: '9' }).faults).toEqual([{ path: 'closes_6_0', key: 'settings.fault_time' }])
  const { fields } = readHours({ opens_1_0: '8', closes_1_0: '12', opens_6_1: '9', closes_6_1: '8' })
  expect(faultsInForm([{ path: 'hours.1.closes', key: 'desk.hours_backwards' }], fields)).toEqual([
    { path: 'closes_6_1', key: 'desk.hours_backwards' },
  ])
  expect(faultsInForm([{ path: 'hours', key: 'desk.hours_too_few' }], fields)).toEqual([
    { path: 'opens_1_0', key: 'desk.hours_too_few' },
  ])
})
