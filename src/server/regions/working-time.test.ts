import { describe, expect, test } from 'vitest'
import { knownHolidays } from './known-holidays.ts'
import {
  addWorkingDays,
  addWorkingMinutes,
  workingDaysBefore,
  workingMinutesBetween,
  type HolidayCalendar,
  type OpenHours,
} from './working-time.ts'
import { momentAt } from './zone-clock.ts'

const JAKARTA = 'Asia/Jakarta'
const MAKASSAR = 'Asia/Makassar'
const JAYAPURA = 'Asia/Jayapura'

const daily = (weekdays: number[], ...stretches: [string, string][]): OpenHours[] =>
  weekdays.flatMap((weekday) => stretches.map(([opens, closes]) => ({ weekday, opens, closes })))
const office = daily([1, 2, 3, 4, 5], ['08:00', '12:00'], ['13:00', '16:00'])
const always = daily([1, 2, 3, 4, 5, 6, 7], ['00:00', '24:00'])
const saturdays = daily([6], ['09:00', '11:00'])
const calendar: HolidayCalendar = new Map(knownHolidays.map((day) => [day.date, { kind: day.kind, name: day.name }]))
const none = new Set<string>()

describe('adding working minutes', () => {
  // local times; WIB is UTC+7, WITA +8, WIT +9
  test.each([
    ['inside the morning', JAKARTA, office, '2026-07-06T09:00+07:00', 60, '2026-07-06T10:00+07:00'],
    ['over the lunch break', JAKARTA, office, '2026-07-06T11:30+07:00', 60, '2026-07-06T13:30+07:00'],
    ['asked in the lunch break', JAKARTA, office, '2026-07-06T12:30+07:00', 60, '2026-07-06T14:00+07:00'],
    ['ends exactly at closing time: due then', JAKARTA, office, '2026-07-06T15:00+07:00', 60, '2026-07-06T16:00+07:00'],
    [
      'starts exactly at closing time: counts from the next opening',
      JAKARTA,
      office,
      '2026-07-06T16:00+07:00',
      60,
      '2026-07-07T09:00+07:00',
    ],
    ['before opening', JAKARTA, office, '2026-07-06T05:00+07:00', 60, '2026-07-06T09:00+07:00'],
    ['after closing', JAKARTA, office, '2026-07-06T22:10+07:00', 60, '2026-07-07T09:00+07:00'],
    ['over a weekend', JAKARTA, office, '2026-07-03T15:30+07:00', 60, '2026-07-06T08:30+07:00'],
    ['asked on a Sunday', JAKARTA, office, '2026-07-05T10:00+07:00', 60, '2026-07-06T09:00+07:00'],
    [
      'sixteen hours are two days and two hours',
      JAKARTA,
      office,
      '2026-07-06T08:00+07:00',
      960,
      '2026-07-08T10:00+07:00',
    ],
    ['the same wall clock in WITA', MAKASSAR, office, '2026-07-06T11:30+08:00', 60, '2026-07-06T13:30+08:00'],
    ['the same wall clock in WIT', JAYAPURA, office, '2026-07-06T11:30+09:00', 60, '2026-07-06T13:30+09:00'],
    [
      'evening in Jakarta is the next day in Jayapura',
      JAYAPURA,
      office,
      '2026-07-05T23:30+07:00',
      60,
      '2026-07-06T09:00+09:00',
    ],
    ['over a national holiday', JAKARTA, office, '2026-08-24T15:00+07:00', 120, '2026-08-26T09:00+07:00'],
    [
      'over Christmas, its leave and a weekend',
      JAKARTA,
      office,
      '2026-12-23T15:30+07:00',
      60,
      '2026-12-28T08:30+07:00',
    ],
    ['over the end of the year', JAKARTA, office, '2025-12-31T15:30+07:00', 60, '2026-01-02T08:30+07:00'],
    ['over Idulfitri with its leave', JAYAPURA, office, '2026-03-17T15:00+09:00', 120, '2026-03-25T09:00+09:00'],
    [
      'seconds count from the next full minute',
      JAKARTA,
      office,
      '2026-07-06T09:00:01+07:00',
      60,
      '2026-07-06T10:01+07:00',
    ],
    [
      'a desk that is always open but on holidays',
      JAKARTA,
      always,
      '2026-08-16T23:00+07:00',
      120,
      '2026-08-18T01:00+07:00',
    ],
    [
      'a desk that is open two hours a week',
      JAKARTA,
      saturdays,
      '2026-07-06T09:00+07:00',
      240,
      '2026-07-18T11:00+07:00',
    ],
    ['no minutes: now', JAKARTA, office, '2026-07-05T10:00+07:00', 0, '2026-07-05T10:00+07:00'],
  ])('%s', (_, zone, hours, start, minutes, due) => {
    const answer = addWorkingMinutes({ start: new Date(start), minutes, zone, hours, holidays: calendar })
    expect(answer.due_at).toEqual(new Date(due))
    expect(answer.sum.reduce((total, line) => total + line.minutes, 0)).toBe(minutes)
  })

  test('asked on a Friday 16.30 WIT before cuti bersama: every skipped day says why', () => {
    // Friday 13 February 2026; Monday 16 is cuti bersama, Tuesday 17 is Imlek
    const { due_at, sum } = addWorkingMinutes({
      start: new Date('2026-02-13T16:30+09:00'),
      minutes: 480,
      zone: JAYAPURA,
      hours: office,
      holidays: calendar,
    })
    expect(due_at).toEqual(new Date('2026-02-19T09:00+09:00'))
    expect(sum).toEqual([
      { date: '2026-02-13', from: null, to: null, minutes: 0, reason: 'over' },
      { date: '2026-02-14', from: null, to: null, minutes: 0, reason: 'not_open' },
      { date: '2026-02-15', from: null, to: null, minutes: 0, reason: 'not_open' },
      {
        date: '2026-02-16',
        from: null,
        to: null,
        minutes: 0,
        reason: 'cuti_bersama',
        name: 'Tahun Baru Imlek 2577 Kongzili',
      },
      {
        date: '2026-02-17',
        from: null,
        to: null,
        minutes: 0,
        reason: 'national',
        name: 'Tahun Baru Imlek 2577 Kongzili',
      },
      { date: '2026-02-18', from: '08:00', to: '12:00', minutes: 240 },
      { date: '2026-02-18', from: '13:00', to: '16:00', minutes: 180 },
      { date: '2026-02-19', from: '08:00', to: '09:00', minutes: 60 },
    ])
  })

  test('an open day until midnight prints 24:00, and the next begins at 00:00', () => {
    const { sum } = addWorkingMinutes({
      start: new Date('2026-07-06T23:00+07:00'),
      minutes: 90,
      zone: JAKARTA,
      hours: always,
      holidays: none,
    })
    expect(sum).toEqual([
      { date: '2026-07-06', from: '23:00', to: '24:00', minutes: 60 },
      { date: '2026-07-07', from: '00:00', to: '00:30', minutes: 30 },
    ])
  })

  test('what starts exactly at closing time finds the day over', () => {
    const start = new Date('2026-07-06T16:00+07:00')
    const { sum } = addWorkingMinutes({ start, minutes: 60, zone: JAKARTA, hours: office, holidays: none })
    expect(sum).toEqual([
      { date: '2026-07-06', from: null, to: null, minutes: 0, reason: 'over' },
      { date: '2026-07-07', from: '08:00', to: '09:00', minutes: 60 },
    ])
  })

  test('hours that overlap are counted once', () => {
    const hours = [...daily([1], ['08:00', '12:00'], ['10:00', '14:00'])]
    const { due_at } = addWorkingMinutes({
      start: new Date('2026-07-06T08:00+07:00'),
      minutes: 360,
      zone: JAKARTA,
      hours,
      holidays: none,
    })
    expect(due_at).toEqual(new Date('2026-07-06T14:00+07:00'))
  })

  test('a zone with daylight saving counts the hours that really pass', () => {
    // Berlin, 29 March 2026: the hour from 02:00 to 03:00 does not exist
    const { due_at } = addWorkingMinutes({
      start: new Date('2026-03-28T23:00Z'),
      minutes: 180,
      zone: 'Europe/Berlin',
      hours: always,
      holidays: none,
    })
    expect(due_at).toEqual(new Date('2026-03-29T02:00Z'))
    const opening = addWorkingMinutes({
      start: new Date('2026-03-29T20:00Z'),
      minutes: 60,
      zone: 'Europe/Berlin',
      hours: office,
      holidays: none,
    })
    expect(opening.due_at).toEqual(new Date('2026-03-30T07:00Z'))
  })

  test('a desk without hours is refused', () => {
    const question = { start: new Date('2026-07-06T08:00Z'), minutes: 60, zone: JAKARTA, hours: [], holidays: none }
    expect(() => addWorkingMinutes(question)).toThrow(
      expect.objectContaining({ kind: 'invalid', key: 'working_time.never_open' }),
    )
    expect(() => addWorkingDays({ ...question, days: 1 })).toThrow(
      expect.objectContaining({ key: 'working_time.never_open' }),
    )
  })

  test('the walk ends after 400 days', () => {
    const everyDay = { has: () => true } as unknown as Set<string>
    const question = {
      start: new Date('2026-07-06T08:00Z'),
      minutes: 60,
      zone: JAKARTA,
      hours: office,
      holidays: everyDay,
    }
    expect(() => addWorkingMinutes(question)).toThrow(expect.objectContaining({ key: 'working_time.too_far' }))
    expect(() => addWorkingDays({ ...question, days: 1 })).toThrow(
      expect.objectContaining({ key: 'working_time.too_far' }),
    )
    expect(() => workingDaysBefore({ ...question, now: question.start, days: 1 })).toThrow(
      expect.objectContaining({ key: 'working_time.too_far' }),
    )
  })
})

