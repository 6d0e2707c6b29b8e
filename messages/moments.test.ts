import { expect, test } from 'vitest'
import { day, moment, timeOfDay } from './moments.ts'

test('a moment is told as Intl tells it, in every zone and on days when clocks are changed', () => {
  const zones = ['Asia/Jakarta', 'Asia/Jayapura', 'Asia/Kathmandu', 'Europe/Berlin', 'America/St_Johns', 'UTC']
  const starts = [
    '2025-03-30T00:00:00Z',
    '2025-10-26T00:00:00Z',
    '2024-02-28T12:00:00Z',
    '2025-12-31T12:00:00Z',
    '2026-09-01T00:00:00Z',
  ]
  for (const [language, locale] of [
    ['id', 'id-ID'],
    ['en', 'en-GB'],
  ] as const)
    for (const zone of zones) {
      const whole = new Intl.DateTimeFormat(locale, {
        timeZone: zone,
        weekday: 'short',
        day: 'numeric',
        month: 'short',
        year: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      })
      for (const start of starts)
        for (let minutes = 0; minutes < 1_440; minutes += 7) {
          const at = new Date(Date.parse(start) + minutes * 60_000 + 59_999)
          const part = Object.fromEntries(whole.formatToParts(at).map(({ type, value }) => [type, value]))
          const time = `${part['hour']}${language === 'id' ? '.' : ':'}${part['minute']}`
          const name = `${part['weekday']} ${part['day']} ${part['month']} ${part['year']}`
          expect(day(at, zone, language)).toBe(name)
          expect(moment(at, zone, language).startsWith(`${name} ${time} `)).toBe(true)
          expect(timeOfDay(at, zone, language).startsWith(`${time} `)).toBe(true)
        }
    }
  expect(moment(new Date('2025-11-18T07:05:00Z'), 'Asia/Jayapura', 'id')).toBe('Sel 18 Nov 2025 16.05 WIT')
})