describe('adding working days', () => {
  test.each([
    ['five days from a Monday', '2026-07-06T10:00+07:00', 5, '2026-07-13T08:00+07:00'],
    ['one day from a Friday evening', '2026-07-03T22:00+07:00', 1, '2026-07-06T08:00+07:00'],
    ['one day from a Saturday', '2026-07-04T10:00+07:00', 1, '2026-07-06T08:00+07:00'],
    ['over Idulfitri', '2026-03-17T10:00+07:00', 2, '2026-03-26T08:00+07:00'],
  ])('%s', (_, start, days, due) => {
    expect(
      addWorkingDays({ start: new Date(start), days, zone: JAKARTA, hours: office, holidays: calendar }).due_at,
    ).toEqual(new Date(due))
  })
})

describe('for any start, amount and desk', () => {
  const random = seeded(20260213)
  const cases = Array.from({ length: 400 }, () => {
    const hours = [office, always, saturdays, daily([1, 3, 7], ['07:15', '11:40'], ['19:00', '24:00'])][
      Math.floor(random() * 4)
    ]!
    const zone = [JAKARTA, MAKASSAR, JAYAPURA, 'Asia/Pontianak'][Math.floor(random() * 4)]!
    const start = new Date(Date.UTC(2024, 0, 1) + Math.floor(random() * 2.9 * 365 * 24 * 3600) * 1000)
    return { start, hours, zone, holidays: calendar, a: Math.floor(random() * 600), b: Math.floor(random() * 600) }
  })

  test('adding a and then b is adding a + b', () => {
    for (const { a, b, ...desk } of cases) {
      const between = addWorkingMinutes({ ...desk, minutes: a }).due_at
      const twice = addWorkingMinutes({ ...desk, start: between, minutes: b }).due_at
      expect({ ...desk, a, b, at: twice }).toEqual({
        ...desk,
        a,
        b,
        at: addWorkingMinutes({ ...desk, minutes: a + b }).due_at,
      })
    }
  })

  test('between a start and what is due lie the minutes that were added', () => {
    for (const { a, b: _, ...desk } of cases) {
      const start = new Date(Math.ceil(desk.start.getTime() / 60_000) * 60_000)
      const end = addWorkingMinutes({ ...desk, start, minutes: a }).due_at
      expect(workingMinutesBetween({ ...desk, start, end })).toBe(a)
      expect(workingMinutesBetween({ ...desk, start: end, end: start })).toBe(0)
    }
  })

  test('the same holds for days', () => {
    for (const { a, b, ...desk } of cases) {
      const [first, second] = [1 + (a % 9), 1 + (b % 9)]
      const between = addWorkingDays({ ...desk, days: first }).due_at
      const twice = addWorkingDays({ ...desk, start: between, days: second }).due_at
      expect(twice).toEqual(addWorkingDays({ ...desk, days: first + second }).due_at)
    }
  })

  test('what started before the cut has its days behind it, and nothing else', () => {
    for (const { a, b, ...desk } of cases) {
      const days = 1 + (a % 12)
      const due = addWorkingDays({ ...desk, days }).due_at
      for (const now of [
        due,
        new Date(due.getTime() - 1),
        new Date(due.getTime() + b * 3_600_000),
        new Date(desk.start.getTime() + b * 3_600_000),
      ])
        expect(desk.start < workingDaysBefore({ ...desk, now, days })).toBe(due <= now)
    }
  })
})

/** mulberry32: the same numbers every run, so that a failure can be looked at. */
function seeded(seed: number) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

test.each([
  [JAYAPURA, '2025-12-19', '16:30', '2025-12-19T07:30:00.000Z'],
  [JAKARTA, '2025-12-19', '00:00', '2025-12-18T17:00:00.000Z'],
  [MAKASSAR, '2025-12-19', '24:00', '2025-12-19T16:00:00.000Z'],
  // half an hour before the clocks of Berlin go forward
  ['Europe/Berlin', '2026-03-29', '01:30', '2026-03-29T00:30:00.000Z'],
])('what the clocks of %s show on %s at %s is one moment', (zone, date, time, moment) => {
  expect(momentAt(zone, date, time).toISOString()).toBe(moment)
})
